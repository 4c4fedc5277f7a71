package joyride.nic.memif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import joyride.api.memory.Memory;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;
import org.junit.jupiter.api.Test;

/** Frames whose payload stays in the link's memory until they are released, between two ports of ours. */
class BodyTest {
    private static final int MTU = 9000;
    private static final int LENGTH = 8000;
    private static final int RING = 8;
    private static final Map<String, String> SETTINGS = Map.of("ring", Integer.toString(RING));

    private static Pair pair() throws NicException {
        final Pair pair = new Pair(MTU, SETTINGS);
        // Both ends take over the link.
        pair.send(pair.client, 1, 60);
        pair.send(pair.server, 1, 60);
        for (final NicPort port : List.of(pair.client, pair.server)) {
            assertEquals(1, port.queue(0).receive(pair.batch));
            port.queue(0).release(pair.batch);
        }
        return pair;
    }

    private static PacketBatch taker(final int capacity) {
        final PacketBatch batch = new PacketBatch(capacity);
        batch.takeBodies(true);
        return batch;
    }

    /** Sends frames of {@code length} bytes, checksum left out, until the ring is full or {@code most} were sent. @return how many */
    private static int send(
            final NicPort from, final boolean v6, final int protocol, final int length, final int most) {
        final NicQueue queue = from.queue(0);
        final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
        long handle;
        while (batch.size() < most && (handle = queue.allocate()) != 0) {
            final long at = queue.address(handle);
            for (int i = 0; i < length; i++) {
                Memory.putByte(at + i, Segment.pattern(i));
            }
            Segment.headers(at, v6, protocol, length);
            batch.add(handle, at, length, v6 ? Offload.TX_TRANSPORT_CHECKSUM : Segment.CHECKSUMS_LEFT);
        }
        return queue.transmit(batch);
    }

    private static void check(final long payload, final int headers, final int length) {
        for (int i = headers; i < length; i++) {
            assertEquals(Segment.pattern(i), Memory.getByte(payload + i - headers), "byte " + i);
        }
    }

    @Test
    void shouldLeavePayloadWhereItIsForWhoTakesBodiesAlone() throws NicException {
        try (Pair pair = pair()) {
            final PacketBatch taker = taker(4);
            for (final NicPort from : List.of(pair.client, pair.server)) {
                final NicQueue to = (from == pair.client ? pair.server : pair.client).queue(0);
                for (final boolean v6 : new boolean[] {false, true}) {
                    final int headers = Segment.headers(v6, Segment.TCP);
                    assertEquals(2, send(from, v6, Segment.TCP, LENGTH, 2));
                    final PacketBatch plain = new PacketBatch(1);
                    assertEquals(1, to.receive(plain));
                    assertEquals(0, plain.body(0));
                    check(plain.address(0) + headers, headers, LENGTH);
                    to.release(plain);
                    assertEquals(1, to.receive(taker));
                    assertEquals(LENGTH, taker.length(0));
                    assertEquals(Offload.RX_CHECKSUM_GOOD, taker.flags(0));
                    assertNotEquals(0, taker.body(0));
                    assertEquals(Segment.TCP, Memory.getByte(taker.address(0) + (v6 ? 20 : 23)));
                    check(taker.body(0), headers, LENGTH);
                    to.release(taker);
                }
            }
            assertEquals(2L, pair.server.statistics().get("rx frames whose payload was read where it lay"));
        }
    }

    @Test
    void shouldGiveWholeFramesOfWhateverIsNotLongTcp() throws NicException {
        try (Pair pair = pair()) {
            final PacketBatch taker = taker(4);
            final NicQueue to = pair.server.queue(0);
            final int[][] frames = {{Segment.UDP, LENGTH}, {Segment.TCP, 511}, {Segment.TCP, 54}};
            for (final int[] frame : frames) {
                final int headers = Segment.headers(false, frame[0]);
                assertEquals(1, send(pair.client, false, frame[0], frame[1], 1));
                assertEquals(1, to.receive(taker));
                assertEquals(0, taker.body(0));
                check(taker.address(0) + headers, headers, frame[1]);
                to.release(taker);
            }
            // Of a checksum that was made.
            pair.send(pair.client, 3, LENGTH);
            assertEquals(1, to.receive(taker));
            assertEquals(0, taker.body(0));
            Pair.check(taker, 0, 3, LENGTH);
            to.release(taker);
            // In several buffers.
            Segment.add(
                    pair.client.queue(0),
                    pair.batch,
                    false,
                    20_000,
                    9000,
                    pair.client.queue(0).frameSize(),
                    8000);
            pair.client.queue(0).transmit(pair.batch);
            assertEquals(1, to.receive(taker));
            assertEquals(0, taker.body(0));
            check(taker.address(0) + 54, 54, 20_000);
            to.release(taker);
        }
    }

    @Test
    void shouldGiveBuffersBackWhenTheLastBodyIsReleased() throws NicException {
        try (Pair pair = pair()) {
            for (final NicPort from : List.of(pair.client, pair.server)) {
                final NicQueue to = (from == pair.client ? pair.server : pair.client).queue(0);
                final PacketBatch first = taker(3);
                final PacketBatch second = taker(3);
                assertEquals(RING, send(from, false, Segment.TCP, LENGTH, PacketBatch.BURST));
                assertEquals(3, to.receive(first));
                assertEquals(3, to.receive(second));
                assertEquals(0, send(from, false, Segment.TCP, LENGTH, PacketBatch.BURST), "all are out");
                to.release(first);
                assertEquals(0, send(from, false, Segment.TCP, LENGTH, PacketBatch.BURST), "the others are");
                check(second.body(2), 54, LENGTH);
                to.release(second);
                assertEquals(6, send(from, false, Segment.TCP, LENGTH, PacketBatch.BURST));
                for (int left = RING; left > 0; left -= first.size()) {
                    to.release(first);
                    assertTrue(to.receive(first) > 0);
                }
                to.release(first);
                assertEquals(RING, send(from, false, Segment.TCP, LENGTH, PacketBatch.BURST));
                for (int left = RING; left > 0; left -= first.size()) {
                    to.release(first);
                    assertTrue(to.receive(first) > 0);
                    check(first.body(0), 54, LENGTH);
                }
                to.release(first);
            }
        }
    }

    @Test
    void shouldKeepTheMemoryOfALinkThatEndedUntilItsBodiesAreReleased() throws NicException {
        try (Pair pair = pair()) {
            final NicQueue to = pair.server.queue(0);
            final PacketBatch taker = taker(4);
            assertEquals(2, send(pair.client, false, Segment.TCP, LENGTH, 2));
            assertEquals(2, to.receive(taker));
            pair.client.close();
            Pair.await("the link's end", () -> !pair.server.linkUp());
            assertEquals(0, to.receive(pair.batch));
            check(taker.body(1), 54, LENGTH);
            to.release(taker);
            assertEquals(0, to.receive(pair.batch));
            try (NicPort again = Pair.open(pair.socket(), "client", MTU, SETTINGS)) {
                Pair.await("a link", () -> to.receive(pair.batch) == 0 && pair.server.linkUp() && again.linkUp());
                pair.send(pair.server, 2, 100);
                assertEquals(1, again.queue(0).receive(pair.batch));
                again.queue(0).release(pair.batch);
            }
        }
    }
}
