package joyride.nic.dpdk;

import static joyride.testkit.nic.ThreadNamespace.ip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import joyride.testkit.nic.ThreadNamespace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Devices over the kernel's, on a veth or a TAP in a namespace that goes with the test; net_af_packet is at the other end. */
@Timeout(120)
class KernelDeviceTest {
    private interface Body {
        void run(Ports ports) throws Exception;
    }

    private static void inNamespace(final Body body) throws Exception {
        // EAL starts outside: its threads must not keep the namespace.
        Ports.here().open("net_null_first", Ports.settings()).close();
        final String refused = ThreadNamespace.run(() -> {
            try (Ports ports = Ports.here()) {
                body.run(ports);
            }
        });
        assumeTrue(refused == null, refused);
    }

    private static void veth() throws Exception {
        ip("link add near type veth peer name far");
        ip("link set near up");
        ip("link set far up");
    }

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
        inNamespace(ports -> {
            veth();
            bothWays(
                    ports.open(device, Ports.settings("arguments", arguments)),
                    ports.open("net_af_packet9", Ports.settings("arguments", "iface=far")));
        });
    }

    @Test
    void shouldCarryFramesBothWaysOverATap() throws Exception {
        inNamespace(ports -> {
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
}
