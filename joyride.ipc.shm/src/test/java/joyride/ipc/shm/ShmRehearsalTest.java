package joyride.ipc.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rehearsal does what it is for, and leaves nothing behind. */
class ShmRehearsalTest {
    @TempDir
    Path directory;

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    @Test
    void shouldAnswerRequestsAndLeaveNothingBehind() throws IOException {
        final int[] lives = new int[1];
        try (ShmRehearsal first = new ShmRehearsal(directory.resolve("first"))) {
            assertTrue(first.run(() -> lives[0]++ == 1) > 1000);
        }
        final long before = descriptors();
        lives[0] = 0;
        try (ShmRehearsal second = new ShmRehearsal(directory.resolve("second"))) {
            assertEquals(3 * 200 * 2 * 32, second.run(() -> lives[0]++ == 3));
        }
        // Programs' descriptors are closed on a thread of their own.
        final long until = System.nanoTime() + 20_000_000_000L;
        while (descriptors() > before && System.nanoTime() < until) {
            Thread.yield();
        }
        assertTrue(descriptors() <= before, () -> "descriptors are left open");
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(0, left.count());
        }
    }
}
