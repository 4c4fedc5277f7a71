package joyride.core.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import joyride.api.counters.DropReason;
import joyride.api.net.IpAddress;
import joyride.core.share.FakeSink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An interface on the kernel's address that shows copies of everything: what is not ours gets no answer. */
class SharedInputTest {
    private static final int CLAIMED = 7777;

    private final Rig rig = new Rig();

    @BeforeEach
    void share() {
        rig.ethernet.share((high, low) -> {});
        rig.claims.add(0, IpAddress.lowOfV4(Rig.ADDRESS), new long[1024], new FakeSink());
        rig.claims.hold(0, IpAddress.lowOfV4(Rig.ADDRESS), 17, CLAIMED);
    }

    @AfterEach
    void close() {
        assertEquals(0, rig.port.outstanding(), "frames leaked");
        rig.close();
    }

    private void unclaimed(final byte[] frame) {
        rig.arrive(frame);
        rig.sleep(60_000);
        assertEquals(Map.of(DropReason.SHARED_UNCLAIMED, 1L), rig.allDrops());
        assertEquals(0, rig.port.transmitted, "an answer went out");
        assertEquals(0, rig.probe.received.size());
    }

    private static byte[] udp(final int port) {
        return Frames.udp(Rig.PEER, Rig.ADDRESS, 4000, port, Frames.random(1, 20));
    }

    private static byte[] ip(final int protocol, final byte[] payload) {
        return Frames.ethernet(
                new Frames.Ip().protocol(protocol).payload(payload).build());
    }

    @Test
    void shouldLeaveEchoesToTheKernel() {
        rig.port.transmitted = 0;
        unclaimed(ip(1, Frames.icmp(8, 0, 1, Frames.random(1, 56))));
    }

    @Test
    void shouldLeaveDatagramsToTheKernelWhenThePortIsNotClaimed() {
        rig.port.transmitted = 0;
        unclaimed(ip(17, udp(CLAIMED + 1)));
    }

    @Test
    void shouldLeaveProtocolsToTheKernelThatNobodyHereTakes() {
        rig.port.transmitted = 0;
        unclaimed(ip(132, Frames.random(1, 40)));
    }

    @Test
    void shouldLeaveArpToTheKernel() {
        rig.port.transmitted = 0;
        unclaimed(Frames.arp(1, Rig.PEER_MAC, Rig.PEER, 0, Rig.ADDRESS));
    }

    @Test
    void shouldLeaveBroadcastsToTheKernel() {
        rig.port.transmitted = 0;
        final Frames.Ip ip =
                new Frames.Ip().protocol(17).payload(Frames.udp(Rig.PEER, -1, 4000, CLAIMED, Frames.random(1, 20)));
        ip.destination = -1;
        unclaimed(Frames.ethernet(0xffff_ffff_ffffL, Rig.PEER_MAC, 0x0800, ip.build()));
    }

    @Test
    void shouldLeaveBadOptionsToTheKernel() {
        rig.port.transmitted = 0;
        final Frames.Ip ip = new Frames.Ip().protocol(17).payload(udp(CLAIMED + 1));
        ip.options = new byte[] {68, 3, 5, 0};
        rig.arrive(Frames.ethernet(ip.build()));
        assertEquals(0, rig.port.transmitted, "an answer went out");
    }

    @Test
    void shouldAnswerForAClaimedPort() {
        rig.ethernet.share(null);
        rig.resolvePeer();
        rig.port.transmitted = 0;
        rig.arrive(ip(17, udp(CLAIMED)));
        assertEquals(1, rig.port.transmitted, "port unreachable");
        assertEquals(3, Frames.u8(rig.lastSent(), 34));
    }

    @Test
    void shouldGatherFragmentsOnlyOfClaimedPorts() {
        rig.port.transmitted = 0;
        for (final int port : new int[] {CLAIMED + 1, CLAIMED}) {
            final byte[] whole = Frames.udp(Rig.PEER, Rig.ADDRESS, 4000, port, Frames.random(1, 1992));
            for (int from = 0; from < whole.length; from += 1000) {
                final Frames.Ip ip = new Frames.Ip().protocol(17).payload(Arrays.copyOfRange(whole, from, from + 1000));
                ip.id = port;
                ip.flagsAndOffset = from >> 3 | (from == 0 ? 0x2000 : 0);
                rig.arrive(Frames.ethernet(ip.build()));
            }
        }
        rig.sleep(60_000);
        final TreeMap<DropReason, Long> expected = new TreeMap<>();
        expected.put(DropReason.SHARED_UNCLAIMED, 2L);
        expected.put(DropReason.UDP_PORT, 1L);
        expected.put(DropReason.ARP_UNRESOLVED, 1L);
        assertEquals(expected, rig.allDrops());
    }
}
