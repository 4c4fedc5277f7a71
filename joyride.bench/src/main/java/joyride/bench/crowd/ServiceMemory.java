package joyride.bench.crowd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.testkit.live.Program;

/**
 * What the service and the kernel hold, bytes.
 *
 * @param heap live objects of the service, after a collection
 * @param shared resident shared memory of the service: rings and socket slots
 * @param other resident memory of the service that is neither heap nor shared
 * @param kernel slab memory of the machine
 * @param classes bytes of each class of Joyride's, and of arrays
 */
public record ServiceMemory(long heap, long shared, long other, long kernel, Map<String, Long> classes) {
    private static final Pattern ROW = Pattern.compile("\\s*\\d+:\\s+(\\d+)\\s+(\\d+)\\s+(\\S+).*");
    private static final long KIB = 1024;

    /** @param service process id of the service's JVM; 0: the kernel alone */
    public static ServiceMemory now(final long service) throws IOException, InterruptedException {
        final long kernel = KIB * value(Path.of("/proc/meminfo"), "Slab");
        if (service == 0) {
            return new ServiceMemory(0, 0, 0, kernel, Map.of());
        }
        final Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        final String histogram = Program.run(
                        List.of(jcmd.toString(), Long.toString(service), "GC.class_histogram"),
                        Map.of(),
                        Duration.ofMinutes(1))
                .checked("jcmd");
        final Map<String, Long> classes = new TreeMap<>();
        long heap = 0;
        for (final String line : histogram.lines().toList()) {
            final Matcher matcher = ROW.matcher(line);
            if (matcher.matches()) {
                final long bytes = Long.parseLong(matcher.group(2));
                heap += bytes;
                classes.merge(matcher.group(3), bytes, Long::sum);
            }
        }
        final Path status = Path.of("/proc/" + service + "/status");
        return new ServiceMemory(
                heap, KIB * value(status, "RssShmem"), KIB * value(status, "RssAnon"), kernel, classes);
    }

    ServiceMemory withKernel(final long bytes) {
        return new ServiceMemory(heap, shared, other, bytes, classes);
    }

    private static long value(final Path file, final String key) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(key + ":"))
                .map(line -> line.replaceAll("\\D+", ""))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(0);
    }
}
