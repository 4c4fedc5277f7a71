package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import joyride.api.nic.NicException;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A queue's loop makes no objects, whatever way its frames take, once it is compiled. */
@Timeout(120)
class AllocationTest extends PortsCase {
    private static final int ROUNDS = 300;
    private static final int TURNS = 200;

    private final PacketBatch batch = new PacketBatch(PacketBatch.BURST);

    private static void allocatesNothing(final Runnable turn) {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = 0;
        for (int round = 0; round < ROUNDS; round++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < TURNS; i++) {
                turn.run();
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
            if (allocated == 0) {
                return;
            }
        }
        assertEquals(0, allocated, "bytes in " + TURNS + " turns");
    }

    private void send(final NicQueue queue, final int length) {
        for (int i = 0; i < PacketBatch.BURST; i++) {
            final long handle = queue.allocate();
            batch.add(handle, queue.address(handle), length, 0);
        }
        queue.transmit(batch);
    }

    @Test
    void shouldAllocateNothingWhenBurstsPassARing() throws NicException {
        final DpdkPort port = ports.open("net_ring0", Ports.settings());
        final NicQueue queue = port.queue(0);
        final int[] came = new int[2];
        allocatesNothing(() -> {
            send(queue, 1000);
            came[0] += queue.receive(batch);
            // One goes back by itself, the others together; the loop rests in between.
            queue.free(queue.allocate());
            queue.release(batch);
            queue.armWake();
            queue.nextEvent();
            queue.receive(batch);
            came[1]++;
        });
        assertEquals(PacketBatch.BURST * came[1], came[0]);
        assertEquals(0, port.framesInUse());
    }

    @Test
    void shouldAllocateNothingWhenBurstsGoOnFromADeviceThatIsCalledAsOneThatBlocks() throws NicException {
        final var configuration = new joyride.api.nic.NicConfiguration(
                "blocking",
                "net_null0",
                1,
                joyride.api.nic.Steering.NONE,
                joyride.api.nic.NicEvents.IGNORED,
                0,
                Ports.settings());
        ports.open("net_null_first", Ports.settings());
        final DpdkPort port;
        synchronized (Eal.lock()) {
            port = new DpdkPort(configuration, DpdkSettings.of(configuration), System::nanoTime, true);
        }
        try (port) {
            final NicQueue queue = port.queue(0);
            allocatesNothing(() -> {
                queue.receive(batch);
                queue.transmit(batch);
            });
            assertEquals(0, port.framesInUse());
        }
    }

    /** Frames in several mbufs are joined. */
    @Test
    void shouldAllocateNothingWhenFramesComeInPieces(@TempDir final Path directory) throws NicException {
        final DpdkPort[] pair = inPieces(directory);
        final DpdkPort whole = pair[0];
        final DpdkPort pieces = pair[1];
        final int[] came = new int[1];
        allocatesNothing(() -> {
            send(whole.queue(0), 5000);
            while (pieces.queue(0).receive(batch) > 0) {
                came[0] += batch.size();
                pieces.queue(0).release(batch);
            }
        });
        assertEquals(true, came[0] > PacketBatch.BURST * TURNS / 2, came[0] + " frames");
    }
}
