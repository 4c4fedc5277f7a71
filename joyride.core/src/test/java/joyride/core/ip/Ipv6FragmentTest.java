package joyride.core.ip;

import static joyride.core.ip.Frames6.ADDRESS;
import static joyride.core.ip.Frames6.PEER;
import static joyride.core.ip.Frames6.frame;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import joyride.api.counters.DropReason;
import joyride.core.ip.Frames6.Ip6;
import org.junit.jupiter.api.Test;

/** Putting fragments together, and making them (RFC 8200 §4.5, RFC 5722, RFC 6946, RFC 7112). */
class Ipv6FragmentTest {
    private static final byte[] DATA = new byte[4000];

    static {
        new Random(1).nextBytes(DATA);
    }

    private static byte[] piece(final int id, final int from, final int to, final boolean more) {
        return frame(new Ip6()
                .next(44)
                .payload(Frames6.fragment(Rig.PROBE, from, more, id), Arrays.copyOfRange(DATA, from, to))
                .build());
    }

    @Test
    void shouldDeliverTheWholeWhenAllFragmentsCameInAnyOrder() {
        for (int seed = 0; seed < 24; seed++) {
            try (Rig6 six = new Rig6()) {
                final List<byte[]> pieces = new ArrayList<>(List.of(
                        piece(7, 0, 1000, true),
                        piece(7, 1000, 2000, true),
                        piece(7, 2000, 3200, true),
                        piece(7, 3200, 4000, false)));
                Collections.shuffle(pieces, new Random(seed));
                pieces.forEach(six.rig::arrive);
                assertEquals(1, six.rig.probe.received.size());
                assertArrayEquals(DATA, six.rig.probe.received.get(0));
                assertEquals(0, six.rig.network.reassembling());
            }
        }
    }

    @Test
    void shouldKeepHeadersBeforeTheFragmentsWhenThereAreSome() {
        try (Rig6 six = new Rig6()) {
            final byte[] options = {44, 0, 1, 4, 0, 0, 0, 0};
            for (int from = 0; from < 2000; from += 1000) {
                six.rig.arrive(frame(new Ip6()
                        .next(60)
                        .payload(
                                options,
                                Frames6.fragment(Rig.PROBE, from, from == 0, 3),
                                Arrays.copyOfRange(DATA, from, from + 1000))
                        .build()));
            }
            assertArrayEquals(Arrays.copyOf(DATA, 2000), six.rig.probe.received.get(0));
        }
    }

    @Test
    void shouldDropAllOfItWhenFragmentsOverlap() {
        try (Rig6 six = new Rig6()) {
            six.rig.arrive(piece(7, 0, 1000, true));
            six.rig.arrive(piece(7, 992, 2000, true));
            six.rig.arrive(piece(7, 1000, 2000, false));
            six.rig.arrive(piece(7, 0, 1000, true));
            assertTrue(six.rig.probe.received.isEmpty());
            assertEquals(3, six.rig.dropped(DropReason.FRAGMENT_OVERLAP));
            six.clear();
            six.rig.sleep(60_001);
            assertEquals(0, six.rig.network.reassembling());
            assertTrue(six.rig.port.sent.isEmpty(), "in silence");
        }
    }

    @Test
    void shouldGoOnWhenAFragmentComesTwice() {
        try (Rig6 six = new Rig6()) {
            six.rig.arrive(piece(7, 0, 1000, true));
            six.rig.arrive(piece(7, 0, 1000, true));
            six.rig.arrive(piece(7, 1000, 2000, false));
            assertArrayEquals(Arrays.copyOf(DATA, 2000), six.rig.probe.received.get(0));
        }
    }

    @Test
    void shouldTakeItAloneWhenAFragmentIsTheWhole() {
        try (Rig6 six = new Rig6()) {
            six.rig.arrive(piece(7, 0, 1000, true));
            six.rig.arrive(piece(7, 0, 500, false));
            assertArrayEquals(Arrays.copyOf(DATA, 500), six.rig.probe.received.get(0));
            six.rig.arrive(piece(7, 1000, 2000, false));
            assertArrayEquals(Arrays.copyOf(DATA, 2000), six.rig.probe.received.get(1));
        }
    }

    @Test
    void shouldSayWhatIsWrongWhenLengthsCannotBe() {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            six.rig.arrive(piece(7, 0, 1001, true));
            assertEquals(4, ByteBuffer.wrap(six.sent(4).get(0)).getInt(58), "payload length");
            six.rig.arrive(frame(new Ip6()
                    .next(44)
                    .payload(Frames6.fragment(Rig.PROBE, 65528, false, 8), new byte[16])
                    .build()));
            assertEquals(42, ByteBuffer.wrap(six.sent(4).get(1)).getInt(58), "fragment offset");
            assertEquals(2, six.rig.dropped(DropReason.FRAGMENT_MALFORMED));
        }
    }

    @Test
    void shouldDropWhenTheFirstFragmentEndsBeforeTheTransport() {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            six.rig.arrive(frame(new Ip6()
                    .next(44)
                    .payload(Frames6.fragment(60, 0, true, 8), new byte[] {6, 1, 1, 4, 0, 0, 0, 0})
                    .build()));
            assertEquals(1, six.rig.dropped(DropReason.FRAGMENT_MALFORMED));
            assertEquals(3, six.sent(4).get(0)[55], "RFC 7112: incomplete header chain");
            assertEquals(0, six.rig.network.reassembling());
        }
    }

    @Test
    void shouldTellTheSenderWhenTimeIsUpAndTheFirstFragmentIsThere() {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            six.rig.arrive(piece(7, 0, 1000, true));
            six.rig.arrive(piece(8, 1000, 2000, false));
            six.rig.sleep(59_999);
            assertEquals(2, six.rig.network.reassembling());
            six.rig.sleep(2);
            assertEquals(0, six.rig.network.reassembling());
            assertEquals(2, six.rig.dropped(DropReason.FRAGMENT_TIMEOUT));
            six.rig.arrive(Frames6.advertisement(PEER, ADDRESS, 0x60, PEER, Rig.PEER_MAC));
            assertEquals(1, six.sent(3).size());
            assertEquals(1, six.sent(3).get(0)[55]);
        }
    }

    @Test
    void shouldBoundMemoryWhenFragmentsFlood() {
        try (Rig6 six = new Rig6()) {
            for (int i = 0; i < 1000; i++) {
                six.rig.arrive(piece(i, 1000, 2000, true));
            }
            assertEquals(Ipv6Reassembly.LIMIT, six.rig.network.reassembling());
            for (int i = 0; i < 200; i++) {
                six.rig.arrive(piece(5000, 8 * i, 8 * i + 8, true));
            }
            assertEquals(
                    1000 - Ipv6Reassembly.LIMIT + 1 + 200 - Ipv6Datagram.FRAGMENTS,
                    six.rig.dropped(DropReason.FRAGMENT_LIMIT));
        }
    }

    @Test
    void shouldMarkTheWholeWhenOneFragmentIsMarked() {
        try (Rig6 six = new Rig6()) {
            for (int from = 0; from < 2000; from += 1000) {
                final Ip6 ip = new Ip6()
                        .next(44)
                        .payload(
                                Frames6.fragment(Rig.PROBE, from, from == 0, 3),
                                Arrays.copyOfRange(DATA, from, from + 1000));
                ip.trafficClass = from == 0 ? 2 : 3;
                six.rig.arrive(frame(ip.build()));
            }
            assertEquals(3, six.rig.probe.tos);
        }
    }

    /** RFC 3168 §5.3: of what is marked and what cannot be, somebody lies. */
    @Test
    void shouldDropAFragmentWhenItsEcnContradictsTheOthers() {
        for (final int[] marks : new int[][] {{0, 3}, {3, 0}, {0, 2}}) {
            try (Rig6 six = new Rig6()) {
                for (int i = 0; i < 2; i++) {
                    final Ip6 ip = new Ip6()
                            .next(44)
                            .payload(
                                    Frames6.fragment(Rig.PROBE, i * 1000, i == 0, 3),
                                    Arrays.copyOfRange(DATA, i * 1000, i * 1000 + 1000));
                    ip.trafficClass = marks[i];
                    six.rig.arrive(frame(ip.build()));
                }
                assertEquals(0, six.rig.probe.received.size());
                assertEquals(1, six.rig.dropped(DropReason.FRAGMENT_ECN));
            }
        }
    }

    @Test
    void shouldFragmentWhenAPacketIsLargerThanThePath() {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            final Path path = six.path(PEER);
            six.send(path, 3000);
            final List<byte[]> sent = six.rig.port.sent;
            assertEquals(3, sent.size());
            int offset = 0;
            final int id = ByteBuffer.wrap(sent.get(0)).getInt(58);
            for (final byte[] frame : sent) {
                assertTrue(frame.length <= 1514);
                assertEquals(44, frame[20]);
                final int field = ByteBuffer.wrap(frame).getShort(56) & 0xffff;
                assertEquals(offset, field & ~7);
                assertEquals(frame == sent.get(2) ? 0 : 1, field & 1);
                assertEquals(id, ByteBuffer.wrap(frame).getInt(58));
                offset += frame.length - 62;
            }
            assertEquals(3000, offset);
            // RFC 7739: nobody can tell the next one.
            six.send(path, 3000);
            final int next = ByteBuffer.wrap(sent.get(3)).getInt(58);
            assertNotEquals(id, next);
            assertNotEquals(id + 1, next);
        }
    }

    @Test
    void shouldHaveOneFlowLabelForAFlowAndAnotherForTheNext() {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            final Path path = six.path(PEER);
            final int[] labels = new int[3];
            for (int i = 0; i < labels.length; i++) {
                final long at = six.rig.output.allocate(path, 20);
                joyride.api.memory.Memory.putIntBE(at, i < 2 ? 0x1234_0050 : 0x1235_0050);
                six.rig.output.send(path, at, 20, Rig.PROBE, 0, 64, true, 0);
                six.rig.turn();
                labels[i] = ByteBuffer.wrap(six.rig.lastSent()).getInt(14) & 0xf_ffff;
            }
            assertEquals(labels[0], labels[1]);
            assertTrue(labels[0] != labels[2] && labels[0] != 0);
        }
    }
}
