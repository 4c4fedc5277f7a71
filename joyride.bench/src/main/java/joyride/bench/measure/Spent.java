package joyride.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What threads had of the cores, by /proc/PID/task/TID/schedstat.
 *
 * @param run ns on a core
 * @param waited ns that they wanted one
 * @param slices how often they were given one
 */
public record Spent(long run, long waited, long slices) {
    private static final Spent NOTHING = new Spent(0, 0, 0);

    /** All threads of processes. */
    public static Spent of(final Collection<Long> pids) throws IOException {
        Spent sum = NOTHING;
        for (final long pid : pids) {
            for (final Spent thread : threads(pid).values()) {
                sum = new Spent(sum.run + thread.run, sum.waited + thread.waited, sum.slices + thread.slices);
            }
        }
        return sum;
    }

    /** Each thread of a process, by its id; none if the process has ended. */
    public static Map<Long, Spent> threads(final long pid) throws IOException {
        final Map<Long, Spent> threads = new HashMap<>();
        for (final Path task : tasks(pid)) {
            try {
                final String[] words =
                        Files.readString(task.resolve("schedstat")).strip().split(" ");
                threads.put(
                        Long.parseLong(task.getFileName().toString()),
                        new Spent(Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2])));
            } catch (final IOException e) {
                continue; // the thread has ended
            }
        }
        return threads;
    }

    private static List<Path> tasks(final long pid) throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
            return tasks.toList();
        } catch (final NoSuchFileException e) {
            return List.of();
        }
    }

    public Spent since(final Spent before) {
        return new Spent(run - before.run, waited - before.waited, slices - before.slices);
    }
}
