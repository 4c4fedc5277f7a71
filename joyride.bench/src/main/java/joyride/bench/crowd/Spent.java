package joyride.bench.crowd;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;

/**
 * What processes had of the cores, all their threads, by /proc/PID/task/TID/schedstat.
 *
 * @param run ns on a core
 * @param waited ns that they wanted one
 * @param slices how often they were given one
 */
record Spent(long run, long waited, long slices) {
    static Spent of(final Collection<Long> pids) throws IOException {
        long run = 0;
        long waited = 0;
        long slices = 0;
        for (final long pid : pids) {
            try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
                for (final Path thread : threads) {
                    final String[] words = Files.readString(thread.resolve("schedstat"))
                            .strip()
                            .split(" ");
                    run += Long.parseLong(words[0]);
                    waited += Long.parseLong(words[1]);
                    slices += Long.parseLong(words[2]);
                }
            } catch (final NoSuchFileException e) {
                continue; // It ended, or one of its threads.
            }
        }
        return new Spent(run, waited, slices);
    }

    Spent since(final Spent before) {
        return new Spent(run - before.run, waited - before.waited, slices - before.slices);
    }
}
