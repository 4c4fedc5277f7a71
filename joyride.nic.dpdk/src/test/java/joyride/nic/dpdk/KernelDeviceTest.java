package joyride.nic.dpdk;

import static joyride.testkit.nic.ThreadNamespace.ip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Map;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.PacketBatch;
import joyride.linux.NetworkDevice;
import joyride.testkit.nic.Cable;
import joyride.testkit.nic.Datagrams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Devices over the kernel's, on a veth or a TAP in a namespace that goes with the test; net_af_packet is at the other end. */
@Timeout(120)
class KernelDeviceTest {
    private static void bothWays(final DpdkPort a, final DpdkPort b) {
        Ports.connect(a, b);
        for (int i = 0; i < 500; i++) {
            final int length = 60 + i * 2;
            assertTrue(Ports.send(a, 0, length, i));
            assertEquals(i, Ports.receive(b, 0, length));
            assertTrue(Ports.send(b, 0, length, -i));
            assertEquals(-i, Ports.receive(a, 0, length));
        }
        assertTrue(a.statistics().get("rx packets") >= 500, () -> a.statistics().toString());
        assertTrue(b.statistics().get("tx packets") >= 500, () -> b.statistics().toString());
    }

    @ParameterizedTest
    @CsvSource({"net_af_packet0, iface=near", "net_af_xdp0, iface=near", "net_pcap0, iface=near"})
    void shouldCarryFramesBothWaysOverAVeth(final String device, final String arguments) throws Exception {
        Namespaces.run(ports -> {
            Namespaces.veth("");
            bothWays(
                    ports.open(device, Ports.settings("arguments", arguments)),
                    ports.open("net_af_packet9", Ports.settings("arguments", "iface=far")));
        });
    }

    @Test
    void shouldCarryFramesBothWaysOverATap() throws Exception {
        Namespaces.run(ports -> {
            final DpdkPort tap = ports.open("net_tap0", Ports.settings("arguments", "iface=jtap0"));
            ip("link set jtap0 up");
            bothWays(tap, ports.open("net_af_packet9", Ports.settings("arguments", "iface=jtap0")));
            assertTrue(tap.mode().startsWith("net_tap0"), tap.mode());
        });
    }

    @Test
    void shouldReadBackWhatItWroteToAPcapFile(@TempDir final Path directory) throws Exception {
        try (Ports ports = Ports.here()) {
            final Path file = directory.resolve("frames.pcap");
            final DpdkPort written = ports.open("net_pcap1", Ports.settings("arguments", "tx_pcap=" + file));
            for (int i = 0; i < 20; i++) {
                assertTrue(Ports.send(written, 0, 100 + i, i));
            }
            written.close();
            final DpdkPort read = ports.open("net_pcap2", Ports.settings("arguments", "rx_pcap=" + file));
            for (int i = 0; i < 20; i++) {
                assertEquals(i, Ports.receive(read, 0, 100 + i));
            }
        }
    }

    @Test
    void shouldCarryFramesBothWaysBetweenVirtioUserAndVhost(@TempDir final Path directory) throws Exception {
        try (Ports ports = Ports.here()) {
            final Path socket = directory.resolve("vhost");
            final DpdkPort vhost = ports.open("net_vhost0", Ports.settings("arguments", "iface=" + socket));
            bothWays(ports.open("net_virtio_user0", Ports.settings("arguments", "path=" + socket)), vhost);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"af_packet", "af_xdp", "pcap"})
    void shouldCarryFramesWhenTheDeviceIsNamedAsTheKernelNamesIt(final String pmd) throws Exception {
        Namespaces.run(ports -> {
            Namespaces.veth("");
            final DpdkPort near = ports.open("near", Ports.settings("pmd", pmd));
            bothWays(near, ports.open("far", Ports.settings()));
            assertTrue(near.mode().startsWith("net_" + pmd + "_near, DPDK"), near.mode());
            assertEquals(1500, near.mtu());
            assertEquals(NetworkDevice.find("near").mac(), near.macAddress(), "who answers for a shared address");
            ip("link set near mtu 1400");
            Ports.await("the MTU is the device's", () -> near.mtu() == 1400);
        });
    }

    @Test
    void shouldCarryFramesOfALargeMtuByPacketSocket() throws Exception {
        Namespaces.run(ports -> {
            Namespaces.veth("mtu 9000");
            final DpdkPort near = ports.open("near", 1, 65535, Ports.settings());
            final DpdkPort far = ports.open("far", 1, 65535, Ports.settings());
            assertEquals(9000, near.mtu());
            Ports.connect(near, far);
            for (int i = 0; i < 100; i++) {
                assertTrue(Ports.send(near, 0, 9014 - 80 * i, i));
                assertEquals(i, Ports.receive(far, 0, 9014 - 80 * i));
            }
        });
    }

    @Test
    void shouldTellWhenTheDevicesLinkChangesAndWhenItGoes() throws Exception {
        Namespaces.run(ports -> {
            Namespaces.veth("");
            final Heard heard = new Heard();
            final DpdkPort near = ports.open("near", 1, 0, heard, Ports.settings());
            Ports.await("the link is up", near::linkUp);
            int before = heard.changes();
            ip("link set far down");
            heard.awaitChange("the link went down", before);
            Ports.await("the link is down", () -> !near.linkUp());
            before = heard.changes();
            ip("link set far up");
            heard.awaitChange("the link came up", before);
            assertEquals("", heard.failure());
            ip("link del near");
            Ports.await("the device is gone", () -> heard.failure().equals("the device near is gone"));
        });
    }

    @Test
    void shouldTellOfATapsLink() throws Exception {
        Namespaces.run(ports -> {
            final Heard heard = new Heard();
            final DpdkPort tap = ports.open("net_tap0", 1, 0, heard, Ports.settings("arguments", "iface=jtap0"));
            ip("link set jtap0 up");
            Ports.await("the link is up", tap::linkUp);
            final int before = heard.changes();
            ip("link set jtap0 down");
            heard.awaitChange("the link went down", before);
            Ports.await("the link is down", () -> !tap.linkUp());
        });
    }

    @Test
    void shouldRefuseInOneLineWhatCannotShareTheKernelsAddress() throws Exception {
        Namespaces.run(ports -> {
            try (Cable cable = new Cable("")) {
                final NicException refused = assertThrows(
                        NicException.class, () -> cable.open(Ports.DRIVER, 1, true, Map.of("pmd", "af_xdp")));
                assertTrue(refused.getMessage().contains("set pmd=af_packet"), refused.getMessage());
                final NicPort port = cable.open(Ports.DRIVER, 1, true, Map.of());
                assertTrue(port.mode().contains("steered by BPF"), port.mode());
                port.close();
            }
        });
    }

    /** Only frames of the steering map arrive, and none that this host sends. */
    @Test
    void shouldGetCopiesOfItsOwnFramesAlone() throws Exception {
        Namespaces.run(ports -> {
            try (Cable cable = new Cable("");
                    NicPort port = cable.open(Ports.DRIVER, 1, false, Map.of());
                    DatagramSocket kernel = new DatagramSocket(0, InetAddress.getByName("10.9.0.1"))) {
                ip("neigh add 10.9.0.3 lladdr 02:00:00:00:00:03 dev far");
                final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
                Ports.await("what came before the filter", () -> {
                    final int before = port.queue(0).receive(batch);
                    port.queue(0).release(batch);
                    return before == 0;
                });
                final byte[] text = {1, 2, 3, 4, 5};
                for (int i = 0; i < 20; i++) {
                    kernel.send(new DatagramPacket(text, 5, InetAddress.getByName("10.9.0.3"), 7));
                    kernel.send(new DatagramPacket(text, 5, InetAddress.getByName("10.9.0.2"), 7));
                }
                final int[] ours = new int[1];
                Ports.await("ours", () -> {
                    port.queue(0).receive(batch);
                    for (int i = 0; i < batch.size(); i++) {
                        assertTrue(Datagrams.isOurs(batch.address(i), batch.length(i)));
                        ours[0]++;
                    }
                    port.queue(0).release(batch);
                    return ours[0] == 20;
                });
            }
        });
    }

    @Test
    void shouldRefuseADeviceThatHasAnXdpProgramWhenItWantsItAlone() throws Exception {
        Namespaces.run(ports -> {
            Namespaces.veth("");
            ports.open("net_af_xdp7", Ports.settings("arguments", "iface=near"));
            final NicException refused =
                    assertThrows(NicException.class, () -> ports.open("near", Ports.settings("pmd", "af_xdp")));
            assertTrue(refused.isBusy(), refused.getMessage());
            assertTrue(refused.getMessage().contains("another XDP program is attached to near"), refused.getMessage());
            final DpdkPort copies = ports.open("near", Ports.settings());
            assertTrue(copies.linkUp());
        });
    }

    /** DPDK leaves its socket open, which would keep the queue. */
    @Test
    void shouldOpenADeviceAgainByAfXdpAfterItWasClosed() throws Exception {
        Namespaces.run(ports -> {
            Namespaces.veth("");
            final DpdkPort far = ports.open("far", Ports.settings());
            for (int i = 0; i < 3; i++) {
                final DpdkPort near = ports.open("near", Ports.settings("pmd", "af_xdp"));
                Ports.connect(near, far);
                assertTrue(Ports.send(near, 0, 100, i));
                assertEquals(i, Ports.receive(far, 0, 100));
                near.close();
            }
        });
    }
}
