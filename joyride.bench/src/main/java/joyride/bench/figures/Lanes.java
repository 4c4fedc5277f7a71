package joyride.bench.figures;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import joyride.bench.measure.Scratch;
import joyride.testkit.live.LiveService;
import joyride.testkit.netns.Laboratory;
import joyride.testkit.netns.Namespace;

/**
 * The four ways that are compared, all there at once, so that their runs can take turns: two hosts on the kernel's TCP and a veth pair with its
 * offloads, the kernel's loopback, two services in two namespaces whose only link is a memif, and two programs of one service.
 */
final class Lanes implements AutoCloseable {
    static final String VETH = "Linux, veth";
    static final String LOOPBACK = "Linux, loopback";
    static final String MEMIF = "Joyride, memif";
    static final String SAME_HOST = "Joyride, same host";

    private static final Duration UP = Duration.ofSeconds(60);
    private static final String FIRST = "10.9.0.1";
    private static final String SECOND = "10.9.0.2";

    private final List<Runnable> opened = new ArrayList<>();
    private final List<Lane> lanes = new ArrayList<>();
    private LiveService first;
    private LiveService second;

    private Lanes() {}

    /** @param omissions learns what this machine cannot do */
    static Lanes open(final Scratch scratch, final Omissions omissions) throws IOException, InterruptedException {
        final Lanes lanes = new Lanes();
        try {
            if (Namespace.isRoot()) {
                lanes.veth();
            } else {
                omissions.add(VETH, "not root: a veth pair between two network namespaces needs it");
            }
            lanes.loopback();
            lanes.services(scratch, omissions);
        } catch (final IOException | InterruptedException | RuntimeException e) {
            lanes.close();
            throw e;
        }
        return lanes;
    }

    private void veth() throws IOException, InterruptedException {
        final Laboratory laboratory = keep(Laboratory.create(1500, 1), Laboratory::close);
        laboratory.ours().address("10.77.0.2/24");
        laboratory.theirs().address("10.77.0.9/24");
        // What the kernel would do by itself: the laboratory's strangers finish their frames.
        laboratory.theirs().offload(true, "tx", "tso", "gso");
        lanes.add(new Lane(
                VETH,
                "10.77.0.2",
                laboratory.here()::inside,
                laboratory.there()::inside,
                true,
                () -> laboratory.here().kernel().outSegments()));
    }

    private void loopback() throws IOException {
        final Namespace namespace = keep(Namespace.create(), Namespace::close);
        lanes.add(new Lane(
                LOOPBACK,
                "127.0.0.1",
                namespace::inside,
                namespace::inside,
                true,
                () -> namespace.kernel().outSegments()));
    }

    private void services(final Scratch scratch, final Omissions omissions) throws IOException, InterruptedException {
        final Path socket = scratch.directory().resolve("memif");
        final Namespace here = keep(Namespace.create(), Namespace::close);
        final boolean joined = Namespace.isRoot() && Dpdk.isThere();
        if (!Namespace.isRoot()) {
            omissions.add(MEMIF, "not root: two services need a network namespace each");
        } else if (!joined) {
            omissions.add(MEMIF, "no DPDK: apt-get install librte-meta-all");
        }
        first = keep(
                new LiveService(LiveService.command(), scratch.directory().resolve("first"), here.prefix()),
                LiveService::close);
        first.start(joined ? configuration(scratch, "first-etc", "server", FIRST, socket) : null);
        if (joined) {
            final Namespace there = keep(Namespace.create(), Namespace::close);
            second = keep(
                    new LiveService(LiveService.command(), scratch.directory().resolve("second"), there.prefix()),
                    LiveService::close);
            second.start(configuration(scratch, "second-etc", "client", SECOND, socket));
            linked(first);
            linked(second);
            second.awaitWarm();
            lanes.add(new Lane(
                    MEMIF,
                    FIRST,
                    first::withLayer,
                    second::withLayer,
                    false,
                    () -> here.kernel().outSegments() + there.kernel().outSegments()));
        }
        first.awaitWarm();
        lanes.add(new Lane(
                SAME_HOST,
                "127.77.0.1",
                first::withLayer,
                first::withLayer,
                false,
                () -> here.kernel().outSegments()));
    }

    private static Path configuration(
            final Scratch scratch, final String name, final String role, final String address, final Path socket)
            throws IOException {
        final Path etc = Files.createDirectory(scratch.directory().resolve(name));
        Files.writeString(etc.resolve("joyride.nic.dpdk.cfg"), "memory.mib=128\nhugepages=off\n");
        Files.writeString(etc.resolve("joyride.core.cfg"), """
                interface.nic0.driver=dpdk
                interface.nic0.device=net_memif0
                interface.nic0.arguments=role=%s,socket=%s,socket-abstract=no
                interface.nic0.addresses=%s/24
                """.formatted(role, socket, address));
        return etc;
    }

    private static void linked(final LiveService service) throws IOException, InterruptedException {
        service.process()
                .await(
                        "the memif is up",
                        UP,
                        () -> service.run("joyride:interfaces")
                                .output()
                                .lines()
                                .anyMatch(line -> line.matches("nic0 +up +dpdk .*")));
    }

    private <T> T keep(final T opening, final Consumer<T> close) {
        opened.add(() -> close.accept(opening));
        return opening;
    }

    List<Lane> all() {
        return lanes;
    }

    /** The service whose programs are the servers; null before it was started. */
    LiveService first() {
        return first;
    }

    /** The service at the other end of the memif; null where there is none. */
    LiveService second() {
        return second;
    }

    @Override
    public void close() {
        opened.reversed().forEach(Runnable::run);
        opened.clear();
    }
}
