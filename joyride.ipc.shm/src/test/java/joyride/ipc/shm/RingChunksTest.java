package joyride.ipc.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chunks that a ring notes, against a map. */
class RingChunksTest {
    private static final int MOST = ShmLayout.JR_LARGE_TABLE;
    /** Numbers of chunks pass what an int holds. */
    private static final long START = (1L << 32) - 2000;

    @TempDir
    Path directory;

    @Test
    void shouldKnowWhatItOwnsWithAndWithoutATable() {
        try (Rig rig = new Rig(directory)) {
            rig.program("program").listen("127.77.0.1", 80, 16);
            rig.turn();
            final RingChunks chunks = new RingChunks(rig.instance(0).sockets().at(0)) {};
            final Random random = new Random(1);
            final TreeMap<Long, Integer> model = new TreeMap<>();
            long oldest = START;
            int alone = 0;
            for (int step = 0; step < 20_000; step++) {
                // Now a ring that talks a little, now one that is full.
                final int width = step / 1000 % 2 == 0 ? 3 : MOST;
                if (random.nextInt(5) < 3) {
                    final long last = oldest + random.nextInt(width);
                    final int count = (int) (Math.max(last, model.isEmpty() ? last : model.lastKey()) - oldest) + 1;
                    chunks.reach(oldest, count);
                    for (long chunk = last - Math.min(random.nextInt(width), last - oldest); chunk <= last; chunk++) {
                        if (model.putIfAbsent(chunk, 1 + step) == null) {
                            chunks.own(chunk, 1 + step, oldest, count);
                        }
                    }
                } else {
                    final long to = oldest + random.nextInt(width + 1);
                    for (; oldest < to; oldest++) {
                        final Integer gone = model.remove(oldest);
                        assertEquals(gone == null ? 0 : gone, chunks.disown(oldest));
                    }
                }
                assertEquals(model.size(), chunks.owned());
                alone += model.size() == 1 ? 1 : 0;
                for (final Map.Entry<Long, Integer> entry : model.entrySet()) {
                    assertEquals(entry.getValue(), chunks.entry(entry.getKey()));
                }
            }
            assertEquals(true, alone > 1000, alone + " times one chunk alone");
        }
    }
}
