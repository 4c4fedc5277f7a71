package joyride.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/** What this machine has; a test that lacks something is skipped and says what. */
final class Machine {
    private static final Map<String, String> PACKAGES = Map.of(
            "apache2", "apache2-bin",
            "nginx", "nginx-light",
            "redis-server", "redis-server",
            "redis-benchmark", "redis-tools",
            "redis-cli", "redis-tools",
            "curl", "curl",
            "wrk", "wrk",
            "iperf3", "iperf3",
            "ping", "iputils-ping",
            "ethtool", "ethtool");

    private Machine() {}

    /** Skips the test unless all these programs are installed. */
    static void needs(final String... programs) {
        for (String program : programs) {
            assumeTrue(
                    has(program),
                    () -> program + " is not installed: apt-get install " + PACKAGES.getOrDefault(program, program));
        }
    }

    private static boolean has(final String program) {
        return Stream.concat(
                        Stream.of(System.getenv("PATH").split(":")), Stream.of("/usr/sbin", "/sbin", "/usr/local/bin"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** A program of src/test/c. */
    static String own(final String name) {
        return Path.of(System.getProperty("joyride.programs"), name).toString();
    }
}
