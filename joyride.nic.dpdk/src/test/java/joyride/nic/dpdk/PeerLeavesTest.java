package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** net_memif unmaps its rings when the peer leaves, on a thread of DPDK's, whatever the loop is just doing with them. */
class PeerLeavesTest extends PortsCase {
    private static final int ROUNDS = 60;
    private static final int LENGTH = 1500;

    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean over;
    private volatile long turns;

    @Test
    void shouldLiveOnWhenThePeerLeavesWhileABurstRuns(@TempDir final Path directory) throws Exception {
        final DpdkPort stays = memif(directory, "server", 1500);
        final Thread loop = new Thread(() -> work(stays.queue(0)), "loop");
        loop.setUncaughtExceptionHandler((thread, thrown) -> failure.set(thrown));
        loop.start();
        try {
            for (int round = 0; round < ROUNDS; round++) {
                final DpdkPort leaves = memif(directory, "client", 1500);
                Ports.await("the link is up", leaves::linkUp);
                final long begin = turns;
                final int[] came = {0};
                Ports.await("frames come", () -> (came[0] += drain(leaves.queue(0))) > 1000 && turns > begin + 10);
                leaves.close();
            }
        } finally {
            over = true;
            loop.join();
        }
        assertNull(failure.get());
        assertTrue(turns > ROUNDS);
    }

    /** Sends whole bursts and takes what comes, as a loop does that has much to do. */
    private void work(final NicQueue queue) {
        final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
        while (!over) {
            for (int i = 0; i < PacketBatch.BURST; i++) {
                final long handle = queue.allocate();
                if (handle != 0) {
                    Ports.fill(queue.address(handle), LENGTH, i);
                    batch.add(handle, queue.address(handle), LENGTH, 0);
                }
            }
            queue.transmit(batch);
            queue.receive(batch);
            queue.release(batch);
            turns++;
        }
    }

    private static int drain(final NicQueue queue) {
        final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
        final int count = queue.receive(batch);
        queue.release(batch);
        return count;
    }
}
