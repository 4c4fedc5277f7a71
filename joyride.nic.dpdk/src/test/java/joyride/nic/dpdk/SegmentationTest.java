package joyride.nic.dpdk;

import static joyride.nic.dpdk.TcpFrame.HEADERS;
import static joyride.nic.dpdk.TcpFrame.fold;
import static joyride.nic.dpdk.TcpFrame.sum;
import static joyride.testkit.nic.ThreadNamespace.ip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.memory.Memory;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A large TCP segment given in pieces is cut by the device: net_tap does it in DPDK, and what comes out is looked at from outside. */
@Timeout(120)
class SegmentationTest {
    private static final int PAYLOAD = 20_000;
    private static final int SIZE = 1400;
    private static final int WANTED =
            Offload.TX_TCP_SEGMENTATION | Offload.TX_TRANSPORT_CHECKSUM | Offload.TX_IPV4_CHECKSUM;

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 11})
    void shouldCutALargeSegmentWhenTheDeviceCan(final int pieces) throws Exception {
        Namespaces.run(ports -> {
            final DpdkPort tap = ports.open(
                    "net_tap0",
                    Ports.settings(
                            "arguments",
                            "iface=jtap0",
                            "buffer.bytes",
                            "24000",
                            "frames",
                            "1200",
                            "rx.descriptors",
                            "256",
                            "tx.descriptors",
                            "256"));
            ip("link set jtap0 up");
            final DpdkPort far = ports.open("net_af_packet9", Ports.settings("arguments", "iface=jtap0"));
            Ports.connect(tap, far);
            assertEquals(WANTED, tap.offloads() & WANTED, "the device can");
            assertTrue(tap.segmentationPieces() >= pieces && tap.segmentationLimit() >= PAYLOAD + 40);
            for (int round = 0; round < 20; round++) {
                send(tap.queue(0), pieces, round);
                verify(far.queue(0), round);
            }
            assertEquals(
                    0L, tap.statistics().get("tx refused") + tap.statistics().get("tx dropped"));
        });
    }

    /** net_tap only takes no more where a segment with its Ethernet header is longer than its MTU, and has no tx_prepare to say so. */
    @Test
    void shouldSayThatItRefusesWhenTheDeviceTakesNoSegmentSoLarge() throws Exception {
        Namespaces.run(ports -> {
            final DpdkPort tap = ports.open("net_tap2", Ports.settings("arguments", "iface=jtap2"));
            ip("link set jtap2 up");
            assertEquals(1500 - 14, tap.segmentationMtu());
            final NicQueue queue = tap.queue(0);
            final int full = 1500 - 40;
            assertEquals(0, send(queue, full));
            assertEquals(0, queue.refused(), "the ring may have been full");
            assertEquals(0, send(queue, full));
            assertEquals(1, queue.refused());
            assertEquals(1, send(queue, full - 14));
            assertEquals(1, queue.refused());
        });
    }

    /** @return what the queue took of one packet to be cut into segments of {@code size} bytes */
    private static int send(final NicQueue queue, final int size) {
        final PacketBatch batch = new PacketBatch(1);
        final long handle = queue.allocate();
        headers(queue.address(handle), 0);
        batch.add(
                handle,
                queue.address(handle),
                Math.min(queue.frameSize(), HEADERS + 2 * size),
                Offload.withSegmentSize(WANTED, size));
        return queue.transmit(batch);
    }

    private static void send(final NicQueue queue, final int pieces, final int round) {
        final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
        int done = 0;
        for (int i = 0; i < pieces; i++) {
            final int end = i == pieces - 1 ? PAYLOAD : PAYLOAD / pieces * (i + 1);
            final long handle = queue.allocate();
            long at = queue.address(handle);
            final int headers = i == 0 ? HEADERS : 0;
            if (i == 0) {
                headers(at, round);
            }
            for (int k = 0; k < end - done; k++) {
                Memory.putByte(at + headers + k, done + k + round);
            }
            final int flags = i == 0 ? Offload.withSegmentSize(WANTED, SIZE) : 0;
            batch.add(handle, at, headers + end - done, i == pieces - 1 ? flags : flags | Offload.TX_CONTINUES);
            done = end;
        }
        assertEquals(1, queue.transmit(batch));
    }

    private static void headers(final long at, final int round) {
        // PSH, ACK
        TcpFrame.headers(at, 0x0a09_0002, 0x0a09_0001, PAYLOAD, round << 24, 0x18);
        Memory.putShortBE(at + 14 + 20 + 16, fold(sum(at + 14 + 12, 8) + 6));
    }

    private static void verify(final NicQueue queue, final int round) {
        final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
        final int[] done = new int[1];
        Ports.await("all segments", () -> {
            queue.receive(batch);
            for (int i = 0; i < batch.size(); i++) {
                done[0] += segment(batch.address(i), batch.length(i), done[0], round);
            }
            queue.release(batch);
            return done[0] == PAYLOAD;
        });
    }

    /** @return bytes of payload of a segment that is the next one and right, 0 if the frame is something else */
    private static int segment(final long at, final int length, final int done, final int round) {
        final long ip = at + 14;
        if (length < HEADERS || Memory.getIntBE(ip + 12) != 0x0a09_0002 || Memory.getByte(ip + 9) != 6) {
            return 0;
        }
        final int payload = Memory.getUnsignedShortBE(ip + 2) - 40;
        assertEquals(Math.min(SIZE, PAYLOAD - done), payload);
        assertEquals(0xffff, fold(sum(ip, 20)), "IPv4 checksum");
        assertEquals(0xffff, fold(sum(ip + 12, 8) + 6 + 20 + payload + sum(ip + 20, 20 + payload)), "TCP checksum");
        assertEquals((round << 24) + done, Memory.getIntBE(ip + 24), "sequence number");
        final boolean last = done + payload == PAYLOAD;
        assertEquals(last ? 0x18 : 0x10, Memory.getUnsignedByte(ip + 33), "PSH with the last alone");
        for (int i = 0; i < payload; i++) {
            assertEquals((byte) (done + i + round), Memory.getByte(at + HEADERS + i), "byte " + (done + i));
        }
        return payload;
    }
}
