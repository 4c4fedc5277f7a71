package joyride.core.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How much more memory the process can have: what the machine has available, and what is left to each control group (v2) that it is in. Page
 * cache that can be dropped counts as free.
 */
final class MemoryRoom {
    private static final int MEBIBYTE = 20;

    private final Path proc;
    private final Path groups;

    /** @param proc as {@code /proc} @param groups as {@code /sys/fs/cgroup} */
    MemoryRoom(final Path proc, final Path groups) {
        this.proc = proc;
        this.groups = groups;
    }

    static MemoryRoom ofSystem() {
        return new MemoryRoom(Path.of("/proc"), Path.of("/sys/fs/cgroup"));
    }

    /** MiB; {@link Long#MAX_VALUE} where the system does not tell. */
    long mebibytes() {
        long bytes = Long.MAX_VALUE;
        final Long available = table(proc.resolve("meminfo")).get("MemAvailable");
        if (available != null) {
            bytes = available << 10;
        }
        Path group = ownGroup();
        while (group != null && group.startsWith(groups)) {
            bytes = Math.min(bytes, left(group));
            group = group.getParent();
        }
        return bytes == Long.MAX_VALUE ? bytes : Math.max(0, bytes) >> MEBIBYTE;
    }

    private Path ownGroup() {
        for (final String line : text(proc.resolve("self/cgroup")).split("\n")) {
            if (line.startsWith("0::/")) {
                return groups.resolve(line.substring("0::/".length())).normalize();
            }
        }
        return groups;
    }

    private static long left(final Path group) {
        final String most = text(group.resolve("memory.max")).strip();
        final String used = text(group.resolve("memory.current")).strip();
        if (most.isEmpty() || most.equals("max") || used.isEmpty()) {
            return Long.MAX_VALUE;
        }
        final long cache = table(group.resolve("memory.stat")).getOrDefault("inactive_file", 0L);
        return Long.parseLong(most) - Long.parseLong(used) + cache;
    }

    /** Lines of a name and a number, whatever is between and after them. */
    private static Map<String, Long> table(final Path file) {
        return text(file)
                .lines()
                .map(line -> line.split("[:\\s]+"))
                .filter(words -> words.length >= 2 && words[1].matches("\\d{1,18}"))
                .collect(Collectors.toMap(
                        words -> words[0], words -> Long.parseLong(words[1]), (first, again) -> first));
    }

    private static String text(final Path file) {
        try {
            return Files.readString(file);
        } catch (final IOException e) {
            return ""; // another kernel, or another version of control groups
        }
    }
}
