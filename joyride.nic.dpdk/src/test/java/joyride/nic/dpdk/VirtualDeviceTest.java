package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import joyride.api.nic.NicException;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Devices that need no privilege. */
@Timeout(120)
class VirtualDeviceTest extends PortsCase {
    @Test
    void shouldReceiveAndSendFullBurstsWhenTheDeviceIsNull() throws NicException {
        final DpdkPort port = ports.open("net_null0", Ports.settings("arguments", "size=1000"));
        final NicQueue queue = port.queue(0);
        final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
        for (int i = 0; i < 100; i++) {
            assertEquals(PacketBatch.BURST, queue.receive(batch));
            assertEquals(1000, batch.length(63));
            assertEquals(PacketBatch.BURST, port.framesInUse());
            if (i % 2 == 0) {
                assertEquals(PacketBatch.BURST, queue.transmit(batch));
            } else {
                queue.release(batch);
            }
            assertEquals(0, batch.size());
            assertEquals(0, port.framesInUse());
        }
        assertEquals(6400L, port.statistics().get("rx packets"));
        assertEquals(3200L, port.statistics().get("tx packets"));
        assertTrue(port.linkUp());
        assertTrue(port.mode().startsWith("net_null0, DPDK 2"), port.mode());
    }

    @Test
    void shouldGetBackWhatItSentWhenTheDeviceIsARing() throws NicException {
        final DpdkPort port = ports.open("net_ring0", Ports.settings());
        for (int i = 0; i < 5000; i++) {
            assertTrue(Ports.send(port, 0, 60 + i % 1400, i));
            assertEquals(i, Ports.receive(port, 0, 60 + i % 1400));
        }
        assertEquals(0, port.framesInUse());
    }

    @Test
    void shouldShowTheDevicesExtendedStatisticsByName() throws NicException {
        final DpdkPort port = ports.open("net_ring2", Ports.settings());
        assertFalse(port.statistics().containsKey("rx_good_packets"), "only what counted something");
        for (int i = 0; i < 30; i++) {
            assertTrue(Ports.send(port, 0, 100, i));
            assertEquals(i, Ports.receive(port, 0, 100));
        }
        assertEquals(30L, port.statistics().get("rx_good_packets"));
        assertEquals(30L, port.statistics().get("tx_good_packets"));
        assertEquals(30L, port.statistics().get("rx_q0_packets"));
        assertEquals(30L, port.statistics().get("rx packets"));
    }

    @Test
    void shouldCountAndFreeWhatTheRingHasNoRoomFor() throws NicException {
        final DpdkPort port = ports.open("net_ring0", Ports.settings("frames", "4096"));
        int accepted = 0;
        int sent = 0;
        while (accepted == sent) {
            accepted += Ports.send(port, 0, 100, sent) ? 1 : 0;
            sent++;
        }
        assertEquals(1L, port.statistics().get("tx dropped"));
        assertEquals(accepted, port.framesInUse());
        for (int i = 0; i < accepted; i++) {
            assertEquals(i, Ports.receive(port, 0, 100));
        }
        assertEquals(0, port.framesInUse());
    }

    @Test
    void shouldGiveNoFrameWhenAllAreOut() throws NicException {
        final DpdkPort port = ports.open("net_null0", Ports.settings("frames", "1500"));
        final NicQueue queue = port.queue(0);
        final long[] handles = new long[1500];
        for (int i = 0; i < handles.length; i++) {
            handles[i] = queue.allocate();
            assertNotEquals(0, handles[i], "frame " + i);
        }
        assertEquals(1500, port.framesInUse());
        assertEquals(0, queue.allocate());
        assertEquals(1L, port.statistics().get("tx no frame"));
        for (final long handle : handles) {
            queue.free(handle);
        }
        assertEquals(0, port.framesInUse());
    }

    @Test
    void shouldGiveFramesThatShareNoCacheLinesPlaceWhenTheDeviceIsSoftware() throws NicException {
        final NicQueue queue = ports.open("net_null0", Ports.settings()).queue(0);
        final Set<Long> places = new HashSet<>();
        final long[] handles = new long[PacketBatch.BURST];
        for (int i = 0; i < handles.length; i++) {
            handles[i] = queue.allocate();
            places.add(handles[i] & 4095);
        }
        for (final long handle : handles) {
            queue.free(handle);
        }
        assertTrue(places.size() > PacketBatch.BURST / 2, () -> places.size() + " places in their pages");
    }

    @Test
    void shouldGiveItsMemoryBackWhenAPortCloses() throws NicException {
        for (int i = 0; i < 20; i++) {
            ports.open("net_null0", Ports.settings("frames", "30000")).close();
        }
    }

    @Test
    void shouldNameTheLimitWhenTheFramesNeedMoreMemoryThanThereIs() {
        final String message = refusal("net_null0", 1, Ports.settings("frames", "1000000"));
        assertTrue(message.contains("no memory for 1000000 frames of 2176 bytes (2197 MiB)"), message);
        assertTrue(message.contains("memory.mib"), message);
    }

    @Test
    void shouldTakeBackEveryFrameWhenManyBurstsAreReleasedAtOnce() throws NicException {
        final DpdkPort port = ports.open("net_null0", Ports.settings("frames", "4000"));
        final NicQueue queue = port.queue(0);
        final List<PacketBatch> held = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            final PacketBatch batch = new PacketBatch(1 + i * 3);
            assertEquals(batch.capacity(), queue.receive(batch));
            held.add(batch);
        }
        assertEquals(held.stream().mapToInt(PacketBatch::size).sum(), port.framesInUse());
        for (final PacketBatch batch : held) {
            queue.release(batch);
            assertEquals(0, batch.size());
        }
        assertEquals(0, port.framesInUse());
    }

    @Test
    void shouldTellOfOneMbufThatIsMissing() throws NicException {
        final DpdkPort port = ports.open("net_null0", Ports.settings());
        final NicQueue queue = port.queue(0);
        final long handle = queue.allocate();
        port.close();
        assertEquals(1, Lingering.sweep());
        // As a peer would that still had it: through DPDK, to whatever pool it is of.
        FreeOne.free(handle);
        assertEquals(0, Lingering.sweep());
    }

    private DpdkPort[] memifs(final Path directory, final int mtu, final String... settings) throws NicException {
        final DpdkPort a = memif(directory, "server", mtu, settings);
        final DpdkPort b = memif(directory, "client", mtu, settings);
        Ports.connect(a, b);
        return new DpdkPort[] {a, b};
    }

    @Test
    void shouldCarryFramesBothWaysWhenTwoPortsShareAMemif(@TempDir final Path directory) throws NicException {
        final DpdkPort[] pair = memifs(directory, 1500);
        for (int i = 0; i < 3000; i++) {
            final int length = 60 + i % 1455;
            assertTrue(Ports.send(pair[i & 1], 0, length, i));
            assertEquals(i, Ports.receive(pair[1 - (i & 1)], 0, length));
        }
        assertNotEquals(pair[0].macAddress(), pair[1].macAddress());
    }

    @Test
    void shouldJoinFramesThatArriveInPiecesWhenTheMtuIsAboveTheBuffer(@TempDir final Path directory)
            throws NicException {
        final DpdkPort[] pair = memifs(directory, 9000, "buffer.bytes", "9018", "frames", "2000");
        for (int i = 0; i < 300; i++) {
            assertTrue(Ports.send(pair[0], 0, 9014 - i, i));
            assertEquals(i, Ports.receive(pair[1], 0, 9014 - i));
        }
        assertEquals(0L, pair[1].statistics().get("rx too long"));
    }

    @Test
    void shouldJoinFramesOfSeveralMbufs(@TempDir final Path directory) throws NicException {
        final DpdkPort[] pair = inPieces(directory);
        final DpdkPort whole = pair[0];
        final DpdkPort pieces = pair[1];
        for (int i = 0; i < 300; i++) {
            assertTrue(Ports.send(whole, 0, 9014 - 20 * i, i));
            assertEquals(i, Ports.receive(pieces, 0, 9014 - 20 * i));
        }
        assertEquals(2048, pieces.queue(0).frameSize());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldLoseNothingInsideWhenAPortStopsOrClosesUnderTraffic(final boolean stays, @TempDir final Path directory)
            throws NicException {
        final DpdkPort[] pair = memifs(directory, 1500);
        int sent = 0;
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < 300; i++) {
                Ports.send(pair[0], 0, 100, sent++);
            }
            final DpdkPort stopped = pair[1];
            stopped.stop();
            assertFalse(stopped.linkUp());
            assertEquals(0, stopped.queue(0).receive(new PacketBatch(1)));
            if (!stays) {
                stopped.close();
            }
            for (int i = 0; i < 300; i++) {
                Ports.send(pair[0], 0, 100, sent++);
            }
            if (stays) {
                assertEquals(0, stopped.queue(0).receive(new PacketBatch(1)));
                stopped.start();
            } else {
                pair[1] = memif(directory, "client", 1500);
            }
            Ports.connect(pair[0], pair[1]);
            assertTrue(Ports.send(pair[0], 0, 200, round));
            assertEquals(round, Ports.receive(pair[1], 0, 200));
        }
    }

    @Test
    void shouldOpenADeviceAgainAfterItWasClosed() throws NicException {
        for (int i = 0; i < 20; i++) {
            final DpdkPort port = ports.open("net_ring_again", Ports.settings());
            assertTrue(Ports.send(port, 0, 64, i));
            assertEquals(i, Ports.receive(port, 0, 64));
            port.close();
            port.close();
        }
    }

    @Test
    void shouldSendOnInPiecesWhatCameInPieces(@TempDir final Path directory) throws NicException {
        final DpdkPort[] pair = inPieces(directory);
        final DpdkPort whole = pair[0];
        final DpdkPort pieces = pair[1];
        final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
        for (int i = 0; i < 100; i++) {
            assertTrue(Ports.send(whole, 0, 9000 - 50 * i, i));
            Ports.await("the frame", () -> pieces.queue(0).receive(batch) > 0);
            assertEquals(1, pieces.queue(0).transmit(batch));
            assertEquals(i, Ports.receive(whole, 0, 9000 - 50 * i));
        }
    }

    @Test
    void shouldLoseNoFrameInARehearsal() {
        Ports.DRIVER.rehearse();
        assertEquals(0, Lingering.sweep());
        assertEquals(-1, Ethdev.find("net_ring_joyride"));
    }

    @Test
    void shouldSpreadHashesEvenlyWhenThereAreSeveralQueues() throws NicException {
        final DpdkPort port = ports.open("net_null0", 3, 0, Ports.settings("rss.hash", "ip tcp"));
        final int number = Ethdev.find("net_null0");
        final int[] spread = Rss.spread(number, DeviceInfo.of(number));
        assertTrue(spread.length >= 64, () -> spread.length + " entries");
        for (int i = 0; i < spread.length; i++) {
            assertEquals(i % 3, spread[i], "hash " + i);
        }
        assertTrue(port.mode().contains("3 queues by RSS"), port.mode());
        final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
        for (int i = 0; i < 3; i++) {
            assertEquals(PacketBatch.BURST, port.queue(i).receive(batch));
            assertEquals(PacketBatch.BURST, port.queue(i).transmit(batch));
        }
    }

    @Test
    void shouldRefuseWithTheLimitWhenTheDeviceCannotDoWhatIsAskedFor() {
        final var key = Ports.settings("rss.key", "01".repeat(10));
        final String takes = Libraries.opened().release() == Release.V22_11 ? "none" : "40";
        assertTrue(refusal("net_null0", 2, key).contains("rss.key has 10 bytes, but the device takes " + takes));
        final var address = Ports.settings("macs", "02:00:00:00:00:77");
        assertTrue(refusal("net_null0", 1, address).contains("rte_eth_dev_mac_addr_add of 02:00:00:00:00:77"));
    }

    @Test
    void shouldRefuseGroupsWhenTheDeviceCannotChooseThem() throws NicException {
        final var groups = Ports.settings("multicast", "01:00:5e:00:00:05", "allmulticast", "off");
        final String line = refusal("net_ring0", 1, groups);
        assertTrue(line.contains("net_ring0: rte_eth_dev_set_mc_addr_list: "), line);
        assertTrue(line.contains("remove the setting 'multicast'"), line);
        // Nothing of the refused port is left.
        final DpdkPort port = ports.open("net_ring0", Ports.settings("allmulticast", "off"));
        assertTrue(Ports.send(port, 0, 100, 1));
        assertEquals(1, Ports.receive(port, 0, 100));
    }

    private String refusal(final String device, final int queues, final java.util.Map<String, String> settings) {
        return org.junit.jupiter.api.Assertions.assertThrows(
                        NicException.class, () -> ports.open(device, queues, 0, settings))
                .getMessage();
    }

    @Test
    void shouldTakeFurtherAddressesWhenTheDeviceHasFilters() throws NicException {
        final DpdkPort port =
                ports.open("net_ring0", Ports.settings("macs", "02:00:00:00:00:77", "allmulticast", "off"));
        assertTrue(Ports.send(port, 0, 100, 1));
        assertEquals(1, Ports.receive(port, 0, 100));
    }

    @Test
    void shouldCarryFramesOnEveryQueueWhenAMemifHasSeveral(@TempDir final Path directory) throws NicException {
        final String arguments = "socket-abstract=no,socket=" + directory.resolve("memif.sock") + ",role=";
        final DpdkPort a = ports.open("net_memif0", 3, 0, Ports.settings("arguments", arguments + "server"));
        final DpdkPort b = ports.open("net_memif1", 3, 0, Ports.settings("arguments", arguments + "client"));
        Ports.connect(a, b);
        for (int i = 0; i < 300; i++) {
            final int queue = i % 3;
            // A ring has room once its receiver has polled.
            Ports.await("the frame is accepted", () -> {
                Ports.receiveNothing(b, queue);
                return Ports.send(a, queue, 200, queue);
            });
            assertEquals(queue, Ports.receive(b, queue, 200));
        }
    }

    @Test
    void shouldOfferItselfAsBusyWhenTheDeviceIsOpenAlready() throws NicException {
        ports.open("net_ring0", Ports.settings());
        final NicException refused = org.junit.jupiter.api.Assertions.assertThrows(
                NicException.class, () -> ports.open("net_ring0", Ports.settings()));
        assertTrue(refused.isBusy(), refused.getMessage());
    }
}
