package joyride.core.udp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Map;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.socket.Errno;
import joyride.core.ip.Frames;
import joyride.core.ip.Packet;
import joyride.core.ip.Rig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UdpTest {
    private final Rig rig = new Rig();
    private final Arena arena = Arena.ofShared();
    private final long memory = arena.allocate(1 << 16).address();
    private UdpSocket socket;

    @BeforeEach
    void open() {
        rig.resolvePeer();
        socket = rig.udp.open(IpAddress.ANY_V4, 53);
    }

    @AfterEach
    void close() {
        assertEquals(0, rig.port.outstanding(), "frames leaked");
        socket.close();
        rig.close();
        arena.close();
    }

    private static byte[] datagram(final int to, final byte[] data) {
        return Frames.ethernet(new Frames.Ip()
                .protocol(17)
                .payload(Frames.udp(Rig.PEER, Rig.ADDRESS, 999, to, data))
                .build());
    }

    private byte[] receive(final UdpSocket from) {
        final int length = from.receive(memory, 1 << 16);
        final byte[] data = new byte[length];
        Memory.copyOut(memory, data, 0, length);
        return data;
    }

    private int send(final UdpSocket from, final int address, final int port, final byte[] data) {
        Memory.copyIn(data, 0, memory, data.length);
        final int errno = from.send(0, IpAddress.lowOfV4(address), port, memory, data.length);
        rig.turn();
        return errno;
    }

    @Test
    void shouldDeliverWhenSomebodyListens() {
        rig.arrive(datagram(53, new byte[] {1, 2, 3}));
        rig.arrive(datagram(53, new byte[0]));
        assertEquals(2, socket.available());
        assertArrayEquals(new byte[] {1, 2, 3}, receive(socket));
        assertEquals(IpAddress.lowOfV4(Rig.PEER), socket.sourceLow());
        assertEquals(999, socket.sourcePort());
        assertArrayEquals(new byte[0], receive(socket));
        assertEquals(-1, socket.receive(memory, 10));
        assertEquals(Map.of(), rig.allDrops());
    }

    @Test
    void shouldSendWithChecksum() {
        final byte[] data = Frames.random(1, 501);
        assertEquals(0, send(socket, Rig.PEER, 999, data));
        assertArrayEquals(
                Frames.udp(Rig.ADDRESS, Rig.PEER, 53, 999, data),
                Arrays.copyOfRange(rig.lastSent(), 34, rig.lastSent().length));
    }

    @Test
    void shouldSendInFragmentsWhenBeyondTheMtu() {
        assertEquals(0, send(socket, Rig.PEER, 999, Frames.random(1, 9216)));
        assertEquals(7, rig.port.sent.size());
        assertEquals(Errno.EMSGSIZE, send(socket, Rig.PEER, 999, new byte[9217]));
        assertEquals(Errno.ENETUNREACH, send(socket, 0x08080808, 999, new byte[1]));
    }

    @Test
    void shouldTalkToItselfOverTheLoopback() {
        final UdpSocket other = rig.udp.open(IpAddress.v4(Rig.LOCAL), 0);
        for (int length = 0; length < 9000; length += 311) {
            final byte[] data = Frames.random(length, length);
            assertEquals(0, send(other, Rig.LOCAL, 53, data));
            assertArrayEquals(data, receive(socket));
            assertEquals(other.localPort(), socket.sourcePort());
        }
        other.close();
    }

    @Test
    void shouldSayUnreachableWhenNobodyListens() {
        rig.arrive(datagram(54, new byte[3]));
        assertEquals(Map.of(DropReason.UDP_PORT, 1L), rig.allDrops());
        assertEquals(3, Frames.u8(rig.lastSent(), 34));
        assertEquals(3, Frames.u8(rig.lastSent(), 35));
    }

    @Test
    void shouldReportRefusalWhenConnected() {
        socket.connect(IpAddress.v4(Rig.LOCAL), 99);
        assertEquals(0, send(socket, Rig.LOCAL, 99, new byte[3]));
        assertEquals(Errno.ECONNREFUSED, socket.takeError());
        assertEquals(0, socket.takeError());
    }

    @Test
    void shouldPreferTheSocketThatFitsBest() {
        final UdpSocket connected = rig.udp.open(IpAddress.v4(Rig.LOCAL), 60);
        final UdpSocket client = rig.udp.open(IpAddress.v4(Rig.LOCAL), 61);
        connected.connect(IpAddress.v4(Rig.LOCAL), 62);
        send(client, Rig.LOCAL, 60, new byte[1]);
        assertEquals(0, connected.available());
        connected.connect(IpAddress.v4(Rig.LOCAL), 61);
        send(client, Rig.LOCAL, 60, new byte[1]);
        assertEquals(1, connected.available());
    }

    @Test
    void shouldCountWhenTheBufferIsFull() {
        int sent = 0;
        while (rig.dropped(DropReason.UDP_FULL) == 0) {
            rig.arrive(datagram(53, Frames.random(sent++, 1000)));
        }
        assertTrue(sent > 20 && sent < 45, sent + " datagrams");
        for (int i = 0; i < sent - 1; i++) {
            assertArrayEquals(Frames.random(i, 1000), receive(socket));
        }
        rig.arrive(datagram(53, new byte[1]));
        assertEquals(1, socket.available());
    }

    @Test
    void shouldCountWhenMalformed() {
        final byte[] good = Frames.udp(Rig.PEER, Rig.ADDRESS, 999, 53, new byte[9]);
        final byte[] shorter = good.clone();
        shorter[5] = 7;
        final byte[] longer = good.clone();
        longer[5] = 18;
        for (final byte[] bad : new byte[][] {Arrays.copyOf(good, 7), shorter, longer}) {
            rig.arrive(Frames.ethernet(new Frames.Ip().protocol(17).payload(bad).build()));
        }
        final byte[] sum = good.clone();
        sum[10] ^= 4;
        rig.arrive(Frames.ethernet(new Frames.Ip().protocol(17).payload(sum).build()));
        assertEquals(Map.of(DropReason.UDP_MALFORMED, 3L, DropReason.UDP_CHECKSUM, 1L), rig.allDrops());
        final byte[] none = good.clone();
        none[6] = 0;
        none[7] = 0;
        rig.arrive(Frames.ethernet(new Frames.Ip().protocol(17).payload(none).build()));
        assertEquals(1, socket.available());
    }

    @Test
    void shouldRefuseWhatCannotBeOpened() {
        assertThrows(IllegalStateException.class, () -> rig.udp.open(IpAddress.v4(Rig.ADDRESS), 53));
        assertThrows(IllegalArgumentException.class, () -> rig.udp.open(IpAddress.ANY_V4, 65536));
        assertThrows(IllegalArgumentException.class, () -> rig.udp.open(IpAddress.v4(Rig.PEER), 5));
        socket.close();
        rig.udp.open(IpAddress.v4(Rig.ADDRESS), 53).close();
    }

    @Test
    void shouldCountADatagramOnceWhenATunnelDropsIt() {
        final int[] carried = new int[1];
        rig.udp.tunnels().open(9899, new UdpTunnels.Carrier() {
            @Override
            public void input(final Packet packet, final int udpPorts) {
                carried[0]++;
            }

            @Override
            public void error(final Packet quoted, final int udpPorts, final int type, final int code, final int mtu) {
                throw new AssertionError("no error came");
            }
        });
        final byte[] unchecked = datagram(9899, new byte[20]);
        unchecked[40] = 0;
        unchecked[41] = 0;
        rig.arrive(unchecked);
        assertEquals(Map.of(DropReason.UDP_CHECKSUM, 1L), rig.allDrops());
        assertEquals(0L, rig.counters.snapshot().get("udp").get("in.datagrams"));
        rig.arrive(datagram(9899, new byte[20]));
        assertEquals(1, carried[0]);
        assertEquals(1L, rig.counters.snapshot().get("udp").get("in.datagrams"));
        rig.udp.tunnels().close(9899);
    }
}
