package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Where and when the calling thread runs. */
public final class Scheduling {
    private static final int MOST_CPUS = 4096;

    /** Not critical: another thread may run for long. */
    private static final MethodHandle SCHED_YIELD = Libc.plain("sched_yield", INT);

    private static final MethodHandle SCHED_SETAFFINITY = Libc.call("sched_setaffinity", INT, INT, LONG, LONG);

    private static final MethodHandle SCHED_GETCPU = Libc.plain("sched_getcpu", INT);

    private Scheduling() {}

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
