package joyride.nic.dpdk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import joyride.api.nic.NicException;

/**
 * DPDK's environment, which a process has once: it is started with the first port, and neither stops nor starts again before the process
 * ends. What a later bundle has to know of it stands in a system property; what it made is found again in DPDK by name.
 */
final class Eal {
    /** {@code ready}, or why there is none: outlives this bundle. */
    static final String STATE = "joyride.nic.dpdk.eal";

    private static final System.Logger LOG = System.getLogger(Eal.class.getName());

    /** DPDK's control functions take one caller at a time. A string's constant is one object in all class loaders of a process. */
    private static final Object LOCK = "joyride.nic.dpdk: one caller of DPDK's control functions at a time";

    private static final String READY = "ready";
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static boolean verified;

    private Eal() {}

    /** Hold its monitor around control functions. */
    static Object lock() {
        return LOCK;
    }

    /**
     * Makes sure that EAL runs and is laid out as this bundle thinks.
     *
     * @throws NicException if it does not; when it failed once, a new process is needed
     */
    static void require(final EalSettings settings) throws NicException {
        synchronized (LOCK) {
            final Libraries libraries = Libraries.open(settings.libraries());
            final String state = System.getProperty(STATE);
            if (state == null) {
                start(settings, libraries);
            } else if (!state.equals(READY)) {
                throw new NicException(state);
            }
            if (!verified) {
                SelfTest.run();
                verified = true;
            }
        }
    }

    private static void start(final EalSettings settings, final Libraries libraries) throws NicException {
        final List<String> arguments = arguments(settings);
        final int[] result = new int[1];
        final int[] errno = new int[1];
        // EAL pins and names the thread that starts it; it is not needed afterwards.
        final Thread thread = Thread.ofPlatform()
                .name("joyride-eal")
                .daemon(true)
                .start(() -> {
                    result[0] = init(arguments);
                    errno[0] = result[0] < 0 ? Functions.errno() : 0;
                });
        try {
            if (!thread.join(START_LIMIT)) {
                throw failed("EAL did not start in " + START_LIMIT.toSeconds() + " s");
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed("interrupted while EAL started");
        }
        if (result[0] < 0) {
            throw failed("EAL did not start: " + Functions.text(errno[0])
                    + "; its own lines stand on standard error; options were " + String.join(" ", arguments));
        }
        System.setProperty(STATE, READY);
        LOG.log(
                System.Logger.Level.INFO,
                "{0} runs with {1}",
                libraries.version(),
                String.join(" ", arguments.subList(1, arguments.size())));
    }

    private static NicException failed(final String reason) {
        final String line = reason + "; DPDK cannot be started twice in a process: start the service again";
        System.setProperty(STATE, line);
        return new NicException(line);
    }

    private static int init(final List<String> arguments) {
        // EAL keeps pointers to its arguments.
        final Arena forever = Arena.global();
        final MemorySegment vector = forever.allocate(ValueLayout.JAVA_LONG, arguments.size() + 1L);
        for (int i = 0; i < arguments.size(); i++) {
            vector.setAtIndex(
                    ValueLayout.JAVA_LONG,
                    i,
                    forever.allocateFrom(arguments.get(i)).address());
        }
        try {
            return (int) Functions.EAL_INIT.invokeExact(arguments.size(), vector.address());
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    private static List<String> arguments(final EalSettings settings) throws NicException {
        final List<String> arguments = new ArrayList<>(List.of(
                "joyride",
                "--no-telemetry",
                "--log-level=notice",
                // Of the physical devices none but those that a port names: others are the kernel's.
                "--allow=0000:00:00.0",
                "--lcores=0@(" + processors() + ")"));
        if (hugePages(settings)) {
            arguments.addAll(List.of("--in-memory", "-m", Integer.toString(settings.memoryMib())));
        } else {
            arguments.addAll(List.of(
                    "--no-huge", "--no-shconf", "--iova-mode=va", "-m", Integer.toString(settings.memoryMib())));
        }
        arguments.addAll(settings.options());
        return arguments;
    }

    /** Whether they are used. @throws NicException if they are wanted and too few are free */
    static boolean hugePages(final EalSettings settings) throws NicException {
        if (settings.hugePages() == EalSettings.HugePages.OFF) {
            return false;
        }
        final long free = field("/proc/meminfo", "HugePages_Free:");
        final long size = field("/proc/meminfo", "Hugepagesize:");
        final boolean enough = free * size >= settings.memoryMib() * 1024L;
        if (!enough && settings.hugePages() == EalSettings.HugePages.ON) {
            throw new NicException("joyride.nic.dpdk: hugepages=on, but " + free + " pages of " + size
                    + " KiB are free and memory.mib is " + settings.memoryMib()
                    + "; reserve more: sysctl vm.nr_hugepages=N, or set hugepages=auto");
        }
        return enough;
    }

    private static long field(final String file, final String name) throws NicException {
        final String value = line(file, name);
        return value.isEmpty() ? 0 : Long.parseLong(value.split(" ")[0]);
    }

    private static String processors() throws NicException {
        return line("/proc/self/status", "Cpus_allowed_list:");
    }

    private static String line(final String file, final String name) throws NicException {
        try {
            return Files.readAllLines(Path.of(file)).stream()
                    .filter(line -> line.startsWith(name))
                    .map(line -> line.substring(name.length()).strip())
                    .findFirst()
                    .orElse("");
        } catch (final IOException e) {
            throw new NicException(file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
