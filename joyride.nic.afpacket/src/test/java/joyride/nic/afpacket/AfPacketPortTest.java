package joyride.nic.afpacket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import joyride.api.memory.Memory;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;
import joyride.linux.Poll;
import joyride.testkit.nic.Cable;
import joyride.testkit.nic.Datagrams;
import joyride.testkit.nic.ThreadNamespace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The driver on a veth, against the kernel's UDP at the other end. Root. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AfPacketPortTest {
    private static final AfPacketDriver DRIVER = new AfPacketDriver();

    private final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
    private int flags;

    private static void inNamespace(final ThreadNamespace.Body body) throws Exception {
        final String refused = ThreadNamespace.run(body);
        assumeTrue(refused == null, refused);
    }

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
                queue.armWake();
                Poll.await(queue.wakeDescriptor(), Poll.IN, 100);
            }
            byte[] payload = null;
            for (int i = 0; i < batch.size(); i++) {
                if (Datagrams.isOurs(batch.address(i), batch.length(i))) {
                    payload = Datagrams.payload(batch.address(i));
                    flags = batch.flags(i);
                }
            }
            queue.release(batch);
            if (payload != null) {
                return payload;
            }
        }
    }

    private void receiveAndSend(final String link, final Map<String, String> settings, final int length)
            throws Exception {
        inNamespace(() -> {
            try (Cable cable = new Cable(link);
                    DatagramSocket kernel = new DatagramSocket(0, InetAddress.getByName("10.9.0.1"));
                    NicPort port = cable.open(DRIVER, settings)) {
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
                assertEquals(5000, port.statistics().get("tx frames"));
            }
        });
    }

    @Test
    void shouldCarryDatagramsBothWays() throws Exception {
        receiveAndSend("", Map.of(), 1000);
    }

    @Test
    void shouldCarryLargeFramesWhenTheMtuIsLarge() throws Exception {
        receiveAndSend("mtu 9000", Map.of("frames", "256"), 8900);
    }

    @Test
    void shouldCarryDatagramsThroughTheQdiscWhenConfigured() throws Exception {
        receiveAndSend("", Map.of("qdisc", "use", "frames", "64"), 100);
    }

    @Test
    void shouldNotLetAChecksumBeVerifiedThatNobodyComputed() throws Exception {
        inNamespace(() -> {
            try (Cable cable = new Cable("");
                    DatagramSocket kernel = new DatagramSocket(0, InetAddress.getByName("10.9.0.1"));
                    NicPort port = cable.open(DRIVER, Map.of())) {
                kernel.send(packet(pattern(1, 100)));
                next(port.queue(0));
                assertEquals(Offload.RX_CHECKSUM_GOOD, flags);
                ThreadNamespace.command("ethtool -K far tx off");
                kernel.send(packet(pattern(2, 100)));
                next(port.queue(0));
                assertEquals(0, flags, "core verifies what may have been on a wire");
            }
        });
    }

    @Test
    void shouldTakeFramesLargerThanASlotWhole() throws Exception {
        inNamespace(() -> {
            try (Cable cable = new Cable("");
                    NicPort port = cable.open(DRIVER, Map.of())) {
                final int large = largest(port.queue(0));
                assertTrue(large > 2048, "the largest frame had " + large + " bytes");
                assertTrue(port.statistics().get(PacketCounter.RX_LARGE.label()) > 0);
                assertEquals(0, port.statistics().get(PacketCounter.RX_DROP_CUT.label()));
            }
        });
    }

    /** @return bytes of the largest frame received */
    private int largest(final NicQueue queue) throws Exception {
        try (BigSender sender = new BigSender("far")) {
            sender.send(20_000);
        }
        int most = 0;
        while (most < 2048) {
            while (queue.receive(batch) == 0) {
                Poll.await(queue.wakeDescriptor(), Poll.IN, 100);
            }
            for (int i = 0; i < batch.size(); i++) {
                if (batch.length(i) > 2048) {
                    most = batch.length(i);
                    assertEquals(0x5a, Memory.getUnsignedByte(batch.address(i) + most - 1));
                }
            }
            queue.release(batch);
        }
        return most;
    }

    @Test
    void shouldSeeOnlyWhatIsSteeredWhenTheAddressIsShared() throws Exception {
        inNamespace(() -> {
            try (Cable cable = new Cable("");
                    DatagramSocket kernel = new DatagramSocket(0, InetAddress.getByName("10.9.0.1"));
                    NicPort port = cable.open(DRIVER, 0, true, Map.of())) {
                cable.steering().remove(0, 0xffff_0a09_0002L);
                kernel.send(packet(pattern(1, 100)));
                cable.steering().add(0, 0xffff_0a09_0002L, 17, Datagrams.PORT);
                kernel.send(packet(pattern(2, 100)));
                assertArrayEquals(pattern(2, 100), next(port.queue(0)));
                assertEquals("TPACKET_V2, steered by BPF, qdisc bypassed", port.mode());
            }
        });
    }

    @Test
    void shouldGoOnWhenTheLinkFlaps() throws Exception {
        inNamespace(() -> {
            try (Cable cable = new Cable("");
                    DatagramSocket kernel = new DatagramSocket(0, InetAddress.getByName("10.9.0.1"));
                    NicPort port = cable.open(DRIVER, Map.of())) {
                final NicQueue queue = port.queue(0);
                assertTrue(port.linkUp());
                ThreadNamespace.ip("link set near down");
                cable.awaitChanges(1);
                assertFalse(port.linkUp());
                Datagrams.write(queue, batch, 9, 1, 3, 100);
                assertEquals(0, queue.transmit(batch));
                assertEquals(3, port.statistics().get(PacketCounter.TX_DROP_DOWN.label()));
                // The error of the socket must not keep a loop from sleeping.
                queue.armWake();
                queue.armWake();
                assertEquals(0, Poll.await(queue.wakeDescriptor(), Poll.IN, 0));
                final int before = cable.changes();
                ThreadNamespace.ip("link set near up");
                cable.awaitChanges(before + 1);
                cable.awaitCarrier();
                kernel.send(packet(pattern(7, 100)));
                assertArrayEquals(pattern(7, 100), next(queue));
            }
        });
    }

    @Test
    void shouldTellWhenTheDeviceIsGone() throws Exception {
        inNamespace(() -> {
            try (Cable cable = new Cable("");
                    NicPort port = cable.open(DRIVER, Map.of())) {
                ThreadNamespace.ip("link del near");
                assertEquals("the device near is gone", cable.awaitFailure());
                final NicQueue queue = port.queue(0);
                assertEquals(0, queue.receive(batch));
                Datagrams.write(queue, batch, 9, 1, 1, 100);
                assertEquals(0, queue.transmit(batch));
            }
        });
    }

    @Test
    void shouldSayWhatIsWrongInOneLineWhenAPortCannotBeOpened() throws Exception {
        inNamespace(() -> {
            try (Cable cable = new Cable("")) {
                assertEquals(
                        "nic0: frames is 100; give a power of two, 64..65536",
                        refusal(cable, 0, Map.of("frames", "100")));
                assertEquals(
                        "nic0: no setting 'umem' of af_packet; there are frames, qdisc; another driver's is written interface.nic0.driver.DRIVER.umem",
                        refusal(cable, 0, Map.of("umem", "1")));
                assertTrue(refusal(cable, 2, Map.of()).contains("af_packet has one"));
                ThreadNamespace.ip("link set near down");
                assertTrue(refusal(cable, 0, Map.of()).contains("ip link set up"));
                ThreadNamespace.ip("link del near");
                assertTrue(refusal(cable, 0, Map.of()).contains("there is no device near"));
            }
        });
    }

    private static String refusal(final Cable cable, final int queues, final Map<String, String> settings) {
        return assertThrows(NicException.class, () -> cable.open(DRIVER, queues, false, settings))
                .getMessage();
    }

    @Test
    void shouldReportALeakWhenFramesWereNotGivenBack() throws Exception {
        inNamespace(() -> {
            try (Cable cable = new Cable("")) {
                final NicPort port = cable.open(DRIVER, Map.of());
                assertTrue(port.queue(0).allocate() != 0);
                final var leak = assertThrows(IllegalStateException.class, port::close);
                assertEquals("1 frames of nic0 were not given back", leak.getMessage());
            }
        });
    }

    @Test
    void shouldServeWithoutAMapWhenTheAddressIsItsOwn() throws Exception {
        inNamespace(() -> {
            try (Cable cable = new Cable("");
                    DatagramSocket kernel = new DatagramSocket(0, InetAddress.getByName("10.9.0.1"));
                    NicPort port = DRIVER.open(new NicConfiguration("near", 1, Map.of()))) {
                kernel.send(packet(pattern(3, 100)));
                assertArrayEquals(pattern(3, 100), next(port.queue(0)));
                assertTrue(port.mode().contains("unsteered"), port.mode());
                assertTrue(cable.steering().contains(0, 0xffff_0a09_0002L, 0, 0));
            }
        });
    }

    @Test
    void shouldRehearseWithoutADevice() {
        DRIVER.rehearse();
    }
}
