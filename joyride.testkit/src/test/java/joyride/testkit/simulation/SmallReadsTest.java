package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.core.instance.Instance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A reader tells TCP of what it has read as programs in other processes do: not each time. Once it has read everything, the window that the peer knows of is
 * large enough for it all the same: a full segment, or half of the largest window it ever saw (RFC 9293 §3.8.6.2.1). Else the peer waits for its
 * persist timer.
 */
class SmallReadsTest {
    private static final int PORT = 80;
    private static final int SEGMENT = 1448;
    private static final long MILLI = 1_000_000L;
    private static final long READS_LATER = 200 * MILLI;
    private static final long PAST_DELAYS = 500 * MILLI;

    static java.util.List<String> variants() {
        return SimulatedTcp.VARIANTS;
    }

    /** Sends {@code bytes} in segments, and judges what the host then offers. */
    private static void carry(final String variant, final int buffer, final int bytes, final int read) {
        try (PeerRig rig = new PeerRig(bytes + read, 1500)) {
            SimulatedTcp.use(rig.host().engine(), variant);
            final ProgramTransport programs = rig.host().programs();
            ((Instance) programs.instance()).tunables().set("net.inet.tcp.recvspace", Integer.toString(buffer));
            final StreamPlan plan = new StreamPlan(
                    1, 0, 2, 1 << 30, 1, 0, read, 1, MILLI, READS_LATER, StreamPlan.Ending.FOLLOW, 0, false);
            final StreamProgram[] server = new StreamProgram[1];
            programs.start(new ListenerProgram(programs, PORT, 8, 1, endpoint -> {
                server[0] = new StreamProgram(programs, plan, new SeededRandom(read), endpoint);
                return server[0];
            }));
            rig.settle();
            final PeerConnection connection = rig.connect(4000, PORT, true, true);
            final int first = connection.seq;
            int edge = first + buffer;
            int largest = edge - first;
            int sent = 0;
            while (sent < bytes) {
                final int length = Math.min(Math.min(SEGMENT, bytes - sent), edge - first - sent);
                connection.data(StreamPattern.bytes(2, sent, length));
                sent += length;
            }
            Segment segment;
            while ((segment = connection.receive(PAST_DELAYS)) != null) {
                largest = Math.max(largest, connection.windowOf(segment));
                edge = Math.max(edge, segment.ack() + connection.windowOf(segment));
            }
            assertEquals(bytes, server[0].received());
            final int usable = edge - first - sent;
            assertTrue(
                    usable >= Math.min(SEGMENT, largest / 2),
                    usable + " bytes are left of a window of " + largest + " with a buffer of " + buffer + ", " + bytes
                            + " bytes read in pieces of " + read + " at most");
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void shouldLeaveThePeerRoomForASegmentWhenEverythingIsRead(final String variant) {
        for (final int buffer : new int[] {2048, 4096}) {
            for (int bytes = buffer / 2; bytes <= buffer; bytes += 40) {
                for (final int read : new int[] {400, 700, 1000}) {
                    carry(variant, buffer, bytes, read);
                }
            }
        }
    }
}
