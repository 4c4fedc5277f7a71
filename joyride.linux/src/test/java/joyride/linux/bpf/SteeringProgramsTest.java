package joyride.linux.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import joyride.linux.SignalStorm;
import org.junit.jupiter.api.Test;

class SteeringProgramsTest {
    private static final int PASS_TO_NEXT = -1;
    private static final int DROP = 2;
    private static final int XDP_PASS = 2;
    private static final int QUEUES = 4;

    private static SteeringMap steering() throws BpfException {
        try {
            final SteeringMap map = new SteeringMap("test", 16);
            assertEquals(0, map.add(0, 0xffff_0a01_0003L, Frames.TCP, 80));
            return map;
        } catch (final BpfException e) {
            assumeTrue(e.errno() != BpfCall.EPERM && e.errno() != BpfCall.ENOSYS, e::getMessage);
            throw e;
        }
    }

    private static byte[] frame(final int port) {
        return new Frames()
                .ethernet(0x0800)
                .ipv4(Frames.TCP, "10.1.0.9", "10.1.0.3")
                .ports(1000, port)
                .bytes();
    }

    @Test
    void shouldDropAndCountWhatIsOursWhenTheGuardSeesIt() throws BpfException {
        try (SteeringMap steering = steering();
                BpfMap counter = BpfMap.create("test", BpfMap.ARRAY, Integer.BYTES, Long.BYTES, 1, 0);
                BpfProgram guard = SteeringPrograms.guard(steering.descriptor(), counter.descriptor());
                Arena arena = Arena.ofConfined()) {
            final MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
            final MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
            assertEquals(PASS_TO_NEXT, guard.run(frame(22)));
            assertEquals(0, counter.get(key.address(), value.address()));
            assertEquals(0, value.get(ValueLayout.JAVA_LONG, 0));
            assertEquals(DROP, guard.run(frame(80)));
            assertEquals(DROP, guard.run(frame(80)));
            assertEquals(0, counter.get(key.address(), value.address()));
            assertEquals(2, value.get(ValueLayout.JAVA_LONG, 0));
        }
    }

    @Test
    void shouldTakeAndGiveBackManyPortsByOneCall() throws BpfException {
        try (SteeringMap steering = steering()) {
            final BitSet ports = new BitSet();
            ports.set(50_000, 50_010);
            ports.clear(50_004);
            assertEquals(0, steering.addAll(0, 0xffff_0a01_0003L, Frames.TCP, ports));
            assertTrue(steering.contains(0, 0xffff_0a01_0003L, Frames.TCP, 50_000));
            assertTrue(steering.contains(0, 0xffff_0a01_0003L, Frames.TCP, 50_009));
            assertFalse(steering.contains(0, 0xffff_0a01_0003L, Frames.TCP, 50_004));
            assertEquals(0, steering.removeAll(0, 0xffff_0a01_0003L, Frames.TCP, ports));
            assertFalse(steering.contains(0, 0xffff_0a01_0003L, Frames.TCP, 50_000));
            assertTrue(steering.contains(0, 0xffff_0a01_0003L, Frames.TCP, 80), "what was there before");
            ports.set(40_000, 40_100);
            assertEquals(-7, steering.addAll(0, 0xffff_0a01_0003L, Frames.TCP, ports), "E2BIG: it holds 16");
        }
    }

    @Test
    void shouldPassEverythingWhenTheQueueHasNoSocket() throws BpfException {
        try (SteeringMap steering = steering();
                BpfMap sockets = BpfMap.create("test", BpfMap.SOCKETS, Integer.BYTES, Integer.BYTES, QUEUES, 0);
                BpfProgram plain = SteeringPrograms.redirect(steering.descriptor(), sockets.descriptor(), false);
                BpfProgram scattered = SteeringPrograms.redirect(steering.descriptor(), sockets.descriptor(), true)) {
            assertEquals(XDP_PASS, plain.run(frame(80)));
            assertEquals(XDP_PASS, plain.run(frame(22)));
            assertEquals(XDP_PASS, scattered.run(frame(80)));
        }
    }

    /** The kernel ends a load with EAGAIN when a signal comes, as for each frame of a TAP of DPDK's. */
    @Test
    void shouldLoadWhenSignalsComeAllTheTime() throws BpfException {
        try (SteeringMap steering = steering();
                SignalStorm storm = new SignalStorm()) {
            for (int i = 0; i < 50; i++) {
                SteeringPrograms.filter(steering.descriptor()).close();
            }
            assertTrue(storm.sent() > 0);
        }
    }
}
