package joyride.core.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Where and when the calling thread runs. */
public final class Scheduling {
    private static final int MOST_CPUS = 4096;

    private Scheduling() {}

    /** Lets whoever else can run on this core run first. */
    public static void yield() {
        try {
            final int ignored = (int) Libc.SCHED_YIELD.invokeExact();
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
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment set = arena.allocate(MOST_CPUS / 8, 8);
            final MemorySegment capture = Libc.capture(arena);
            set.set(ValueLayout.JAVA_BYTE, cpu / 8, (byte) (1 << (cpu % 8)));
            final int result = (int) Libc.SCHED_SETAFFINITY.invokeExact(capture, 0, set.byteSize(), set.address());
            if (result < 0) {
                throw new IllegalArgumentException(Libc.failed("cpu " + cpu, Libc.errno(capture))
                                .getMessage() + "; this process may run on " + allowed());
            }
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** The CPUs that this process may use, as the system lists them. */
    public static String allowed() {
        try (var lines = java.nio.file.Files.lines(java.nio.file.Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("Cpus_allowed_list:"))
                    .map(line -> "cpus " + line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown cpus");
        } catch (final java.io.IOException e) {
            return "unknown cpus";
        }
    }
}
