package joyride.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import joyride.testkit.live.LiveService;
import joyride.testkit.netns.Namespace;

/** The ways in which Joyride uses a NIC, for tests that must hold for all of them. */
final class Setups {
    private static final List<String> DRIVERS = List.of("afxdp", "afpacket");

    private Setups() {}

    /** Every driver, with an address of its own and with the kernel's; or those whose name joyride.setups, a pattern, is found in. */
    static List<TwoHosts.Setup> all() {
        Pattern wanted = Pattern.compile(System.getProperty("joyride.setups", ""));
        return DRIVERS.stream()
                .flatMap(driver -> Stream.of(new TwoHosts.Setup(driver, false), new TwoHosts.Setup(driver, true)))
                .filter(setup -> wanted.matcher(setup.toString()).find())
                .toList();
    }

    /** Skips the test unless this user may make hosts, and the distribution has the driver. */
    static void needs(final TwoHosts.Setup setup) {
        assumeTrue(Namespace.isRoot(), "not root: only root can make network namespaces and use a NIC");
        assumeTrue(has(setup.driver()), () -> "this distribution has no joyride.nic." + setup.driver());
    }

    private static boolean has(final String driver) {
        Path bundles = Path.of(LiveService.command()).getParent().resolveSibling("bundle");
        try (Stream<Path> files = Files.list(bundles)) {
            return files.anyMatch(file -> file.getFileName().toString().startsWith("joyride.nic." + driver + "-"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Skips the test where DPDK is not installed. */
    static void needsDpdk() throws IOException {
        try (Stream<Path> places = Stream.of("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib")
                .map(Path::of)
                .filter(Files::isDirectory)
                .flatMap(place -> Stream.concat(Stream.of(place), folders(place)))) {
            boolean found = places.anyMatch(place -> Stream.of("23", "24", "25")
                    .anyMatch(number -> Files.exists(place.resolve("librte_ethdev.so." + number))));
            assumeTrue(found, "DPDK is not installed: apt-get install librte-meta-all");
        }
    }

    private static Stream<Path> folders(final Path place) {
        try (Stream<Path> all = Files.list(place)) {
            return all.filter(Files::isDirectory).toList().stream();
        } catch (IOException e) {
            return Stream.of();
        }
    }
}
