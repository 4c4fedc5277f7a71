package joyride.nic.memif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import joyride.api.memory.Memory;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;
import org.junit.jupiter.api.Test;

/** Segments of up to 64 KiB that pass between two of our ports in one piece, and what an end does that speaks with another. */
class UnitTest {
    private static final int SIZE = 1428;
    private static final int LARGEST = 65535 + 14;
    private static final Map<String, String> OFF = Map.of("offload", "off", "ring", "64");

    private static int unit(final Pair pair, final NicPort from, final boolean v6, final int length) {
        final NicQueue queue = from.queue(0);
        Segment.add(queue, pair.batch, v6, length, Math.min(length, 1514), queue.frameSize(), SIZE);
        return queue.transmit(pair.batch);
    }

    private static void check(final PacketBatch batch, final int i, final boolean v6, final int length) {
        assertEquals(length, batch.length(i));
        assertEquals(Offload.withSegmentSize(Offload.RX_CHECKSUM_GOOD | Offload.RX_TCP_MERGED, SIZE), batch.flags(i));
        for (int at = Segment.headers(v6, Segment.TCP); at < length; at++) {
            assertEquals(Segment.pattern(at), Memory.getByte(batch.address(i) + at), "byte " + at);
        }
    }

    @Test
    void shouldPassUnitsWholeBothWaysWhenBothEndsSaySo() throws NicException {
        try (Pair pair = new Pair(1500, Map.of("ring", "128"))) {
            for (final NicPort from : List.of(pair.client, pair.server)) {
                final NicPort to = from == pair.client ? pair.server : pair.client;
                pair.send(from, 1, 60);
                assertEquals(1, to.queue(0).receive(pair.batch));
                to.queue(0).release(pair.batch);
                assertEquals(65535, from.segmentationLimit());
                assertEquals(2048, from.queue(0).frameSize(), "the client's buffers");
                for (final int length : new int[] {1600, 2000, 3562, 10_000, LARGEST}) {
                    for (final boolean v6 : new boolean[] {false, true}) {
                        assertNotEquals(0, unit(pair, from, v6, length));
                        assertEquals(1, to.queue(0).receive(pair.batch), length + " bytes");
                        check(pair.batch, 0, v6, length);
                        assertTrue(v6 || Segment.ipv4HeaderIsGood(pair.batch.address(0)));
                        to.queue(0).release(pair.batch);
                    }
                }
                assertEquals(10L, from.statistics().get("tx units: segments that crossed in one piece"));
                assertEquals(10L, to.statistics().get("rx units: segments that crossed in one piece"));
            }
        }
    }

    @Test
    void shouldGiveUnitsThatTheRingAndItsBuffersHold() throws NicException {
        try (Pair pair = new Pair(1500, Map.of("ring", "8"))) {
            pair.send(pair.client, 1, 60);
            assertEquals(4, pair.client.segmentationPieces());
            assertEquals(1500 + 3 * 2048, pair.client.segmentationLimit());
        }
    }

    @Test
    void shouldBelieveAChecksumLeftOutOnlyOfWholePackets() throws NicException {
        try (Pair pair = new Pair(1500, Map.of("ring", "64"))) {
            for (final boolean v6 : new boolean[] {false, true}) {
                for (final int protocol : new int[] {Segment.TCP, Segment.UDP}) {
                    final int length = Segment.headers(v6, protocol) + 100;
                    assertEquals(Offload.RX_CHECKSUM_GOOD, flags(pair, v6, protocol, length, length));
                    assertEquals(0, flags(pair, v6, protocol, length, length + 1), "a byte behind the packet");
                    assertEquals(0, flags(pair, v6, protocol, length, length - 1), "cut off");
                }
                assertEquals(0, flags(pair, v6, 1, 200, 200), "neither TCP nor UDP");
            }
        }
    }

    @Test
    void shouldLookAtAChecksumItselfWhenNoneIsSaidToBeLeftOut() {
        try (Arena arena = Arena.ofConfined()) {
            final int length = Segment.headers(false, Segment.TCP) + 100;
            final long frame = arena.allocate(length, 8).address();
            Segment.headers(frame, false, Segment.TCP, length);
            HeaderChecksum.complete(frame, length);
            assertEquals(
                    Offload.RX_CHECKSUM_GOOD, Declared.judge(frame, length, MemifProtocol.NO_CHECKSUM | SIZE, 1500));
            assertEquals(0, Declared.judge(frame, length, SIZE, 1500));
        }
    }

    /** What is found of a frame of {@code sent} bytes that has a packet of {@code length}. */
    private static int flags(final Pair pair, final boolean v6, final int protocol, final int length, final int sent) {
        final NicQueue from = pair.client.queue(0);
        final long handle = from.allocate();
        Segment.headers(from.address(handle), v6, protocol, length);
        pair.batch.add(handle, from.address(handle), sent, Segment.CHECKSUMS_LEFT);
        from.transmit(pair.batch);
        assertEquals(1, pair.server.queue(0).receive(pair.batch));
        assertEquals(sent, pair.batch.length(0));
        final int flags = pair.batch.flags(0);
        pair.server.queue(0).release(pair.batch);
        return flags;
    }

    @Test
    void shouldSpeakPlainMemifWhenOneEndDoesNotSaySo() throws NicException {
        for (final boolean serverSays : new boolean[] {true, false}) {
            final var directory = Pair.directory();
            final var socket = directory.resolve("socket");
            try (NicPort server = Pair.open(socket, "server", 1500, serverSays ? Map.of() : OFF);
                    NicPort client = Pair.open(socket, "client", 1500, serverSays ? OFF : Map.of("ring", "64"))) {
                Pair.await("a link", () -> server.linkUp() && client.linkUp());
                final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
                for (final NicPort from : List.of(server, client)) {
                    final NicQueue queue = from.queue(0);
                    final NicQueue to = (from == server ? client : server).queue(0);
                    assertEquals(0, from.offloads());
                    // Core that has not heard of it yet: nothing of a unit reaches the peer, and what follows does.
                    Segment.add(queue, batch, false, 4000, 1514, 1518, SIZE);
                    final long plain = Pair.frame(queue, 3, 200);
                    batch.add(plain, queue.address(plain), 200, 0);
                    assertEquals(1, queue.transmit(batch));
                    assertEquals(1, queue.refused());
                    assertEquals(1, to.receive(batch));
                    Pair.check(batch, 0, 3, 200);
                    to.release(batch);
                }
            }
            Pair.delete(directory);
        }
    }

    @Test
    void shouldTellNothingOfAUnitBeforeItsEndMayGo() throws NicException {
        try (Pair pair = new Pair(1500, Map.of("ring", "32"))) {
            for (final NicPort from : List.of(pair.client, pair.server)) {
                final NicQueue queue = from.queue(0);
                final NicQueue to = (from == pair.client ? pair.server : pair.client).queue(0);
                for (int round = 0; round < 40; round++) {
                    final long before = Pair.frame(queue, 1, 100);
                    unit(pair, from, false, 5000);
                    assertEquals(0, to.receive(pair.batch));
                    queue.free(before);
                    assertEquals(1, to.receive(pair.batch));
                    check(pair.batch, 0, false, 5000);
                    to.release(pair.batch);
                }
            }
        }
    }

    @Test
    void shouldLeaveUnitsInTheRingThatNoCacheWouldHold() throws NicException {
        try (Pair pair = new Pair(1500, Map.of("ring", "1024"))) {
            for (int i = 0; i < 20; i++) {
                unit(pair, pair.client, false, LARGEST);
            }
            final NicQueue to = pair.server.queue(0);
            int all = 0;
            for (int burst = 0; burst < 5; burst++) {
                final int count = to.receive(pair.batch);
                assertEquals(4, count, "256 KiB, and what began before them");
                for (int i = 0; i < count; i++) {
                    check(pair.batch, i, false, LARGEST);
                }
                all += count;
                to.release(pair.batch);
            }
            assertEquals(20, all);
        }
    }

    @Test
    void shouldTakeNoMoreUnitsThanItHasMemoryForAndGoOn() throws NicException {
        try (Pair pair = new Pair(1500, Map.of("ring", "1024"))) {
            for (int i = 0; i < 40; i++) {
                unit(pair, pair.client, false, 3000);
            }
            final NicQueue to = pair.server.queue(0);
            assertEquals(32, to.receive(pair.batch));
            to.release(pair.batch);
            assertEquals(8, to.receive(pair.batch));
            to.release(pair.batch);
        }
    }

    @Test
    void shouldSayAnewWhatThePeerTakesWhenAnotherComes() throws NicException {
        try (Pair pair = new Pair(1500, Map.of())) {
            assertNotEquals(0, pair.server.offloads() & Offload.TX_TCP_SEGMENTATION);
            final NicQueue queue = pair.server.queue(0);
            pair.client.close();
            Pair.await("the link's end", () -> queue.receive(pair.batch) == 0 && !pair.server.linkUp());
            assertEquals(0, pair.server.offloads());
            try (NicPort again = Pair.open(pair.socket(), "client", 1500, OFF)) {
                Pair.await("a link", () -> queue.receive(pair.batch) == 0 && pair.server.linkUp() && again.linkUp());
                assertEquals(0, pair.server.offloads());
                pair.send(pair.server, 2, 100);
                assertEquals(1, again.queue(0).receive(pair.batch));
                again.queue(0).release(pair.batch);
            }
        }
    }
}
