package joyride.bench.figures;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import joyride.bench.measure.Scratch;
import joyride.testkit.live.LiveService;
import joyride.testkit.netns.Laboratory;
import joyride.testkit.netns.Namespace;

/**
 * The ways that are compared, all there at once, so that their runs can take turns: two hosts on the kernel's TCP and a veth pair with its
 * offloads, the kernel's loopback, two services in two namespaces whose only link is a memif, by DPDK with Ethernet's MTU, by our own driver with the same, and by that with
 * frames as large as veth's units, and two programs of one service.
 */
final class Lanes implements AutoCloseable {
    /** What the command line calls them. */
    static final Set<String> NAMES = Set.of("veth", "loopback", "dpdk", "memif", "memif64000", "host");

    static final String VETH = "Linux, veth";
    static final String LOOPBACK = "Linux, loopback";
    static final String MEMIF = "Joyride, memif";
    static final String OWN = "Joyride, memif 1500";
    static final String LARGE = "Joyride, memif 64000";
    static final String SAME_HOST = "Joyride, same host";

    private static final String LOCAL = "127.77.0.1";

    private final List<Runnable> opened = new ArrayList<>();
    private final List<Lane> lanes = new ArrayList<>();

    private Lanes() {}

    /** @param omissions learns what this machine cannot do */
    static Lanes open(final Scratch scratch, final FigureOptions options, final Omissions omissions)
            throws IOException, InterruptedException {
        final Lanes lanes = new Lanes();
        try {
            if (!options.lanes().isEmpty()) {
                omissions.add("all lanes but " + String.join(", ", options.lanes()), "not asked for");
            }
            if (options.wants("veth") && Namespace.isRoot()) {
                lanes.veth();
            } else if (options.wants("veth")) {
                omissions.add(VETH, "not root: a veth pair between two network namespaces needs it");
            }
            if (options.wants("loopback")) {
                lanes.loopback();
            }
            lanes.services(scratch, options, omissions);
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
                List.of(),
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
                List.of(),
                true,
                () -> namespace.kernel().outSegments()));
    }

    private void services(final Scratch scratch, final FigureOptions options, final Omissions omissions)
            throws IOException, InterruptedException {
        MemifPair pair = null;
        if (!Namespace.isRoot()) {
            omissions.add(MEMIF, "not root: two services need a network namespace each");
        } else {
            if (options.wants("dpdk") && Dpdk.isThere()) {
                pair = keep(MemifPair.dpdk(scratch.directory().resolve("pair")), MemifPair::close);
                lanes.add(pair.lane(MEMIF));
            } else if (options.wants("dpdk")) {
                omissions.add(MEMIF, Dpdk.NO_LIBRARY);
            }
            if (options.wants("memif")) {
                final MemifPair own = keep(MemifPair.own(scratch.directory().resolve("own")), MemifPair::close);
                lanes.add(own.lane(OWN));
                pair = pair == null ? own : pair;
            }
            if (options.wants("memif64000")) {
                final MemifPair large = keep(MemifPair.large(scratch.directory().resolve("large")), MemifPair::close);
                lanes.add(large.lane(LARGE));
                pair = pair == null ? large : pair;
            }
        }
        if (options.wants("host")) {
            lanes.add(pair == null ? alone(scratch) : pair.sameHost(SAME_HOST, LOCAL));
        }
    }

    /** A service that nothing leads to. */
    private Lane alone(final Scratch scratch) throws IOException, InterruptedException {
        final Namespace namespace = keep(Namespace.create(), Namespace::close);
        final LiveService service = keep(
                new LiveService(LiveService.command(), scratch.directory().resolve("alone"), namespace.prefix()),
                LiveService::close);
        service.start(null).awaitWarm();
        return new Lane(
                SAME_HOST,
                LOCAL,
                service::withLayer,
                service::withLayer,
                List.of(service),
                false,
                () -> namespace.kernel().outSegments());
    }

    private <T> T keep(final T opening, final Consumer<T> close) {
        opened.add(() -> close.accept(opening));
        return opening;
    }

    List<Lane> all() {
        return lanes;
    }

    @Override
    public void close() {
        opened.reversed().forEach(Runnable::run);
        opened.clear();
    }
}
