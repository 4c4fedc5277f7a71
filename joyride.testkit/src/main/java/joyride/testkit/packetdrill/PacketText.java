package joyride.testkit.packetdrill;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.packetdrill.script.PacketSpec.UdpPorts;
import joyride.testkit.packetdrill.script.TcpOption;

/** A packet that the stack sent, in a script's words. */
final class PacketText {
    private static final String FLAGS = "FSRP.UEWA";
    private static final double NANOS = 1e9;

    private PacketText() {}

    /** @param start of the script on the rig's clock, ns */
    static String of(final SeenPacket seen, final List<TcpOption> options, final Flow flow, final long start) {
        final StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT, "%.6f > (ttl %d, tos 0x%02x) ", (seen.time() - start) / NANOS, seen.ttl(), seen.tos()));
        for (int bit = 0; bit < FLAGS.length(); bit++) {
            if ((seen.flags() & 1 << bit) != 0) {
                text.append(FLAGS.charAt(bit));
            }
        }
        final long from = Integer.toUnsignedLong(seen.seq() - flow.iss);
        text.append(' ').append(from).append(':').append(from + seen.length());
        text.append('(').append(seen.length()).append(')');
        if ((seen.flags() & TcpFlags.ACK) != 0) {
            text.append(" ack ").append(Integer.toUnsignedLong(seen.ack() - flow.irs));
        }
        text.append(" win ").append(seen.window());
        if (seen.urgent() != 0) {
            text.append(" urg ").append(seen.urgent());
        }
        if (!options.isEmpty()) {
            text.append(options.stream().map(Object::toString).collect(Collectors.joining(",", " <", ">")));
        }
        final UdpPorts udp = seen.udp();
        return udp == null ? text.toString() : text + "/udp(" + udp.source() + " > " + udp.destination() + ")";
    }
}
