package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import joyride.api.memory.Memory;
import joyride.api.net.IpPrefix;
import joyride.core.instance.Instance;
import joyride.core.memory.ScalarKernels;
import joyride.nic.wire.Faults;
import joyride.nic.wire.Wire;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Large units cut at the driver's edge, or by the port: what is on the wire is what it would be without them. */
class SegmentationTest {
    private static final int PORT = 5001;
    private static final int BYTES = 3_000_000;
    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1000 * MILLI;

    /** What a frame was, and when. */
    private record Seen(boolean fromA, long nanos, byte[] bytes) {
        @Override
        public boolean equals(final Object other) {
            return other instanceof final Seen seen
                    && seen.fromA == fromA
                    && seen.nanos == nanos
                    && Arrays.equals(seen.bytes, bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return (fromA ? "a " : "b ") + nanos + " ns " + bytes.length + " bytes "
                    + java.util.HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, 80));
        }
    }

    private static List<Seen> transfer(
            final String variant,
            final boolean six,
            final boolean large,
            final boolean nic,
            final Faults faults,
            final Map<String, String> sysctls,
            final long[] units) {
        final List<Seen> frames = new ArrayList<>();
        try (Simulation simulation = new Simulation(11, six, 1500, nic, faults, faults)) {
            simulation.wire().tap((fromA, nanos, address, length, due) -> {
                final byte[] bytes = new byte[length];
                Memory.copyOut(address, bytes, 0, length);
                frames.add(new Seen(fromA, nanos, bytes));
            });
            for (final SimulatedHost host : List.of(simulation.a(), simulation.b())) {
                host.largeUnits(false, large);
            }
            sysctls.forEach((name, value) -> {
                ((Instance) simulation.programsA().instance()).tunables().set(name, value);
                ((Instance) simulation.programsB().instance()).tunables().set(name, value);
            });
            SimulatedTcp.use(simulation.a().engine(), variant);
            SimulatedTcp.use(simulation.b().engine(), variant);
            OneStream.run(
                    simulation,
                    PORT,
                    BYTES,
                    StreamPlan.bulk(1, BYTES, 2, BYTES / 3),
                    StreamPlan.bulk(2, BYTES / 3, 1, BYTES));
            units[0] = simulation.a().counters().snapshot().get("nic0").get("tso.units");
        }
        return frames;
    }

    private static void assertSameOnTheWire(final Faults faults, final Map<String, String> sysctls) {
        for (final String variant : List.of("freebsd", "rack")) {
            for (final boolean six : new boolean[] {false, true}) {
                assertSameOnTheWire(variant, six, false, faults, sysctls);
                assertSameOnTheWire(variant, six, true, faults, sysctls);
            }
        }
    }

    /** @param nic whether the wire's ports cut the units */
    private static void assertSameOnTheWire(
            final String variant,
            final boolean six,
            final boolean nic,
            final Faults faults,
            final Map<String, String> sysctls) {
        final long[] units = new long[1];
        final List<Seen> single = transfer(variant, six, false, nic, faults, sysctls, units);
        assertEquals(0, units[0]);
        final List<Seen> large = transfer(variant, six, true, nic, faults, sysctls, units);
        assertTrue(units[0] > 20, units[0] + " units only");
        for (int i = 0; i < Math.min(single.size(), large.size()); i++) {
            assertEquals(single.get(i), large.get(i), "frame " + i);
        }
        assertEquals(single.size(), large.size());
    }

    @Test
    void shouldSendTheSameFramesWhenNothingIsLost() {
        assertSameOnTheWire(Faults.NONE.withDelay(5 * MILLI, 0), Map.of("net.inet.tcp.sendbuf_auto", "0"));
    }

    @Test
    void shouldSendTheSameFramesWhenPacketsMayBeFragmented() {
        assertSameOnTheWire(
                Faults.NONE.withDelay(5 * MILLI, 0),
                Map.of("net.inet.tcp.sendbuf_auto", "0", "net.inet.tcp.path_mtu_discovery", "0"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "3"})
    void shouldSendTheSameFramesWhenFramesAreLostAndMarked(final String ecn) {
        assertSameOnTheWire(
                Faults.NONE.withDelay(5 * MILLI, 0).withLoss(0.01).withMarking(0.02),
                Map.of("net.inet.tcp.sendbuf_auto", "0", "net.inet.tcp.ecn.enable", ecn));
    }

    /** What the device cannot cut is lost, once: from then on the host cuts, and the stream goes on. */
    @Test
    void shouldCutItselfWhenThePortRefusesAUnit() {
        assertGoesOnWhenRefused(4096);
    }

    /** The first unit is of ten segments, for which there are not enough frames: the port gets as much of it as there are. */
    @Test
    void shouldGiveThePortPartOfAUnitWhenThereAreFramesForThatAlone() {
        assertGoesOnWhenRefused(8);
    }

    private static void assertGoesOnWhenRefused(final int frames) {
        final VirtualClock clock = new VirtualClock();
        final SeededRandom random = new SeededRandom(7);
        final Wire wire = new Wire("wire", 1500, frames, Faults.NONE.withDelay(MILLI, 0), clock, random.fork());
        wire.offload(true);
        final RefusingPort port = new RefusingPort(wire.a());
        final SimulatedHost a =
                new SimulatedHost("a", IpPrefix.parse("10.0.0.1/24"), port, clock, random.fork(), new ScalarKernels());
        final SimulatedHost b = new SimulatedHost(
                "b", IpPrefix.parse("10.0.0.2/24"), wire.b(), clock, random.fork(), new ScalarKernels());
        assertEquals("checksum:nic tso:nic lro", a.ethernet().offloadText());
        final StreamProgram[] accepted = new StreamProgram[1];
        b.programs().start(new ListenerProgram(b.programs(), PORT, 1, 1, endpoint -> {
            accepted[0] =
                    new StreamProgram(b.programs(), StreamPlan.bulk(2, 1, 1, BYTES), new SeededRandom(3), endpoint);
            return accepted[0];
        }));
        final StreamProgram client = new StreamProgram(
                a.programs(), StreamPlan.bulk(1, BYTES, 2, 1), new SeededRandom(4), b.address(), PORT, 0);
        a.programs().start(client);
        while (!client.isFinished()) {
            if (a.engine().turn() + b.engine().turn() == 0) {
                final long next = Math.min(a.nextEvent(), b.nextEvent());
                assertTrue(next < 60 * SECOND, () -> "stands still: " + client);
                clock.advanceTo(next);
            }
            clock.advance(1000);
        }
        assertEquals(null, client.failure());
        assertEquals(BYTES, accepted[0].received());
        assertTrue(port.refused() > 0 && port.refused() < 10, port.refused() + " units refused");
        assertEquals(0, port.fullBefore(), "segments cut before the port was asked");
        assertEquals("checksum:nic tso lro", a.ethernet().offloadText());
        a.close();
        b.close();
        wire.close();
    }
}
