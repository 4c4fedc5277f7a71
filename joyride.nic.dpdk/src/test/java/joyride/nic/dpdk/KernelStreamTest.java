package joyride.nic.dpdk;

import static joyride.testkit.nic.ThreadNamespace.ip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.SplittableRandom;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.core.memory.ScalarKernels;
import joyride.testkit.nic.ThreadNamespace;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.MemorySendRing;
import joyride.testkit.simulation.Program;
import joyride.testkit.simulation.ProgramTransport;
import joyride.testkit.simulation.SimulatedHost;
import joyride.testkit.simulation.SimulatedTcp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A stream of TCP to the kernel's over net_tap, to which units go whole: the device cuts them, and the kernel takes every segment. */
@Timeout(120)
class KernelStreamTest {
    private static final int PORT = 5001;
    private static final int MTU = 1500;
    private static final int ENOUGH = 20_000_000;
    private static final long LIMIT_NANOS = 60_000_000_000L;

    @ParameterizedTest
    @CsvSource({"freebsd, 4", "freebsd, 6", "rack, 4", "rack, 6"})
    void shouldCarryAStreamWhenTheDeviceCutsUnits(final String variant, final int family) throws Exception {
        Namespaces.run(ports -> {
            final DpdkPort tap = open(ports, family, 1504);
            try (SimulatedHost host = host(tap, variant, family, 1504 - 14)) {
                stream(host, family);
                final Map<String, Long> counters = host.counters().snapshot().get("nic0");
                assertTrue(counters.get("tso.units") > 100, () -> counters.toString());
                assertTrue(counters.get("tso.frames") > 4 * counters.get("tso.units"), () -> counters.toString());
                assertTrue(
                        counters.get("tx.packets") > ENOUGH / 1448, () -> "each frame of a unit counts: " + counters);
                assertEquals("checksum:nic tso:nic lro", host.ethernet().offloadText());
                final long came = received("jtap1");
                assertTrue(came >= counters.get("tso.frames"), () -> came + " frames came, of " + counters);
            }
            assertEquals(0L, tap.statistics().get("tx refused"));
            assertTrue(noErrors(), "the kernel counts errors");
        });
    }

    /** net_tap says that it cuts, and takes no segment that fills a frame of its MTU. */
    @Test
    void shouldCutItselfWhenTheDeviceCannotFillFrames() throws Exception {
        Namespaces.run(ports -> {
            final DpdkPort tap = open(ports, 4, MTU);
            try (SimulatedHost host = host(tap, "freebsd", 4, MTU)) {
                stream(host, 4);
                assertEquals("checksum:nic tso lro", host.ethernet().offloadText());
                assertTrue(host.counters().snapshot().get("nic0").get("tso.units") > 100);
            }
            assertEquals(
                    0L, tap.statistics().get("tx refused") + tap.statistics().get("tx dropped"));
            assertTrue(noErrors(), "the kernel counts errors");
        });
    }

    private static DpdkPort open(final Ports ports, final int family, final int mtu) throws Exception {
        final DpdkPort tap = ports.open(
                "net_tap1",
                1,
                mtu,
                Ports.settings(
                        "arguments",
                        "iface=jtap1",
                        "frames",
                        "4096",
                        "rx.descriptors",
                        "512",
                        "tx.descriptors",
                        "512"));
        // DPDK gives both sides one address.
        ip("link set jtap1 address 02:00:00:00:10:01");
        ip("link set jtap1 up");
        ip(family == 4 ? "addr add 10.8.0.1/24 dev jtap1" : "addr add fd08::1/64 dev jtap1 nodad");
        return tap;
    }

    private static SimulatedHost host(final DpdkPort tap, final String variant, final int family, final int mtu) {
        final SplittableRandom random = new SplittableRandom(5);
        final SimulatedHost host = new SimulatedHost(
                "host",
                IpPrefix.parse(family == 4 ? "10.8.0.2/24" : "fd08::2/64"),
                tap,
                mtu,
                System::nanoTime,
                random::nextLong,
                new ScalarKernels());
        SimulatedTcp.use(host.engine(), variant);
        return host;
    }

    private static void stream(final SimulatedHost host, final int family) throws IOException {
        try (ServerSocketChannel listener =
                ServerSocketChannel.open(family == 4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6)) {
            listener.bind(new InetSocketAddress(PORT));
            listener.configureBlocking(false);
            stream(host, listener, IpPrefix.parse(family == 4 ? "10.8.0.1/24" : "fd08::1/64"));
        }
    }

    /** Each byte that the kernel reads must be the one of its place. */
    private static void stream(final SimulatedHost host, final ServerSocketChannel listener, final IpPrefix kernel)
            throws IOException {
        final Source flow = new Source(host.programs(), kernel.address());
        host.programs().start(flow);
        final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 18);
        final long until = System.nanoTime() + LIMIT_NANOS;
        SocketChannel accepted = null;
        long bytes = 0;
        while (bytes < ENOUGH) {
            host.engine().turn();
            if (accepted == null) {
                accepted = listener.accept();
                if (accepted != null) {
                    accepted.configureBlocking(false);
                }
            } else {
                final int count = accepted.read(buffer.clear());
                assertTrue(count >= 0, "the stream ended");
                for (int i = 0; i < count; i++) {
                    if (buffer.get(i) != at(bytes + i)) {
                        fail("byte " + (bytes + i) + " is " + buffer.get(i));
                    }
                }
                bytes += count;
            }
            final long so = bytes;
            assertTrue(
                    System.nanoTime() < until,
                    () -> "not in time; " + so + " bytes of " + flow
                            + host.counters().snapshot()
                            + host.ethernet().port().statistics());
        }
        accepted.close();
    }

    /** Frames that the kernel counts of a device. */
    private static long received(final String device) throws IOException, InterruptedException {
        return ThreadNamespace.command("cat /proc/thread-self/net/dev")
                .lines()
                .map(String::strip)
                .filter(line -> line.startsWith(device + ":"))
                .mapToLong(line -> Long.parseLong(line.split(" +")[2]))
                .findFirst()
                .orElseThrow();
    }

    /** Whether the kernel's TCP of this namespace counts no error. */
    private static boolean noErrors() throws IOException, InterruptedException {
        final String[] lines =
                ThreadNamespace.command("cat /proc/thread-self/net/snmp").split("\n");
        for (int i = 1; i < lines.length; i++) {
            if (lines[i].startsWith("Tcp:") && !lines[i].contains("InErrs")) {
                final String[] names = lines[i - 1].split(" ");
                final String[] values = lines[i].split(" ");
                for (int k = 0; k < names.length; k++) {
                    if (names[k].equals("InErrs") || names[k].equals("InCsumErrors")) {
                        assertEquals("0", values[k], names[k]);
                    }
                }
                return true;
            }
        }
        return false;
    }

    private static byte at(final long position) {
        return (byte) (position ^ position >> 7 ^ position >> 15);
    }

    /** Connects and writes for good. */
    private static final class Source extends Program {
        private final ProgramTransport transport;
        private final IpAddress remote;
        private MemoryEndpoint endpoint;
        private long written;

        Source(final ProgramTransport transport, final IpAddress remote) {
            this.transport = transport;
            this.remote = remote;
        }

        @Override
        protected void act(final long now) {
            if (endpoint == null) {
                endpoint = transport.open(this);
                endpoint.socket().connect(remote, PORT);
            }
            if (endpoint.isConnected() && endpoint.errno() == 0) {
                write(endpoint.sendRing());
            }
        }

        private void write(final MemorySendRing ring) {
            int room = ring.room(1 << 18);
            while (room > 0) {
                final int piece = ring.writable(room);
                final long to = ring.writeAddress();
                for (int i = 0; i < piece; i++) {
                    Memory.putByte(to + i, at(written + i));
                }
                written += piece;
                ring.produce(piece);
                room -= piece;
            }
            endpoint.socket().written();
        }

        @Override
        public String toString() {
            return written + " bytes written [" + endpoint + "]";
        }
    }
}
