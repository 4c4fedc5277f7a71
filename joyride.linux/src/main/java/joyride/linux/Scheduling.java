package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Where and when the calling thread runs. */
public final class Scheduling {
    private static final int MOST_CPUS = 4096;

    /** Not critical: another thread may run for long. */
    private static final MethodHandle SCHED_YIELD = Libc.plain("sched_yield", INT);

    private static final MethodHandle SCHED_SETAFFINITY = Libc.call("sched_setaffinity", INT, INT, LONG, LONG);

    private static final MethodHandle SCHED_GETCPU = Libc.plain("sched_getcpu", INT);

    private static final MethodHandle SETPRIORITY = Libc.call("setpriority", INT, INT, INT, INT);
    private static final int PRIO_PROCESS = 0;
    private static final MethodHandle SCHED_SETSCHEDULER = Libc.call("sched_setscheduler", INT, INT, INT, LONG);
    private static final int SCHED_OTHER = 0;
    private static final int SCHED_IDLE = 5;
    private static final Path THREADS = Path.of("/proc/self/task");

    private Scheduling() {}

    /**
     * A thread of this process.
     *
     * @param name as the system has it, at most 15 characters
     * @param nice -20 (first) to 19 (last)
     * @param idle whether it runs only where nobody else wants to (SCHED_IDLE)
     */
    public record SystemThread(int id, String name, int nice, boolean idle) {}

    /** All threads of this process, the JVM's own too. */
    public static List<SystemThread> threads() {
        final List<SystemThread> threads = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(THREADS)) {
            for (final Path file : files) {
                try {
                    threads.add(thread(Files.readString(file.resolve("stat"))));
                } catch (final IOException e) {
                    continue; // it has ended
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return threads;
    }

    /** The calling thread. */
    public static SystemThread thisThread() {
        try {
            return thread(Files.readString(Path.of("/proc/thread-self/stat")));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of a line {@code id (name) state …}, in which the nice value is the 17th word after the name and the policy the 39th. */
    static SystemThread thread(final String stat) {
        final int name = stat.indexOf('(');
        final int end = stat.lastIndexOf(')');
        final String[] rest = stat.substring(end + 2).split(" ");
        return new SystemThread(
                Integer.parseInt(stat.substring(0, name).strip()),
                stat.substring(name + 1, end),
                Integer.parseInt(rest[16]),
                Integer.parseInt(rest[38]) == SCHED_IDLE);
    }

    /**
     * Changes how much of a busy core a thread of this process gets: each step some 20 % less.
     *
     * @param thread {@link SystemThread#id}
     * @param nice -20 to 19; less than it is takes CAP_SYS_NICE or RLIMIT_NICE
     * @return whether the system did it
     */
    public static boolean nice(final int thread, final int nice) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) SETPRIORITY.invokeExact(errno, PRIO_PROCESS, thread, nice)) == 0;
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /**
     * Lets a thread of this process run only where nobody else wants to, or again as its niceness says: whoever else wakes takes a core from it at once, and counts that core as free.
     *
     * @param thread {@link SystemThread#id}
     * @param idle false takes CAP_SYS_NICE, or an RLIMIT_NICE that allows its niceness
     * @return whether the system did it
     */
    public static boolean idle(final int thread, final boolean idle) {
        final MemorySegment errno = Libc.errno();
        try (Arena arena = Arena.ofConfined()) {
            final long priority = arena.allocateFrom(ValueLayout.JAVA_INT, 0).address();
            final int policy = idle ? SCHED_IDLE : SCHED_OTHER;
            return Libc.result(errno, (int) SCHED_SETSCHEDULER.invokeExact(errno, thread, policy, priority)) == 0;
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** The CPU on which the calling thread runs, without a system call where the processor or the C library knows it. */
    public static int cpu() {
        try {
            return (int) SCHED_GETCPU.invokeExact();
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Lets whoever else can run on this core run first. */
    public static void yield() {
        try {
            final int ignored = (int) SCHED_YIELD.invokeExact();
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /**
     * Pins the calling thread.
     *
     * @throws IllegalArgumentException with one clear line if this process cannot run there
     */
    public static void pin(final int cpu) {
        if (cpu < 0 || cpu >= MOST_CPUS) {
            throw new IllegalArgumentException("cpu " + cpu + " is not in 0.." + (MOST_CPUS - 1));
        }
        final byte[] set = new byte[MOST_CPUS / 8];
        set[cpu / 8] = (byte) (1 << (cpu % 8));
        affinity("cpu " + cpu, set);
    }

    /** Lets the calling thread run on every CPU again that this process may use. */
    public static void unpin() {
        final byte[] set = new byte[MOST_CPUS / 8];
        Arrays.fill(set, (byte) 0xff);
        affinity("all cpus", set);
    }

    private static void affinity(final String what, final byte[] cpus) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment set = arena.allocateFrom(ValueLayout.JAVA_BYTE, cpus);
            final int failed = setAffinity(set.byteSize(), set.address());
            if (failed < 0) {
                throw new IllegalArgumentException(
                        what + ": " + SystemError.text(-failed) + "; this process may run on " + allowed());
            }
        }
    }

    private static int setAffinity(final long length, final long set) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) SCHED_SETAFFINITY.invokeExact(errno, 0, length, set));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** The CPUs that this process may use, as the system lists them. */
    public static String allowed() {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("Cpus_allowed_list:"))
                    .map(line -> "cpus " + line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown cpus");
        } catch (final IOException e) {
            return "unknown cpus";
        }
    }
}
