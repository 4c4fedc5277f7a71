package joyride.ipc.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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

    private long rehearse(final String name, final int rounds) {
        final LoopedStage stage = new LoopedStage(rounds);
        try (ShmRehearsal rehearsal = new ShmRehearsal(directory.resolve(name), stage)) {
            return rehearsal.run();
        }
    }

    @Test
    void shouldSayThatBytesDoNotArriveWhenTheStackDoesNotCarryThem() {
        final LoopedStage stage = new LoopedStage(3);
        stage.deaf = true;
        try (ShmRehearsal rehearsal = new ShmRehearsal(directory.resolve("deaf"), stage)) {
            final var thrown = assertThrows(IllegalStateException.class, rehearsal::run);
            assertTrue(thrown.getMessage().startsWith("no connection to 127.77.0."), thrown.getMessage());
        }
    }

    @Test
    void shouldAnswerRequestsAndLeaveNothingBehind() throws IOException {
        assertTrue(rehearse("first", 3) > 0);
        final long before = descriptors();
        final int rounds = 150;
        final long answered = rehearse("second", rounds);
        assertTrue(answered >= 2 * 2 * SyntheticTalk.CONNECTIONS * (rounds - 5), () -> answered + " answers");
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
