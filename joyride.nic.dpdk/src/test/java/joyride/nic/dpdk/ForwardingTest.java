package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.nic.NicException;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Frames that go through two queues unseen: each is counted where it came from and where it went, and none is kept. */
@Timeout(120)
class ForwardingTest extends PortsCase {
    private static final int BURST = PacketBatch.BURST;
    private static final long FIRST_PAUSE_NANOS = 50_000;

    private static int drain(final DpdkPort port) {
        final PacketBatch batch = new PacketBatch(BURST);
        int all = 0;
        for (int count = port.queue(0).receive(batch);
                count > 0;
                count = port.queue(0).receive(batch)) {
            all += count;
            port.queue(0).release(batch);
        }
        return all;
    }

    @Test
    void shouldCountAndFreeWhatTheOtherQueueHasNoRoomFor() throws NicException {
        final DpdkPort source = ports.open("net_null0", Ports.settings("frames", "4096"));
        final DpdkPort ring = ports.open("net_ring0", Ports.settings());
        final Forwarding way = source.forwarding(0, ring, 0);
        long sent = 0;
        int turns = 0;
        int taken;
        do {
            taken = way.turn(BURST);
            sent += taken;
            turns++;
        } while (taken > 0);
        assertTrue(sent > 10 * BURST, () -> "the ring took " + ring.statistics());
        assertEquals((long) turns * BURST, source.statistics().get("rx packets"));
        assertEquals(sent, ring.statistics().get("tx packets"));
        assertEquals((long) turns * BURST - sent, ring.statistics().get("tx dropped"));
        assertEquals(0L, source.statistics().get("tx dropped"));
        assertEquals(sent, source.framesInUse());
        assertEquals(sent, drain(ring));
        assertEquals(0, source.framesInUse());
    }

    @Test
    void shouldLetFramesCircleWithoutLosingOne() throws NicException {
        final DpdkPort ring = ports.open("net_ring0", Ports.settings());
        for (int i = 0; i < BURST; i++) {
            assertTrue(Ports.send(ring, 0, 100, i));
        }
        final Forwarding way = ring.forwarding(0, ring, 0);
        for (int i = 0; i < 1000; i++) {
            assertEquals(BURST, way.turn(BURST));
        }
        assertEquals(3, way.turn(3));
        assertEquals(1000L * BURST + 3, ring.statistics().get("rx packets"));
        assertEquals(1001L * BURST + 3, ring.statistics().get("tx packets"));
        assertEquals(BURST, ring.framesInUse());
        assertEquals(BURST, drain(ring));
        assertEquals(0, ring.framesInUse());
    }

    @Test
    void shouldFreeWhatComesForAPortThatIsStoppedAndGoOnWhenItRuns() throws NicException {
        final DpdkPort source = ports.open("net_null0", Ports.settings());
        final DpdkPort ring = ports.open("net_ring0", Ports.settings());
        final Forwarding way = source.forwarding(0, ring, 0);
        assertEquals(BURST, way.turn(BURST));
        ring.stop();
        assertEquals(0, way.turn(BURST));
        assertEquals(BURST, ring.statistics().get("tx dropped"));
        assertEquals(BURST, source.framesInUse());
        ring.start();
        source.stop();
        assertEquals(0, way.turn(BURST));
        assertEquals(BURST, ring.statistics().get("tx dropped"));
        source.start();
        assertEquals(BURST, way.turn(BURST));
        assertEquals(2 * BURST, drain(ring));
        assertEquals(0, source.framesInUse());
    }

    @Test
    void shouldLookSoonAgainWhenFramesCameAfterALongRest() throws NicException {
        final DpdkPort ring = ports.open("net_ring0", Ports.settings());
        final NicQueue queue = ring.queue(0);
        final Forwarding way = ring.forwarding(0, ring, 0);
        for (int i = 0; i < 50; i++) {
            queue.nextEvent();
            assertEquals(0, way.turn(BURST));
        }
        final long before = System.nanoTime();
        assertTrue(queue.nextEvent() - before > FIRST_PAUSE_NANOS, "the pauses have grown");
        assertTrue(Ports.send(ring, 0, 100, 1));
        assertEquals(1, way.turn(BURST));
        assertTrue(queue.nextEvent() - System.nanoTime() <= FIRST_PAUSE_NANOS, "it looks soon again");
        assertEquals(1, drain(ring));
    }
}
