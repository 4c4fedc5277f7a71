package joyride.testkit.packetdrill;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.packetdrill.script.PacketSpec;
import joyride.testkit.packetdrill.script.PacketSpec.TcpSpec;
import joyride.testkit.packetdrill.script.TcpOption;

/** Compares what the stack sent with what a script expects, field by field, options in their order. */
final class PacketMatcher {
    /** PSH says nothing that a receiver depends on, and TSO and merging move it; the original ignores it as well. */
    private static final int COMPARED_FLAGS = 0x1ff & ~TcpFlags.PSH;

    private final PacketWriter writer;

    PacketMatcher(final PacketWriter writer) {
        this.writer = writer;
    }

    /** @return names of the fields that differ; none: it is what was expected */
    List<String> differences(final TcpSpec expected, final SeenPacket seen, final Flow flow) {
        final List<String> names = new ArrayList<>();
        note(names, "flags", (expected.flags() & COMPARED_FLAGS) != (seen.flags() & COMPARED_FLAGS));
        note(names, "ports", seen.sourcePort() != flow.localPort || seen.destinationPort() != flow.remotePort);
        note(names, "sequence number", expected.seq() != null && seen.seq() != sequence(expected, flow));
        note(names, "length", expected.length() != seen.length());
        final boolean acknowledges = (seen.flags() & TcpFlags.ACK) != 0;
        note(
                names,
                "acknowledgement",
                expected.ack() == null
                        ? !acknowledges && seen.ack() != 0
                        : seen.ack() != flow.irs + (int) (long) expected.ack());
        note(names, "window", expected.window() != PacketSpec.ANY && expected.window() != seen.window());
        note(names, "urgent pointer", Math.max(expected.urgent(), 0) != seen.urgent());
        note(
                names,
                "TTL",
                expected.ip().ttl() != PacketSpec.ANY && expected.ip().ttl() != seen.ttl());
        note(names, "TOS", !expected.ip().fits(seen.tos()));
        note(
                names,
                "flow label",
                expected.ip().flowLabel() != PacketSpec.ANY && expected.ip().flowLabel() != seen.flowLabel());
        note(names, "UDP ports", !java.util.Objects.equals(expected.udp(), seen.udp()));
        note(names, "options", expected.options() != null && !sameOptions(expected.options(), seen, flow));
        return names;
    }

    private static void note(final List<String> names, final String name, final boolean differs) {
        if (differs) {
            names.add(name);
        }
    }

    private static int sequence(final TcpSpec expected, final Flow flow) {
        return (int) (long) expected.seq() + (expected.absolute() ? 0 : flow.iss);
    }

    List<TcpOption> options(final SeenPacket seen, final Flow flow) {
        return OptionBytes.decode(seen.options(), flow, writer.validDigest(seen.segment()));
    }

    private boolean sameOptions(final List<TcpOption> expected, final SeenPacket seen, final Flow flow) {
        if (expected.size() == 1 && expected.getFirst() instanceof TcpOption.Raw(String hex)) {
            return hex.equals(HexFormat.of().formatHex(seen.options()));
        }
        final List<TcpOption> actual = options(seen, flow);
        if (actual.size() != expected.size()) {
            return false;
        }
        for (int i = 0; i < actual.size(); i++) {
            final boolean same = switch (expected.get(i)) {
                case TcpOption.Timestamp wanted ->
                    actual.get(i) instanceof TcpOption.Timestamp had && had.echo() == wanted.echo();
                // a digest that a script spells out
                case TcpOption.Other(int kind, String hex)
                when kind == OptionBytes.MD5 -> hex.equals(digest(seen.options()));
                default -> expected.get(i).equals(actual.get(i));
            };
            if (!same) {
                return false;
            }
        }
        return true;
    }

    private static String digest(final byte[] options) {
        final int at = OptionBytes.find(options, OptionBytes.MD5) + 2;
        return at < 2 || at + OptionBytes.MD5_LENGTH - 2 > options.length
                ? ""
                : HexFormat.of().formatHex(options, at, at + OptionBytes.MD5_LENGTH - 2);
    }

    /** Keeps what the stack's timestamps are in the script's words; what was known must still hold. */
    void remember(final TcpSpec expected, final SeenPacket seen, final Flow flow) {
        if (expected.options() == null) {
            return;
        }
        TcpOption.Timestamp had = null;
        for (final TcpOption option : options(seen, flow)) {
            had = option instanceof TcpOption.Timestamp timestamp ? timestamp : had;
        }
        for (final TcpOption option : expected.options()) {
            if (option instanceof TcpOption.Timestamp wanted && wanted.value() != null && had != null) {
                flow.timestamps.put(wanted.value(), had.value());
            }
        }
    }
}
