package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.nic.NicPort;
import joyride.core.link.PcapTap;
import joyride.core.memory.ScalarKernels;
import joyride.nic.wire.Faults;
import joyride.nic.wire.Wire;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Frames whose payload lies elsewhere than their headers bring the same bytes, whatever way they take. */
class BodiesTest {
    private static final int PORT = 5001;
    private static final int BYTES = 2_000_000;
    private static final long MILLI = 1_000_000L;
    private static final long HOUR = 3600 * 1000 * MILLI;
    private static final Faults GOOD = Faults.NONE.withDelay(MILLI, 0);
    private static final Faults BAD =
            GOOD.withLoss(0.01).withReordering(0.02, MILLI).withDuplication(0.01);

    @TempDir
    Path directory;

    /** Two hosts, a wire and ports that leave payload where it is. */
    private static final class Pair implements AutoCloseable {
        private final VirtualClock clock = new VirtualClock();
        private final SeededRandom random = new SeededRandom(7);
        private final Wire wire;
        private final BodiesPort port;
        private final SimulatedHost a;
        private final SimulatedHost b;

        Pair(final boolean six, final Faults faults) {
            wire = new Wire("wire", 1500, 4096, faults, clock, random.fork());
            wire.offload(true);
            port = new BodiesPort(wire.b());
            a = host("a", six ? "2001:db8::1/64" : "10.0.0.1/24", wire.a());
            b = host("b", six ? "2001:db8::2/64" : "10.0.0.2/24", port);
        }

        private SimulatedHost host(final String name, final String address, final NicPort on) {
            return new SimulatedHost(name, IpPrefix.parse(address), on, clock, random.fork(), new ScalarKernels());
        }

        /** A stream to b, whose bytes b's program looks at. */
        void stream() {
            final StreamProgram[] accepted = new StreamProgram[1];
            b.programs().start(new ListenerProgram(b.programs(), PORT, 1, 1, endpoint -> {
                accepted[0] = new StreamProgram(
                        b.programs(), StreamPlan.bulk(2, 1000, 1, BYTES), new SeededRandom(3), endpoint);
                return accepted[0];
            }));
            final StreamProgram client = new StreamProgram(
                    a.programs(), StreamPlan.bulk(1, BYTES, 2, 1000), new SeededRandom(4), b.address(), PORT, 0);
            a.programs().start(client);
            while (!client.isFinished()) {
                if (a.engine().turn() + b.engine().turn() == 0) {
                    final long next = Math.min(a.nextEvent(), b.nextEvent());
                    assertTrue(next < HOUR, () -> "stands still: " + client);
                    clock.advanceTo(next);
                }
                clock.advance(1000);
            }
            assertEquals(null, client.failure());
            assertEquals(null, accepted[0].failure());
            assertEquals(BYTES, accepted[0].received());
        }

        @Override
        public void close() {
            a.close();
            b.close();
            wire.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "freebsd, false, true",
        "freebsd, true, true",
        "rack, false, true",
        "freebsd, false, false",
        "rack, true, false"
    })
    void shouldBringTheSameBytesWhenSegmentsAreMergedOrNotAndLostOrNot(
            final String variant, final boolean six, final boolean merge) {
        for (final Faults faults : List.of(GOOD, BAD)) {
            try (Pair pair = new Pair(six, faults)) {
                SimulatedTcp.use(pair.a.engine(), variant);
                SimulatedTcp.use(pair.b.engine(), variant);
                pair.b.largeUnits(merge, true);
                pair.stream();
                assertTrue(pair.port.split() > BYTES / 1460, pair.port.split() + " frames came in two parts");
                assertEquals(
                        merge, pair.b.counters().snapshot().get("nic0").get("lro.units") > 0, "segments were merged");
            }
        }
    }

    @Test
    void shouldSignOfWhatGoesToTheProgramWhenSegmentsAreSigned() {
        try (Pair pair = new Pair(false, BAD)) {
            for (final SimulatedHost host : List.of(pair.a, pair.b)) {
                host.programs().prepare(socket -> socket.md5Key(IpAddress.ANY_V4, 0, new byte[] {1, 2, 3}));
            }
            pair.stream();
            assertTrue(pair.port.split() > BYTES / 1460);
            assertEquals(
                    0,
                    pair.b.counters().snapshot().values().stream()
                            .mapToLong(group -> group.getOrDefault("sig_rcvbadsig", 0L))
                            .sum());
        }
    }

    @Test
    void shouldAskForWholeFramesWhileACaptureRuns() throws IOException {
        try (Pair pair = new Pair(false, GOOD)) {
            final Path file = directory.resolve("capture.pcap");
            final PcapTap tap = new PcapTap(file, pair.b.ethernet().pcapLinkType(), 0, 0, e -> {});
            pair.b.engine().network().tap(pair.b.ethernet(), tap);
            pair.stream();
            assertEquals(0, pair.port.split());
            pair.b.engine().network().tap(pair.b.ethernet(), null);
            tap.close();
            assertTrue(Files.size(file) > 0);
        }
    }
}
