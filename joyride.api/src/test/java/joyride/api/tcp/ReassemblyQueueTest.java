package joyride.api.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReassemblyQueueTest {
    private final ReassemblyQueue queue = new ReassemblyQueue();

    @Test
    void shouldMergeWhenRangesTouch() {
        assertTrue(queue.add(100, 200));
        assertTrue(queue.add(300, 400));
        assertTrue(queue.add(200, 300));
        assertEquals(1, queue.count);
        assertEquals(100, queue.start[0]);
        assertEquals(400, queue.end[0]);
    }

    @Test
    void shouldRefuseAndKeepWhatItHasWhenFull() {
        for (int i = 0; i < ReassemblyQueue.MAX_RANGES; i++) {
            assertTrue(queue.add(1000 + 20 * i, 1010 + 20 * i));
        }
        assertFalse(queue.add(100, 110));
        assertEquals(ReassemblyQueue.MAX_RANGES, queue.count);
        assertTrue(queue.add(1005, 1015), "a range that merges needs no room");
    }

    @Test
    void shouldTakeEverythingUpToTheNextGapWhenAdvanced() {
        queue.add(100, 200);
        queue.add(300, 400);
        assertEquals(50, queue.advance(50));
        assertEquals(200, queue.advance(100));
        assertEquals(1, queue.count);
        assertEquals(400, queue.advance(350));
        assertEquals(0, queue.count);
    }

    @Test
    void shouldAgreeWithASetOfBytesWhenRangesAreRandom() {
        for (long seed = 0; seed < 300; seed++) {
            final Random random = new Random(seed);
            final int base = random.nextInt();
            final ReassemblyQueue tested = new ReassemblyQueue();
            final BitSet model = new BitSet();
            int next = 0;
            for (int step = 0; step < 60; step++) {
                final int from = next + random.nextInt(400);
                final int to = from + 1 + random.nextInt(40);
                assertTrue(tested.add(base + from, base + to));
                model.set(from, to);
                if (random.nextInt(4) == 0) {
                    final int advanced = next + random.nextInt(60);
                    model.clear(0, advanced);
                    next = model.get(advanced) ? model.nextClearBit(advanced) : advanced;
                    assertEquals(next, tested.advance(base + advanced) - base, "seed " + seed);
                    model.clear(0, next);
                }
                check(tested, model, base, next, seed);
            }
        }
    }

    private static void check(
            final ReassemblyQueue tested, final BitSet model, final int base, final int next, final long seed) {
        int at = model.nextSetBit(next);
        for (int i = 0; i < tested.count; i++) {
            assertEquals(at, tested.start[i] - base, "seed " + seed);
            at = model.nextClearBit(at);
            assertEquals(at, tested.end[i] - base, "seed " + seed);
            at = model.nextSetBit(at);
        }
        assertEquals(-1, at, "seed " + seed);
    }
}
