package joyride.nic.afxdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import joyride.linux.Poll;
import joyride.testkit.nic.Cable;
import joyride.testkit.nic.Datagrams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The driver on a veth, against the kernel's UDP at the other end. Root. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AfXdpPortTest {
    private static final int EXCHANGES = 2000;

    private static void exchange(final String link, final Map<String, String> settings, final int length)
            throws Exception {
        try (Cable cable = new Cable(link);
                Traffic traffic = new Traffic()) {
            final NicPort port = cable.open(new AfXdpDriver(), settings);
            for (int i = 0; i < EXCHANGES; i++) {
                traffic.exchange(port.queue(0), length);
            }
            Traffic.assertClean(port);
        }
    }

    @Test
    void shouldCarryDatagramsBothWays() throws Exception {
        Namespace.run(() -> exchange("", Map.of(), 1000));
    }

    @Test
    void shouldCarryLargeFramesWhenTheyTakeOneChunk() throws Exception {
        Namespace.run(() -> exchange("mtu 3400", Map.of(), 3300));
    }

    @Test
    void shouldPutFramesTogetherWhenTheyTakeSeveralChunks() throws Exception {
        Namespace.run(() -> exchange("mtu 9000", Map.of(), 8900));
    }

    @Test
    void shouldCarryDatagramsWhenTheModeIsGeneric() throws Exception {
        Namespace.run(() -> exchange("", Map.of("mode", "generic"), 1000));
    }

    @Test
    void shouldCarryDatagramsWhenTheKernelIsAlwaysWoken() throws Exception {
        Namespace.run(() -> exchange("", Map.of("need.wakeup", "0"), 1000));
    }

    @Test
    void shouldCarryDatagramsWhenItPollsTheKernel() throws Exception {
        Namespace.run(() -> exchange("", Map.of("busy.poll.us", "20"), 1000));
    }

    @Test
    void shouldTakeTheBestModeThatTheDeviceHas() throws Exception {
        Namespace.run(() -> {
            try (Cable cable = new Cable("");
                    NicPort port = cable.open(new AfXdpDriver(), Map.of())) {
                assertEquals("copy on near, 1 queue", port.mode());
                assertTrue(port.linkUp());
                assertEquals(Cable.NEAR_MAC, port.macAddress().toString());
                assertEquals(1500, port.mtu());
            }
        });
    }

    @Test
    void shouldReceiveOnEveryQueueOfTheDevice() throws Exception {
        Namespace.run(() -> {
            try (Cable cable = new Cable("numrxqueues 4 numtxqueues 4");
                    Traffic traffic = new Traffic()) {
                final NicPort port = cable.open(new AfXdpDriver(), Map.of());
                assertEquals(4, port.queueCount());
                final int flows = 64;
                final boolean[] came = new boolean[4];
                for (int flow = 0; flow < flows; flow++) {
                    try (Traffic another = new Traffic()) {
                        another.kernel.send(Traffic.packet(new byte[100]));
                        came[receiveOnAny(port, traffic.batch)] = true;
                    }
                }
                int used = 0;
                for (final boolean queue : came) {
                    used += queue ? 1 : 0;
                }
                assertTrue(used > 1, used + " queues used by " + flows + " flows");
                Traffic.assertClean(port);
            }
        });
    }

    /** @return the queue that a datagram came on */
    private static int receiveOnAny(final NicPort port, final PacketBatch batch) {
        while (true) {
            for (int i = 0; i < port.queueCount(); i++) {
                final NicQueue queue = port.queue(i);
                boolean ours = false;
                if (queue.receive(batch) > 0) {
                    for (int k = 0; k < batch.size(); k++) {
                        ours |= Datagrams.isOurs(batch.address(k), batch.length(k));
                    }
                    queue.release(batch);
                }
                if (ours) {
                    return i;
                }
            }
            Poll.await(port.queue(0).wakeDescriptor(), Poll.IN, 1);
        }
    }

    @Test
    void shouldAllocateNothingOnTheDataPath() throws Exception {
        Namespace.run(() -> {
            try (Cable cable = new Cable("");
                    Traffic traffic = new Traffic()) {
                final NicPort port = cable.open(new AfXdpDriver(), Map.of());
                final NicQueue queue = port.queue(0);
                final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
                // Until it is compiled a downcall allocates: the first rounds warm it up.
                long allocated = 1;
                for (int round = 0; round < 30 && allocated > 0; round++) {
                    final long before = threads.getCurrentThreadAllocatedBytes();
                    for (int turn = 0; turn < 3000; turn++) {
                        Datagrams.write(queue, traffic.batch, 9, turn, 8, 100);
                        queue.transmit(traffic.batch);
                        queue.receive(traffic.batch);
                        queue.release(traffic.batch);
                    }
                    allocated = threads.getCurrentThreadAllocatedBytes() - before;
                }
                assertEquals(0, allocated, "bytes in 3000 turns");
                assertTrue(port.statistics().get("tx packets") >= 3000 * 8, "sent");
                Traffic.assertClean(port);
            }
        });
    }
}
