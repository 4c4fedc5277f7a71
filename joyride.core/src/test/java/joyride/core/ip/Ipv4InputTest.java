package joyride.core.ip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import joyride.api.counters.DropReason;
import joyride.api.nic.Offload;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class Ipv4InputTest {
    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        assertEquals(0, rig.port.outstanding(), "frames leaked");
        rig.close();
    }

    @Test
    void shouldDeliverPayloadWhenPacketIsGood() {
        final byte[] payload = Frames.random(1, 100);
        rig.arrive(Frames.ethernet(new Frames.Ip().payload(payload).build()));
        assertArrayEquals(payload, rig.probe.received.get(0));
        assertEquals(Map.of(), rig.allDrops());
    }

    @Test
    void shouldCutPaddingWhenFrameIsLonger() {
        final byte[] ip = new Frames.Ip().payload(new byte[] {1, 2, 3}).build();
        rig.arrive(Frames.ethernet(Arrays.copyOf(ip, 46)));
        assertArrayEquals(new byte[] {1, 2, 3}, rig.probe.received.get(0));
    }

    @Test
    void shouldDeliverWhenTtlIsOne() {
        final Frames.Ip ip = new Frames.Ip();
        ip.ttl = 1;
        rig.arrive(Frames.ethernet(ip.build()));
        assertEquals(1, rig.probe.received.size());
    }

    @Test
    void shouldTrustTheNicWhenItVerifiedChecksums() {
        final byte[] frame =
                Frames.ethernet(new Frames.Ip().payload(new byte[8]).build());
        rig.port.arrive(frame, Offload.RX_CHECKSUM_GOOD);
        rig.turn();
        assertTrue(rig.probe.checksumGood);
        frame[24] ^= 1;
        rig.port.arrive(frame, Offload.RX_CHECKSUM_GOOD);
        rig.turn();
        assertEquals(2, rig.probe.received.size());
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                frame("short frame", DropReason.ETHERNET_SHORT, new byte[13]),
                frame("empty frame", DropReason.ETHERNET_SHORT, new byte[0]),
                frame("LLDP", DropReason.ETHERNET_TYPE, Frames.ethernet(Rig.MAC, 2, 0x88cc, new byte[40])),
                frame("802.3 length", DropReason.ETHERNET_TYPE, Frames.ethernet(Rig.MAC, 2, 46, new byte[46])),
                frame("other station", DropReason.ETHERNET_NOT_MINE, Frames.ethernet(3, 2, 0x0800, good())),
                frame("19 bytes", DropReason.IP_SHORT, Frames.ethernet(Arrays.copyOf(good(), 19))),
                frame("no bytes", DropReason.IP_SHORT, Frames.ethernet(new byte[0])),
                bytes("version 6", DropReason.IP_VERSION, ip -> ip[0] = 0x65),
                bytes("header of 16", DropReason.IP_HEADER_LENGTH, ip -> ip[0] = 0x44),
                bytes("header of 0", DropReason.IP_HEADER_LENGTH, ip -> ip[0] = 0x40),
                bytes("header beyond", DropReason.IP_HEADER_LENGTH, ip -> ip[0] = 0x4f),
                bytes("checksum", DropReason.IP_CHECKSUM, ip -> ip[10] ^= 1),
                bytes("flipped destination bit", DropReason.IP_CHECKSUM, ip -> ip[19] ^= 8),
                summed("total below header", DropReason.IP_TOTAL_LENGTH, ip -> ip[3] = 19),
                summed("total beyond frame", DropReason.IP_TOTAL_LENGTH, ip -> ip[3] = 125),
                built("source 0", DropReason.IP_SOURCE, ip -> ip.source = 0),
                built("source loopback", DropReason.IP_SOURCE, ip -> ip.source = 0x7f000001),
                built("source multicast", DropReason.IP_SOURCE, ip -> ip.source = 0xe0000005),
                built("source class E", DropReason.IP_SOURCE, ip -> ip.source = 0xf0000001),
                built("source broadcast", DropReason.IP_SOURCE, ip -> ip.source = -1),
                built("source net broadcast", DropReason.IP_SOURCE, ip -> ip.source = 0x0a0000ff),
                built("source ours", DropReason.IP_SOURCE, ip -> ip.source = Rig.ADDRESS),
                built("not mine", DropReason.IP_NOT_MINE, ip -> ip.destination = 0x0a000003),
                built("loopback from the wire", DropReason.IP_NOT_MINE, ip -> ip.destination = Rig.LOCAL),
                built("unknown multicast", DropReason.IP_NOT_MINE, ip -> ip.destination = 0xe0000009),
                built("protocol", DropReason.IP_PROTOCOL, ip -> ip.protocol = 99),
                built(
                        "loose source route",
                        DropReason.IP_OPTIONS,
                        ip -> ip.options = new byte[] {(byte) 131, 7, 4, 1, 2, 3, 4, 0}),
                built(
                        "strict source route",
                        DropReason.IP_OPTIONS,
                        ip -> ip.options = new byte[] {(byte) 137, 3, 4, 0}),
                built("option without length", DropReason.IP_OPTIONS, ip -> ip.options = new byte[] {1, 1, 1, 7}),
                built("option length 1", DropReason.IP_OPTIONS, ip -> ip.options = new byte[] {7, 1, 0, 0}),
                built("option beyond header", DropReason.IP_OPTIONS, ip -> ip.options = new byte[] {7, 5, 4, 0}),
                built("record route pointer", DropReason.IP_OPTIONS, ip -> ip.options = new byte[] {7, 3, 3, 0}),
                built("fragment of 7", DropReason.FRAGMENT_MALFORMED, ip -> {
                    ip.flagsAndOffset = 0x2000;
                    ip.payload = new byte[7];
                }),
                built("empty fragment", DropReason.FRAGMENT_MALFORMED, ip -> {
                    ip.flagsAndOffset = 0x2001;
                    ip.payload = new byte[0];
                }),
                built("fragment beyond 65535", DropReason.FRAGMENT_MALFORMED, ip -> {
                    ip.flagsAndOffset = 0x1fff;
                    ip.payload = new byte[8];
                }));
    }

    private static byte[] good() {
        return new Frames.Ip().payload(new byte[8]).build();
    }

    private static Arguments frame(final String name, final DropReason reason, final byte[] frame) {
        return Arguments.of(name, reason, frame);
    }

    private static Arguments bytes(final String name, final DropReason reason, final Consumer<byte[]> change) {
        final byte[] ip = good();
        change.accept(ip);
        return Arguments.of(name, reason, Frames.ethernet(ip));
    }

    private static Arguments summed(final String name, final DropReason reason, final Consumer<byte[]> change) {
        final byte[] ip = good();
        change.accept(ip);
        ip[10] = 0;
        ip[11] = 0;
        final int sum = Frames.checksum(ip, 0, 20);
        ip[10] = (byte) (sum >>> 8);
        ip[11] = (byte) sum;
        return Arguments.of(name, reason, Frames.ethernet(ip));
    }

    private static Arguments built(final String name, final DropReason reason, final Consumer<Frames.Ip> change) {
        final Frames.Ip ip = new Frames.Ip().payload(new byte[8]);
        change.accept(ip);
        return Arguments.of(name, reason, Frames.ethernet(ip.build()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void shouldDropAndCountWhenMalformed(final String name, final DropReason reason, final byte[] frame) {
        rig.arrive(frame);
        assertEquals(Map.of(reason, 1L), rig.allDrops(), name);
        assertEquals(0, rig.probe.received.size());
    }

    @Test
    void shouldAcceptWhenOptionsAreHarmless() {
        final Frames.Ip ip = new Frames.Ip().payload(new byte[] {5});
        ip.options = new byte[] {7, 7, 4, 0, 0, 0, 0, 1, 68, 8, 5, 0, 0, 0, 0, 0, 20, 4, 0, 0, 0, 0, 0, 0};
        rig.arrive(Frames.ethernet(ip.build()));
        assertArrayEquals(new byte[] {5}, rig.probe.received.get(0));
    }

    @Test
    void shouldDropWhenUnicastPacketComesByLinkBroadcast() {
        rig.arrive(Frames.ethernet(0xffff_ffff_ffffL, Rig.PEER_MAC, 0x0800, good()));
        assertEquals(1, rig.dropped(DropReason.IP_NOT_MINE));
    }

    @Test
    void shouldDeliverWhenSentToTheNetworksBroadcast() {
        final Frames.Ip ip = new Frames.Ip();
        ip.destination = 0x0a0000ff;
        rig.arrive(Frames.ethernet(0xffff_ffff_ffffL, Rig.PEER_MAC, 0x0800, ip.build()));
        assertEquals(1, rig.probe.received.size());
    }

    @Test
    void shouldDropTcpWhenSentToBroadcast() {
        rig.network.register(6, rig.probe);
        final Frames.Ip ip = new Frames.Ip().protocol(6);
        ip.destination = 0x0a0000ff;
        rig.arrive(Frames.ethernet(0xffff_ffff_ffffL, Rig.PEER_MAC, 0x0800, ip.build()));
        assertEquals(Map.of(DropReason.IP_NOT_MINE, 1L), rig.allDrops());
    }
}
