package joyride.nic.dpdk;

import static joyride.nic.dpdk.TcpFrame.HEADERS;
import static joyride.nic.dpdk.TcpFrame.fold;
import static joyride.nic.dpdk.TcpFrame.sum;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import joyride.api.memory.Memory;
import joyride.api.nic.NicException;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What virtio alone of the devices here has: a driver that looks at packets before they are sent, and a device that hands merged segments up. */
@Timeout(120)
class VirtioTest {
    private static final int PAYLOAD = 20_000;
    private static final int SIZE = 1400;
    private static final int PEER = 0x0a06_0002;

    @TempDir
    private Path directory;

    private DpdkPort vhost(final Ports ports, final String... settings) throws NicException {
        final var all = Ports.settings(settings);
        all.put("arguments", "iface=" + directory.resolve("vhost"));
        return ports.open("net_vhost4", all);
    }

    private DpdkPort virtio(final Ports ports, final String... settings) throws NicException {
        final var all = Ports.settings(settings);
        all.put("arguments", "path=" + directory.resolve("vhost"));
        return ports.open("net_virtio_user4", all);
    }

    /** virtio's tx_prepare takes no checksum whose headers are spread over several buffers. */
    @Test
    void shouldDropAPacketThatTheDriverRefusesAndSendTheOthers() throws Exception {
        try (Ports ports = Ports.here()) {
            final DpdkPort peer = vhost(ports);
            final DpdkPort port = virtio(ports);
            Ports.connect(port, peer);
            assertTrue((port.offloads() & Offload.TX_TRANSPORT_CHECKSUM) != 0, "the device sums");
            final NicQueue queue = port.queue(0);
            final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
            for (int i = 0; i < 6; i++) {
                add(batch, queue, i, i == 1 || i == 4 || i == 5 ? 30 : HEADERS + 100);
            }
            assertEquals(3, queue.transmit(batch));
            assertEquals(3, queue.refused());
            assertEquals(3L, port.statistics().get("tx refused"));
            final int[] came = new int[1];
            Ports.await("the others", () -> {
                peer.queue(0).receive(batch);
                for (int i = 0; i < batch.size(); i++) {
                    if (isOurs(batch.address(i))) {
                        assertEquals(new int[] {0, 2, 3}[came[0]++], Memory.getIntBE(batch.address(i) + 38));
                        assertEquals(HEADERS + 100, batch.length(i));
                    }
                }
                peer.queue(0).release(batch);
                return came[0] == 3;
            });
        }
    }

    /** A segment of TCP in a piece of {@code first} bytes, and what is left of it in another. */
    private static void add(final PacketBatch batch, final NicQueue queue, final int number, final int first) {
        final long handle = queue.allocate();
        final long at = queue.address(handle);
        headers(at, 100, number);
        final int rest = HEADERS + 100 - first;
        batch.add(handle, at, first, Offload.TX_TRANSPORT_CHECKSUM | (rest > 0 ? Offload.TX_CONTINUES : 0));
        if (rest > 0) {
            final long second = queue.allocate();
            batch.add(second, queue.address(second), rest, 0);
        }
    }

    private static boolean isOurs(final long at) {
        return Memory.getUnsignedShortBE(at + 12) == 0x0800 && Memory.getIntBE(at + 26) == PEER;
    }

    private static void headers(final long at, final int payload, final int sequence) {
        TcpFrame.headers(at, PEER, 0x0a06_0001, payload, sequence, 0x10);
        final long ip = at + 14;
        Memory.putShortBE(ip + 10, 0xffff - fold(sum(ip, 20)));
        Memory.putShortBE(ip + 20 + 16, fold(sum(ip + 12, 8) + 6 + 20 + payload));
    }

    /** What the peer gives in one piece, to be cut into segments of 1400 bytes, comes whole: as one merged frame of several buffers. */
    @Test
    void shouldTakeSegmentsThatTheDeviceMergedWhenLroIsOn() throws Exception {
        try (Ports ports = Ports.here()) {
            final DpdkPort peer = vhost(ports, "buffer.bytes", "24000", "frames", "2600");
            final DpdkPort port = virtio(ports, "device.lro", "on");
            Ports.connect(port, peer);
            final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
            for (int round = 0; round < 20; round++) {
                final long handle = peer.queue(0).allocate();
                final long at = peer.queue(0).address(handle);
                headers(at, PAYLOAD, round);
                for (int i = 0; i < PAYLOAD; i++) {
                    Memory.putByte(at + HEADERS + i, i * 7 + round);
                }
                batch.add(
                        handle,
                        at,
                        HEADERS + PAYLOAD,
                        Offload.withSegmentSize(Offload.TX_TCP_SEGMENTATION | Offload.TX_TRANSPORT_CHECKSUM, SIZE));
                assertEquals(1, peer.queue(0).transmit(batch));
                verify(port.queue(0), round);
            }
            assertEquals(0L, port.statistics().get("rx too long"));
        }
    }

    private static void verify(final NicQueue queue, final int round) {
        final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
        final boolean[] came = new boolean[1];
        Ports.await("the merged frame", () -> {
            queue.receive(batch);
            for (int i = 0; i < batch.size(); i++) {
                final long at = batch.address(i);
                if (isOurs(at)) {
                    came[0] = true;
                    assertEquals(HEADERS + PAYLOAD, batch.length(i));
                    assertEquals(round, Memory.getIntBE(at + 38));
                    final int merged = Offload.RX_TCP_MERGED | Offload.RX_CHECKSUM_GOOD;
                    assertEquals(merged, batch.flags(i) & merged);
                    assertEquals(SIZE, Offload.segmentSize(batch.flags(i)));
                    for (int k = 0; k < PAYLOAD; k++) {
                        assertEquals((byte) (k * 7 + round), Memory.getByte(at + HEADERS + k), "byte " + k);
                    }
                }
            }
            queue.release(batch);
            return came[0];
        });
    }
}
