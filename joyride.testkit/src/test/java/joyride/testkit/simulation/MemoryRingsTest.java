package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class MemoryRingsTest {
    private static final int CHUNK = ChunkPool.CHUNK;

    @Test
    void shouldGiveBackTheBytesWhenWrittenOutOfOrder() {
        try (ChunkPool pool = new ChunkPool(8);
                Arena arena = Arena.ofConfined()) {
            final MemoryReceiveRing ring = new MemoryReceiveRing(pool);
            final long source = arena.allocate(3L * CHUNK).address();
            StreamPattern.fill(1, 0, source, 3 * CHUNK);
            assertEquals(3L * CHUNK, ring.reserve(0, 3 * CHUNK));
            ring.write(CHUNK + 7, source + CHUNK + 7, CHUNK);
            ring.write(0, source, CHUNK + 7);
            ring.publish(2L * CHUNK + 7);
            int read = 0;
            while (ring.available() > 0) {
                final int step = ring.contiguous(1000);
                assertEquals(-1, StreamPattern.mismatch(1, read, ring.address(), step));
                ring.consume(step);
                read += step;
            }
            assertEquals(2 * CHUNK + 7, read);
            assertEquals(1, pool.used());
            ring.free();
            assertEquals(0, pool.used());
        }
    }

    @Test
    void shouldReserveOnlyWhatThereIsWhenMemoryIsShort() {
        try (ChunkPool pool = new ChunkPool(2)) {
            final MemoryReceiveRing ring = new MemoryReceiveRing(pool);
            assertEquals(2L * CHUNK, ring.reserve(0, 5 * CHUNK));
            assertEquals(100, ring.reserve(0, 100));
        }
    }

    @Test
    void shouldThrowWhenTheContractIsBroken() {
        try (ChunkPool pool = new ChunkPool(8)) {
            final MemoryReceiveRing receive = new MemoryReceiveRing(pool);
            assertThrows(IllegalStateException.class, () -> receive.publish(1));
            receive.reserve(0, 100);
            receive.publish(50);
            assertThrows(IllegalStateException.class, () -> receive.publish(49));
            assertThrows(IllegalStateException.class, () -> receive.write(49, 0, 0));
            final MemorySendRing send = new MemorySendRing(pool);
            send.limit(1000);
            assertEquals(1000, send.room(5000));
            send.produce(1000);
            assertEquals(0, send.room(1));
            assertThrows(IllegalStateException.class, () -> send.address(1000));
            send.release(400);
            assertThrows(IllegalStateException.class, () -> send.address(399));
            assertThrows(IllegalStateException.class, () -> send.release(399));
            assertThrows(IllegalStateException.class, () -> send.release(1001));
            assertEquals(400, send.room(5000));
        }
    }

    @Test
    void shouldFindTheByteThatDiffersWhenComparing() {
        try (Arena arena = Arena.ofConfined()) {
            final var memory = arena.allocate(100);
            for (int from = 0; from < 9; from++) {
                StreamPattern.fill(5, from, memory.address(), 100);
                assertEquals(-1, StreamPattern.mismatch(5, from, memory.address(), 100));
                assertEquals(-1, StreamPattern.mismatch(5, from + 3, memory.address() + 3, 97));
                memory.set(java.lang.foreign.ValueLayout.JAVA_BYTE, 77, (byte)
                        ~memory.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 77));
                assertEquals(77, StreamPattern.mismatch(5, from, memory.address(), 100));
            }
        }
    }
}
