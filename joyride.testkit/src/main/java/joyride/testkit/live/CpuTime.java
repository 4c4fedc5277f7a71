package joyride.testkit.live;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** CPU time that processes used, from /proc. */
public final class CpuTime {
    private static final double TICKS_PER_SECOND = 100;

    private CpuTime() {}

    /** User and system seconds of {@code pid}, all its threads; 0 if it has ended. */
    public static double of(final long pid) throws IOException {
        return ticks(pid, 11, 12) / TICKS_PER_SECOND;
    }

    /** Seconds of all of {@code pids}. */
    public static double of(final Collection<Long> pids) throws IOException {
        double sum = 0;
        for (final long pid : pids) {
            sum += of(pid);
        }
        return sum;
    }

    /** Seconds of the children of this JVM that have ended and were waited for, and of theirs. */
    public static double ofEndedChildren() throws IOException {
        return ticks(ProcessHandle.current().pid(), 13, 14) / TICKS_PER_SECOND;
    }

    /**
     * The kernel's threads that take over network work which no program's time is charged for, one a core. In a machine that does
     * other things too they work for those as well.
     */
    public static List<Long> softInterrupts() throws IOException {
        final List<Long> pids = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (final Path process : processes) {
                if (name(process).startsWith("ksoftirqd/")) {
                    pids.add(Long.parseLong(process.getFileName().toString()));
                }
            }
        }
        return pids;
    }

    private static String name(final Path process) throws IOException {
        try {
            return Files.readString(process.resolve("comm"));
        } catch (final NoSuchFileException e) {
            return "";
        }
    }

    /** Fields counted from the one after the program's name (proc_pid_stat(5): utime is 14 of all, cutime 16). */
    private static long ticks(final long pid, final int first, final int second) throws IOException {
        try {
            final String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            final String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return Long.parseLong(fields[first]) + Long.parseLong(fields[second]);
        } catch (final NoSuchFileException e) {
            return 0;
        }
    }
}
