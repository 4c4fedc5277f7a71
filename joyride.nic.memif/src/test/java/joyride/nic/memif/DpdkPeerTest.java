package joyride.nic.memif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Map;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicEvents;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import joyride.api.nic.Steering;
import joyride.nic.dpdk.DpdkDriver;
import org.junit.jupiter.api.Test;

/** Against net_memif of DPDK, which others wrote: the same link, in both roles. */
class DpdkPeerTest {
    private static NicPort dpdk(final Path socket, final String role, final int number) {
        try {
            return new DpdkDriver(Map.of("memory.mib", "128", "hugepages", "off"))
                    .open(new NicConfiguration(
                            "dpdk" + number,
                            "net_memif" + number,
                            1,
                            Steering.NONE,
                            NicEvents.IGNORED,
                            1500,
                            Map.of("arguments", "role=" + role + ",socket-abstract=no,rsize=6,socket=" + socket)));
        } catch (final NicException e) {
            assumeTrue(false, e.getMessage());
            return null;
        }
    }

    @Test
    void shouldServeDpdksClient() throws NicException {
        final Path directory = Pair.directory();
        final Path socket = directory.resolve("socket");
        try (NicPort ours = Pair.open(socket, "server", 1500, Map.of());
                NicPort theirs = dpdk(socket, "client", 0)) {
            exchange(ours, theirs);
        }
        Pair.delete(directory);
    }

    @Test
    void shouldConnectToDpdksServer() throws NicException {
        final Path directory = Pair.directory();
        final Path socket = directory.resolve("socket");
        try (NicPort theirs = dpdk(socket, "server", 1);
                NicPort ours = Pair.open(socket, "client", 1500, Map.of("ring", "64"))) {
            exchange(ours, theirs);
        }
        Pair.delete(directory);
    }

    private static void exchange(final NicPort ours, final NicPort theirs) {
        final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
        Pair.await(
                "a link",
                // DPDK's client fills its ring when it looks for frames with the link up.
                () -> ours.linkUp()
                        && theirs.linkUp()
                        && ours.queue(0).receive(batch) == 0
                        && theirs.queue(0).receive(batch) == 0);
        for (int length = 60; length <= 1514; length++) {
            send(ours.queue(0), theirs.queue(0), batch, length);
            send(theirs.queue(0), ours.queue(0), batch, length);
        }
    }

    private static void send(final NicQueue from, final NicQueue to, final PacketBatch batch, final int length) {
        final long handle = Pair.frame(from, length, length);
        batch.add(handle, from.address(handle), length, 0);
        assertEquals(1, from.transmit(batch));
        Pair.await("the frame of " + length + " bytes", () -> to.receive(batch) > 0);
        Pair.check(batch, 0, length, length);
        to.release(batch);
    }
}
