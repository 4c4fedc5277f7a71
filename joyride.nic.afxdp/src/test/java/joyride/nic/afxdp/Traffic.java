package joyride.nic.afxdp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import joyride.linux.Poll;
import joyride.testkit.nic.Datagrams;

/** Datagrams between the kernel at one end of a cable and a port at the other. */
final class Traffic implements AutoCloseable {
    final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
    final DatagramSocket kernel;
    private int number;

    Traffic() throws Exception {
        kernel = new DatagramSocket(0, InetAddress.getByName("10.9.0.1"));
        kernel.setSoTimeout(30_000);
    }

    static byte[] pattern(final int number, final int length) {
        final byte[] bytes = new byte[length];
        for (int i = 4; i < length; i++) {
            bytes[i] = (byte) (number + i);
        }
        return ByteBuffer.wrap(bytes).putInt(0, number).array();
    }

    static DatagramPacket packet(final byte[] bytes) throws Exception {
        return new DatagramPacket(bytes, bytes.length, InetAddress.getByName("10.9.0.2"), Datagrams.PORT);
    }

    /** One datagram of {@code length} bytes to the port, and one back; both must be as they were sent. */
    void exchange(final NicQueue queue, final int length) throws Exception {
        final byte[] sent = pattern(number, length);
        kernel.send(packet(sent));
        assertArrayEquals(sent, next(queue), "received " + number);
        Datagrams.write(queue, batch, kernel.getLocalPort(), number, 1, length);
        assertEquals(1, queue.transmit(batch));
        final DatagramPacket back = new DatagramPacket(new byte[10_000], 10_000);
        kernel.receive(back);
        assertArrayEquals(sent, Arrays.copyOf(back.getData(), back.getLength()), "sent " + number);
        number++;
    }

    /** Receives until a datagram of ours has come. */
    byte[] next(final NicQueue queue) {
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

    /** Closes the port; all its frames must be there. */
    static void assertClean(final NicPort port) {
        port.close();
        final Map<String, Long> end = port.statistics();
        assertEquals(0, end.get("frames leaked"), end::toString);
        assertEquals(0, end.get("frames given back twice"), end::toString);
        assertEquals(end.get("frames"), end.get("frames at home") + end.get("frames with the kernel"), end::toString);
    }

    @Override
    public void close() {
        kernel.close();
    }
}
