package joyride.core.udp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.nic.Offload;
import joyride.api.socket.Errno;
import joyride.core.ip.Frames6;
import joyride.core.ip.Rig6;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** UDP over IPv6. */
class Udp6Test {
    private static final byte[] DATA = {1, 2, 3, 4, 5};

    private final Rig6 six = new Rig6();
    private final Arena arena = Arena.ofShared();
    private final long memory = arena.allocate(1 << 16).address();
    private UdpSocket socket;

    @BeforeEach
    void open() {
        six.resolvePeer();
        socket = six.rig.udp.open(IpAddress.ANY, 53);
    }

    @AfterEach
    void close() {
        assertEquals(0, six.rig.port.outstanding(), "frames leaked");
        socket.close();
        six.close();
        arena.close();
    }

    private static byte[] datagram(final int to, final boolean checksum) {
        final byte[] udp = ByteBuffer.allocate(8 + DATA.length)
                .putShort((short) 999)
                .putShort((short) to)
                .putShort((short) (8 + DATA.length))
                .putShort((short) 0)
                .put(DATA)
                .array();
        if (checksum) {
            final int sum = Frames6.checksum(Frames6.PEER, Frames6.ADDRESS, 17, udp);
            udp[6] = (byte) (sum >>> 8);
            udp[7] = (byte) sum;
        }
        return Frames6.frame(new Frames6.Ip6().next(17).payload(udp).build());
    }

    @Test
    void shouldDeliverWhenTheChecksumIsRight() {
        six.rig.arrive(datagram(53, true));
        final int length = socket.receive(memory, 1 << 16);
        final byte[] data = new byte[length];
        Memory.copyOut(memory, data, 0, length);
        assertArrayEquals(DATA, data);
    }

    @Test
    void shouldDropWhenThereIsNoChecksum() {
        six.rig.arrive(datagram(53, false));
        assertEquals(Map.of(DropReason.UDP_CHECKSUM, 1L), six.rig.allDrops());
    }

    @Test
    void shouldSayThatNobodyListensWhenThePortIsClosed() {
        six.rig.arrive(datagram(54, true));
        final byte[] answer = six.sent(1).get(0);
        assertEquals(4, answer[55]);
        assertTrue(Frames6.checksumGood(answer));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, Offload.TX_IPV4_CHECKSUM | Offload.TX_TRANSPORT_CHECKSUM})
    void shouldSendWithARightChecksumOrLeaveItToTheNic(final int offloads) {
        six.rig.port.offloads = offloads;
        six.rig.network.portChanged(six.rig.ethernet);
        six.clear();
        Memory.copyIn(DATA, 0, memory, DATA.length);
        final IpAddress peer = Frames6.PEER;
        assertEquals(0, socket.send(peer.high(), peer.low(), 7, memory, DATA.length));
        six.rig.turn();
        final byte[] sent = six.rig.lastSent();
        assertArrayEquals(DATA, Arrays.copyOfRange(sent, 62, sent.length));
        if (offloads == 0) {
            assertTrue(Frames6.checksumGood(sent));
        } else {
            final byte[] pseudo = Arrays.copyOfRange(sent, 54, sent.length);
            final int field = ByteBuffer.wrap(sent).getShort(60) & 0xffff;
            pseudo[6] = 0;
            pseudo[7] = 0;
            final int whole = ~Frames6.checksum(Frames6.ADDRESS, peer, 17, pseudo) & 0xffff;
            final int rest = joyride.core.ip.Frames.sum(Arrays.copyOf(pseudo, 14), 0, 14);
            assertEquals(whole, (field + rest) % 0xffff, "the pseudo-header's sum is in the field");
        }
    }

    @Test
    void shouldReportTheErrorWhenThePeerHasNoSuchPort() {
        socket.connect(Frames6.PEER, 7);
        Memory.copyIn(DATA, 0, memory, DATA.length);
        socket.send(Frames6.PEER.high(), Frames6.PEER.low(), 7, memory, DATA.length);
        six.rig.turn();
        final byte[] sent = six.rig.lastSent();
        six.rig.arrive(
                Frames6.icmp(Frames6.PEER, Frames6.ADDRESS, 64, 1, 4, 0, Arrays.copyOfRange(sent, 14, sent.length)));
        assertEquals(Errno.ECONNREFUSED, socket.takeError());
    }

    @Test
    void shouldHaveOneOwnerForAPortOfBothFamilies() {
        assertThrows(IllegalStateException.class, () -> six.rig.udp.open(IpAddress.ANY_V4, 53));
        assertThrows(IllegalStateException.class, () -> six.rig.udp.open(Frames6.ADDRESS, 53));
        six.rig.udp.open(IpAddress.ANY_V4, 54).close();
    }
}
