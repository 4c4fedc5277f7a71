package joyride.nic.afxdp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import joyride.linux.Poll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The driver on a veth, against the kernel's UDP at the other end. Root. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AfXdpPortTest {
    private final PacketBatch batch = new PacketBatch(PacketBatch.BURST);

    private static DatagramPacket packet(final byte[] bytes) throws Exception {
        return new DatagramPacket(bytes, bytes.length, InetAddress.getByName("10.9.0.2"), Datagrams.PORT);
    }

    private static byte[] pattern(final int number, final int length) {
        final byte[] bytes = new byte[length];
        for (int i = 4; i < length; i++) {
            bytes[i] = (byte) (number + i);
        }
        return ByteBuffer.wrap(bytes).putInt(0, number).array();
    }

    /** Receives until a datagram of ours has come. */
    private byte[] next(final NicQueue queue) {
        while (true) {
            while (queue.receive(batch) == 0) {
                Poll.await(queue.wakeDescriptor(), Poll.IN, 100);
            }
            byte[] payload = null;
            for (int i = 0; i < batch.size(); i++) {
                if (Datagrams.isOurs(batch.address(i), batch.length(i))) {
                    payload = Datagrams.payload(batch.address(i));
                }
            }
            queue.release(batch);
            if (payload != null) {
                return payload;
            }
        }
    }

    private static void assertClean(final NicPort port) {
        port.close();
        final Map<String, Long> end = port.statistics();
        assertEquals(0, end.get("frames leaked"), end::toString);
        assertEquals(0, end.get("frames given back twice"), end::toString);
        assertEquals(end.get("frames"), end.get("frames at home") + end.get("frames with the kernel"), end::toString);
    }

    private void receiveAndSend(final String link, final Map<String, String> settings, final int length)
            throws Exception {
        try (Cable cable = new Cable(link);
                DatagramSocket kernel = new DatagramSocket(0, InetAddress.getByName("10.9.0.1"))) {
            final NicPort port = cable.open(settings);
            final NicQueue queue = port.queue(0);
            for (int i = 0; i < 5000; i++) {
                kernel.send(packet(pattern(i, length)));
                assertArrayEquals(pattern(i, length), next(queue), "received " + i);
                Datagrams.write(queue, batch, kernel.getLocalPort(), i, 1, length);
                assertEquals(1, queue.transmit(batch));
                final DatagramPacket back = new DatagramPacket(new byte[10_000], 10_000);
                kernel.receive(back);
                assertArrayEquals(pattern(i, length), Arrays.copyOf(back.getData(), back.getLength()), "sent " + i);
            }
            assertClean(port);
        }
    }

    @Test
    void shouldCarryDatagramsBothWays() throws Exception {
        Namespace.run(() -> receiveAndSend("", Map.of(), 1000));
    }

    @Test
    void shouldCarryLargeFramesWhenTheyTakeOneChunk() throws Exception {
        Namespace.run(() -> receiveAndSend("mtu 3400", Map.of(), 3300));
    }

    @Test
    void shouldPutFramesTogetherWhenTheyTakeSeveralChunks() throws Exception {
        Namespace.run(() -> receiveAndSend("mtu 9000", Map.of(), 8900));
    }

    @Test
    void shouldCarryDatagramsWhenTheModeIsGeneric() throws Exception {
        Namespace.run(() -> receiveAndSend("", Map.of("mode", "generic"), 1000));
    }

    @Test
    void shouldCarryDatagramsWhenItPollsTheKernel() throws Exception {
        Namespace.run(() -> receiveAndSend("", Map.of("busy.poll.us", "20"), 1000));
    }

    @Test
    void shouldTakeTheBestModeThatTheDeviceHas() throws Exception {
        Namespace.run(() -> {
            try (Cable cable = new Cable("");
                    NicPort port = cable.open(Map.of())) {
                assertEquals("copy on near, 1 queue", port.mode());
                assertTrue(port.linkUp());
                assertEquals(Cable.NEAR_MAC, port.macAddress().toString());
                assertEquals(1500, port.mtu());
            }
        });
    }
}
