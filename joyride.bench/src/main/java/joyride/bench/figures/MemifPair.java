package joyride.bench.figures;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import joyride.testkit.live.LiveService;
import joyride.testkit.netns.Namespace;

/** Two services in two network namespaces whose only link is a memif. */
final class MemifPair implements AutoCloseable {
    private static final Duration UP = Duration.ofSeconds(60);
    private static final String FIRST = "10.9.0.1";
    private static final String SECOND = "10.9.0.2";

    /** In the format of {@code joyride.core.cfg}: role, socket. */
    private static final String DPDK = """
            interface.nic0.driver=dpdk
            interface.nic0.device=net_memif0
            interface.nic0.arguments=role=%s,socket=%s,socket-abstract=no
            """;

    private static final String OWN = """
            interface.nic0.driver=memif
            interface.nic0.role=%s
            interface.nic0.device=%s
            """;

    private final Namespace here;
    private final Namespace there;
    private final LiveService first;
    private final LiveService second;

    private MemifPair(final Path directory) throws IOException {
        here = Namespace.create();
        try {
            there = Namespace.create();
        } catch (final IOException e) {
            here.close();
            throw e;
        }
        first = new LiveService(LiveService.command(), directory.resolve("first"), here.prefix());
        second = new LiveService(LiveService.command(), directory.resolve("second"), there.prefix());
    }

    /** By DPDK's net_memif, with Ethernet's MTU. */
    static MemifPair dpdk(final Path directory) throws IOException, InterruptedException {
        return open(directory, DPDK, 1500);
    }

    /** By Joyride's own driver, with Ethernet's MTU: TCP's units pass whole. */
    static MemifPair own(final Path directory) throws IOException, InterruptedException {
        return open(directory, OWN, 1500);
    }

    /** By Joyride's own driver, with frames as large as memif's default allows: units of the size that veth carries with its offloads on. */
    static MemifPair large(final Path directory) throws IOException, InterruptedException {
        return open(directory, OWN, 64000);
    }

    private static MemifPair open(final Path directory, final String driver, final int mtu)
            throws IOException, InterruptedException {
        Files.createDirectory(directory);
        final Path socket = directory.resolve("memif");
        final MemifPair pair = new MemifPair(directory);
        try {
            pair.first.start(configuration(directory.resolve("first-etc"), driver, "server", FIRST, socket, mtu));
            pair.second.start(configuration(directory.resolve("second-etc"), driver, "client", SECOND, socket, mtu));
            linked(pair.first);
            linked(pair.second);
            pair.first.awaitWarm();
            pair.second.awaitWarm();
            return pair;
        } catch (final IOException | InterruptedException | RuntimeException e) {
            pair.close();
            throw e;
        }
    }

    private static Path configuration(
            final Path directory,
            final String driver,
            final String role,
            final String address,
            final Path socket,
            final int mtu)
            throws IOException {
        Files.createDirectory(directory);
        Files.writeString(directory.resolve("joyride.nic.dpdk.cfg"), "memory.mib=128\nhugepages=off\n");
        Files.writeString(
                directory.resolve("joyride.core.cfg"),
                driver.formatted(role, socket)
                        + "interface.nic0.addresses=%s/24%ninterface.nic0.mtu=%d%n".formatted(address, mtu));
        return directory;
    }

    private static void linked(final LiveService service) throws IOException, InterruptedException {
        service.process()
                .await(
                        "the memif is up",
                        UP,
                        () -> service.run("joyride:interfaces")
                                .output()
                                .lines()
                                .anyMatch(line -> line.matches("nic0 +up +(dpdk|memif) .*")));
    }

    Lane lane(final String name) {
        return new Lane(
                name,
                FIRST,
                first::withLayer,
                second::withLayer,
                List.of(first, second),
                false,
                () -> here.kernel().outSegments() + there.kernel().outSegments());
    }

    /** Between two programs of the first service. */
    Lane sameHost(final String name, final String address) {
        return new Lane(
                name,
                address,
                first::withLayer,
                first::withLayer,
                List.of(first),
                false,
                () -> here.kernel().outSegments());
    }

    @Override
    public void close() {
        second.close();
        first.close();
        there.close();
        here.close();
    }
}
