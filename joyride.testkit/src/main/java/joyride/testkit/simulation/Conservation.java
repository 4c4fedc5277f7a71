package joyride.testkit.simulation;

import java.util.List;
import java.util.Map;
import joyride.nic.wire.WireCounter;
import joyride.nic.wire.WirePort;

/** Whether a host's counters add up: what came in is what was handed on and what was dropped, layer by layer. */
final class Conservation {
    private static final String[] NOT_PARSED = {
        "drop.tcp_short", "drop.tcp_checksum", "drop.tcp_options", "drop.tcp_port"
    };
    private static final String[] FOUND_CORRUPT = {
        "drop.ip_checksum",
        "drop.ip_version",
        "drop.ip_header_length",
        "drop.ip_total_length",
        "drop.ip_short",
        "drop.tcp_short",
        "drop.tcp_options",
        "drop.tcp_checksum"
    };

    private final List<String> failures;

    Conservation(final List<String> failures) {
        this.failures = failures;
    }

    /** @param own the host's end of the wire; {@code other}: the peer's */
    void check(final SimulatedHost host, final WirePort own, final WirePort other) {
        packets(host, own, other);
        segments(host);
        corrupted(host, other);
    }

    /** Frames and IP packets alone. */
    void packets(final SimulatedHost host, final WirePort own, final WirePort other) {
        final Map<String, Map<String, Long>> all = host.counters().snapshot();
        final Map<String, Long> nic = all.get("nic0");
        equal(host, "frames received", other.count(WireCounter.DELIVERED), nic.get("rx.packets"));
        equal(host, "frames sent", own.count(WireCounter.SENT), nic.get("tx.packets"));
        final Map<String, Long> ip = all.get("ip");
        long dropped = 0;
        for (final Map.Entry<String, Long> drop : all.get("drops").entrySet()) {
            dropped += drop.getKey().startsWith("drop.ip_") ? drop.getValue() : 0;
        }
        equal(host, "IP packets", ip.get("in.receives"), ip.get("in.delivers") + dropped);
    }

    /** Segments, where nothing but TCP and ICMP came. */
    void segments(final SimulatedHost host) {
        final Map<String, Map<String, Long>> all = host.counters().snapshot();
        final Map<String, Long> ip = all.get("ip");
        equal(
                host,
                "TCP segments",
                ip.get("in.delivers") - ip.get("icmp.in.messages") - ip.get("icmp6.in.messages"),
                all.get("tcp").get("rcvtotal") + sum(all.get("drops"), NOT_PARSED));
    }

    /** What the wire damaged, where everything was whole before. */
    void corrupted(final SimulatedHost host, final WirePort other) {
        final Map<String, Map<String, Long>> all = host.counters().snapshot();
        if (other.count(WireCounter.DUPLICATED) == 0 && other.count(WireCounter.UNREAD) == 0) {
            equal(host, "corrupted segments", other.count(WireCounter.CORRUPTED), sum(all.get("drops"), FOUND_CORRUPT));
        }
    }

    private static long sum(final Map<String, Long> group, final String[] names) {
        long sum = 0;
        for (final String each : names) {
            sum += group.get(each);
        }
        return sum;
    }

    private void equal(final SimulatedHost host, final String what, final long in, final long out) {
        if (in != out) {
            failures.add("host " + host.name() + ": " + what + ": " + in + " in, " + out + " accounted for");
        }
    }
}
