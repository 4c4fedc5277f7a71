package joyride.core.ip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import joyride.api.counters.DropReason;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.nic.Offload;
import joyride.core.link.EthernetInterface;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OutputTest {
    private final Rig rig = new Rig();

    @BeforeEach
    void resolve() {
        rig.resolvePeer();
    }

    @AfterEach
    void close() {
        assertEquals(0, rig.port.outstanding(), "frames leaked");
        rig.close();
    }

    private void send(final Path path, final byte[] data, final boolean dontFragment) {
        final long at = rig.output.allocate(path, data.length);
        assertNotEquals(0, at);
        Memory.copyIn(data, 0, at, data.length);
        rig.output.send(path, at, data.length, Rig.PROBE, 0x10, 33, dontFragment, 0);
        rig.turn();
    }

    @Test
    void shouldWriteTheWholeHeaderWhenSent() {
        final byte[] data = Frames.random(1, 100);
        send(rig.path(Rig.PEER), data, true);
        final Frames.Ip ip = new Frames.Ip().payload(data);
        ip.tos = 0x10;
        ip.ttl = 33;
        ip.id = 0;
        ip.flagsAndOffset = 0x4000;
        ip.source = Rig.ADDRESS;
        ip.destination = Rig.PEER;
        assertArrayEquals(Frames.ethernet(Rig.PEER_MAC, Rig.MAC, 0x0800, ip.build()), rig.lastSent());
    }

    @Test
    void shouldNumberPacketsApartWhenTheyMayBeFragmented() {
        final Path path = rig.path(Rig.PEER);
        send(path, new byte[8], false);
        send(path, new byte[8], false);
        assertNotEquals(Frames.u16(rig.port.sent.get(0), 18), Frames.u16(rig.port.sent.get(1), 18));
        assertEquals(0, Frames.u16(rig.port.sent.get(0), 20));
    }

    @Test
    void shouldFragmentAndReassembleToTheSameWhenBeyondTheMtu() {
        try (Rig peer = new Rig()) {
            for (final int length : new int[] {1481, 1488, 2960, 2961, 9000, 23_000}) {
                final byte[] data = Frames.random(length, length);
                rig.port.sent.clear();
                peer.probe.received.clear();
                send(rig.path(Rig.PEER), data, false);
                for (final byte[] frame : rig.port.sent) {
                    assertTrue(frame.length <= 1514);
                    assertEquals(0xffff, Frames.sum(frame, 14, 20));
                    final Frames.Ip turned = new Frames.Ip().payload(Arrays.copyOfRange(frame, 34, frame.length));
                    turned.id = Frames.u16(frame, 18);
                    turned.flagsAndOffset = Frames.u16(frame, 20);
                    peer.arrive(Frames.ethernet(turned.build()));
                }
                assertEquals((length + 1479) / 1480, rig.port.sent.size());
                assertArrayEquals(data, peer.probe.received.get(0));
            }
        }
    }

    @Test
    void shouldFragmentToThePathsMtuWhenItIsLower() {
        final Path path = rig.path(Rig.PEER);
        path.mtu = 600;
        send(path, new byte[1000], false);
        assertEquals(2, rig.port.sent.size());
        assertEquals(14 + 20 + 576, rig.port.sent.get(0).length);
    }

    @Test
    void shouldDropWhenTooBigWithDontFragment() {
        final Path path = rig.path(Rig.PEER);
        send(path, new byte[1481], true);
        assertEquals(0, rig.port.sent.size());
        assertEquals(Map.of(DropReason.IP_TOO_BIG, 1L), rig.allDrops());
        assertEquals(0, rig.output.allocate(path, 65516));
        assertEquals(2, rig.dropped(DropReason.IP_TOO_BIG));
    }

    @Test
    void shouldLeaveChecksumsToTheNicOnlyWhenItCan() {
        final byte[] segment = new byte[20];
        segment[12] = 0x50;
        for (final int able : new int[] {0, Offload.TX_IPV4_CHECKSUM | Offload.TX_TRANSPORT_CHECKSUM}) {
            rig.port.offloads = able;
            rig.network.attach(rig.ethernet, rig.port);
            rig.turn();
            final Path path = rig.path(Rig.PEER);
            assertEquals(able, path.offloads);
            final long at = rig.output.allocate(path, 20);
            Memory.copyIn(segment, 0, at, 20);
            final int pseudo = Kernels.fold(Ipv4.pseudoSum(path.sourceLow, path.destinationLow, 6, 20));
            Memory.putShortBE(at + 16, pseudo);
            rig.output.send(path, at, 20, 6, 0, 64, true, Offload.TX_IPV4_CHECKSUM | Offload.TX_TRANSPORT_CHECKSUM);
            rig.turn();
            final byte[] frame = rig.lastSent();
            assertEquals(able, rig.port.sentFlags.get(rig.port.sentFlags.size() - 1));
            if (able == 0) {
                assertEquals(0xffff, Frames.sum(frame, 14, 20));
                assertEquals((0xffff - 0x5000 + 0xffff - pseudo) % 0xffff, Frames.u16(frame, 50));
            } else {
                assertEquals(0, Frames.u16(frame, 24));
                assertEquals(pseudo, Frames.u16(frame, 50));
            }
        }
    }

    @Test
    void shouldReturnNothingWhenThereIsNoFrameAndGoOnAfterwards() {
        rig.port.exhaust();
        assertEquals(0, rig.output.allocate(rig.path(Rig.PEER), 100));
        assertEquals(Map.of(DropReason.NO_FRAME, 1L), rig.allDrops());
        for (int i = 1; i <= 256; i++) {
            rig.port.free(i);
        }
    }

    @Test
    void shouldGiveTheFrameBackWhenCancelled() {
        final Path path = rig.path(Rig.PEER);
        rig.output.cancel(path, rig.output.allocate(path, 100));
        assertEquals(0, rig.port.outstanding());
        final Path local = rig.path(Rig.LOCAL);
        final long first = rig.output.allocate(local, 100);
        rig.output.cancel(local, first);
        assertEquals(first, rig.output.allocate(local, 100));
        rig.output.cancel(local, first);
    }

    @Test
    void shouldFindTheWayByTheLongestPrefix() {
        final EthernetInterface other = rig.network.addEthernet("nic1", 1500);
        rig.network.addressing().add(other, IpPrefix.parse("172.16.0.1/16"));
        assertNull(rig.path(0x08080808));
        rig.network.addressing().addRoute(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse("10.0.0.254"), rig.ethernet);
        rig.network.addressing().addRoute(IpPrefix.parse("8.8.0.0/16"), IpAddress.parse("172.16.0.9"), other);
        rig.network.addressing().addRoute(IpPrefix.parse("8.8.8.8/32"), null, rig.ethernet);
        assertWay("9.9.9.9", rig.ethernet, "10.0.0.254", "10.0.0.1");
        assertWay("8.8.1.1", other, "172.16.0.9", "172.16.0.1");
        assertWay("8.8.8.8", rig.ethernet, "8.8.8.8", "10.0.0.1");
        assertWay("172.16.3.4", other, "172.16.3.4", "172.16.0.1");
        assertTrue(rig.network.addressing().removeRoute(IpPrefix.parse("8.8.0.0/16")));
        assertWay("8.8.1.1", rig.ethernet, "10.0.0.254", "10.0.0.1");
    }

    private void assertWay(final String to, final EthernetInterface out, final String next, final String source) {
        final Path path = rig.path(IpAddress.parse(to).v4Bits());
        assertEquals(out, path.out);
        assertEquals(IpAddress.parse(next).low(), path.nextHopLow);
        assertEquals(IpAddress.parse(source).low(), path.sourceLow);
    }

    @Test
    void shouldFollowWhenRoutesChange() {
        rig.network.addressing().addRoute(IpPrefix.parse("0.0.0.0/0"), IpAddress.v4(Rig.PEER), rig.ethernet);
        final Path path = rig.path(0x08080808);
        send(path, new byte[8], true);
        assertEquals(1, rig.port.sent.size());
        rig.network.addressing().removeRoute(IpPrefix.parse("0.0.0.0/0"));
        assertEquals(0, rig.output.allocate(path, 8));
        assertEquals(Map.of(DropReason.IP_NO_ROUTE, 1L), rig.allDrops());
        assertFalse(rig.output.refresh(path));
        rig.network.addressing().addRoute(IpPrefix.parse("8.0.0.0/8"), IpAddress.v4(Rig.PEER), rig.ethernet);
        assertTrue(rig.output.refresh(path));
        send(path, new byte[8], true);
        assertEquals(2, rig.port.sent.size());
    }

    @Test
    void shouldKeepTheLowerMtuWhenOtherRoutesChange() {
        final Path path = rig.path(Rig.PEER);
        path.mtu = 700;
        rig.network.addressing().addRoute(IpPrefix.parse("8.0.0.0/8"), null, rig.ethernet);
        send(path, new byte[8], true);
        assertEquals(700, path.mtu);
    }

    @Test
    void shouldRefuseSourcesAndDestinationsThatCannotBe() {
        assertNull(rig.output.path(0, IpAddress.lowOfV4(0x0a000009), 0, IpAddress.lowOfV4(Rig.PEER)));
        assertNull(rig.output.path(0, IpAddress.lowOfV4(Rig.LOCAL), 0, IpAddress.lowOfV4(Rig.PEER)));
        rig.network.addressing().addRoute(IpPrefix.parse("0.0.0.0/0"), IpAddress.v4(Rig.PEER), rig.ethernet);
        assertNull(rig.path(0x7f000001), "127/8 never leaves");
        assertNull(rig.path(0));
        assertNotNull(rig.output.path(0, IpAddress.lowOfV4(Rig.ADDRESS), 0, IpAddress.lowOfV4(Rig.PEER)));
    }

    @Test
    void shouldSendToAllWhenDestinationIsBroadcastOrMulticast() {
        send(rig.path(0x0a0000ff), new byte[8], true);
        assertEquals(0xff, Frames.u8(rig.lastSent(), 0));
        send(rig.path(-1), new byte[8], true);
        assertEquals(0xff, Frames.u8(rig.lastSent(), 5));
        rig.network.addressing().addRoute(IpPrefix.parse("224.0.0.0/4"), null, rig.ethernet);
        send(rig.path(0xe1818203), new byte[8], true);
        assertEquals(0x01005e01, Frames.i32(rig.lastSent(), 0));
        assertEquals(0x8203, Frames.u16(rig.lastSent(), 4));
    }

    @Test
    void shouldRefuseConfigurationThatCannotBe() {
        refused(() -> rig.network.addEthernet("nic0", 1500));
        refused(() -> rig.network.addEthernet("lo0", 1500));
        refused(() -> rig.network.addEthernet("nic1", 71));
        refused(() -> rig.network.addEthernet("nic1", 65536));
        refused(() -> rig.network.addressing().add(rig.ethernet, IpPrefix.parse("127.0.0.1/8")));
        refused(() -> rig.network.addressing().add(rig.ethernet, IpPrefix.parse("224.0.0.1/8")));
        refused(() -> rig.network.addressing().add(rig.ethernet, IpPrefix.parse("0.0.0.0/8")));
        refused(() -> rig.network
                .addressing()
                .addRoute(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse("10.0.1.1"), rig.ethernet));
    }

    private static void refused(final Runnable configuration) {
        final String message =
                assertThrows(IllegalArgumentException.class, configuration::run).getMessage();
        assertTrue(message.length() > 20 && !message.contains("\n"), message);
    }

    @Test
    void shouldForgetAnAddressWhenRemoved() {
        assertTrue(rig.output.isLocal(0, IpAddress.lowOfV4(Rig.ADDRESS)));
        assertTrue(rig.network.addressing().remove(rig.ethernet, IpAddress.v4(Rig.ADDRESS)));
        assertNull(rig.path(Rig.PEER));
        rig.arrive(Frames.ethernet(new Frames.Ip().payload(new byte[8]).build()));
        assertEquals(1, rig.dropped(DropReason.IP_NOT_MINE));
    }
}
