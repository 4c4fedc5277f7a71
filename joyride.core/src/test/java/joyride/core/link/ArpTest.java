package joyride.core.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.core.ip.FakePort;
import joyride.core.ip.Frames;
import joyride.core.ip.Path;
import joyride.core.ip.Rig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ArpTest {
    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        assertEquals(0, rig.port.outstanding(), "frames leaked");
        rig.close();
    }

    private void send(final int destination, final int mark) {
        final Path path = rig.path(destination);
        final long at = rig.output.allocate(path, 8);
        Memory.putLongBE(at, mark);
        rig.output.send(path, at, 8, Rig.PROBE, 0, 64, true, 0);
        rig.turn();
    }

    private int mark(final int frame) {
        return Frames.i32(rig.port.sent.get(frame), 14 + 20 + 4);
    }

    private static byte[] reply() {
        return Frames.arp(2, Rig.PEER_MAC, Rig.PEER, Rig.MAC, Rig.ADDRESS);
    }

    private static byte[] request(final int target) {
        return Frames.ethernet(
                0xffff_ffff_ffffL,
                Rig.MAC,
                0x0806,
                Arrays.copyOfRange(Frames.arp(1, Rig.MAC, Rig.ADDRESS, 0, target), 14, 42));
    }

    private String state() {
        return rig.network.views().neighbours().isEmpty()
                ? "none"
                : rig.network.views().neighbours().get(0).state();
    }

    @Test
    void shouldAskAndThenSendInOrderWhenNeighbourIsUnknown() {
        send(Rig.PEER, 1);
        send(Rig.PEER, 2);
        assertEquals(1, rig.port.sent.size());
        assertArrayEquals(request(Rig.PEER), rig.port.sent.get(0));
        rig.arrive(reply());
        assertEquals(3, rig.port.sent.size());
        assertEquals(1, mark(1));
        assertEquals(2, mark(2));
        final byte[] frame = rig.port.sent.get(1);
        assertArrayEquals(
                Frames.ethernet(Rig.PEER_MAC, Rig.MAC, 0x0800, Arrays.copyOfRange(frame, 14, frame.length)), frame);
        assertEquals(Map.of(), rig.allDrops());
    }

    @Test
    void shouldAskFiveTimesThenBeDownTwentySecondsWhenNobodyAnswers() {
        rig.network.register(Rig.PROBE, rig.probe);
        send(Rig.PEER, 1);
        rig.sleep(4999);
        assertEquals(5, rig.port.sent.size());
        assertEquals(0, rig.dropped(DropReason.ARP_UNRESOLVED));
        rig.sleep(1);
        assertEquals(5, rig.port.sent.size());
        assertEquals(1, rig.dropped(DropReason.ARP_UNRESOLVED));
        assertEquals("failed", state());
        assertEquals(1, rig.probe.errors.size());
        assertEquals(3, rig.probe.errors.get(0).type());
        assertEquals(1, rig.probe.errors.get(0).code());
        send(Rig.PEER, 2);
        assertEquals(5, rig.port.sent.size(), "no request while down");
        assertEquals(2, rig.dropped(DropReason.ARP_UNRESOLVED));
        rig.sleep(20_000);
        send(Rig.PEER, 3);
        assertEquals(6, rig.port.sent.size());
    }

    @Test
    void shouldKeepTheNewestSixteenWhenMoreWait() {
        for (int i = 0; i < 20; i++) {
            send(Rig.PEER, i);
        }
        assertEquals(4, rig.dropped(DropReason.ARP_QUEUE_FULL));
        rig.arrive(reply());
        assertEquals(17, rig.port.sent.size());
        for (int i = 0; i < 16; i++) {
            assertEquals(4 + i, mark(1 + i));
        }
    }

    @Test
    void shouldForgetAfterTwentyMinutesWhenNotUsed() {
        rig.arrive(Frames.arp(1, Rig.PEER_MAC, Rig.PEER, 0, Rig.ADDRESS));
        rig.port.sent.clear();
        rig.sleep(1_199_999);
        assertEquals("reachable", state());
        rig.sleep(1);
        assertEquals("none", state());
        assertEquals(0, rig.port.sent.size());
    }

    @Test
    void shouldRefreshBeforeItEndsWhenUsed() {
        rig.resolvePeer();
        rig.sleep(1_000_000);
        send(Rig.PEER, 1);
        rig.port.sent.clear();
        rig.sleep(195_000);
        assertArrayEquals(request(Rig.PEER), rig.port.sent.get(0));
        assertEquals("refreshing", state());
        send(Rig.PEER, 2);
        assertEquals(2, mark(1), "still used meanwhile");
        rig.arrive(reply());
        assertEquals("reachable", state());
        rig.sleep(1_000_000);
        assertEquals("reachable", state());
    }

    @Test
    void shouldForgetWhenRefreshIsNotAnswered() {
        rig.resolvePeer();
        send(Rig.PEER, 1);
        rig.port.sent.clear();
        rig.sleep(1_200_000);
        assertEquals(5, rig.port.sent.size());
        assertEquals("none", state());
        send(Rig.PEER, 2);
        assertArrayEquals(request(Rig.PEER), rig.lastSent());
    }

    @Test
    void shouldAnswerAndLearnWhenAskedForOurAddress() {
        rig.arrive(Frames.arp(1, Rig.PEER_MAC, Rig.PEER, 0, Rig.ADDRESS));
        assertArrayEquals(
                Frames.ethernet(
                        Rig.PEER_MAC,
                        Rig.MAC,
                        0x0806,
                        Arrays.copyOfRange(Frames.arp(2, Rig.MAC, Rig.ADDRESS, Rig.PEER_MAC, Rig.PEER), 14, 42)),
                rig.lastSent());
        assertEquals("reachable", state());
        send(Rig.PEER, 7);
        assertEquals(7, mark(1));
    }

    @Test
    void shouldNotLearnWhenTheAnswerIsForAnother() {
        rig.arrive(Frames.arp(2, Rig.PEER_MAC, Rig.PEER, 5, 0x0a000009));
        rig.arrive(Frames.arp(1, Rig.PEER_MAC, 0x0b000002, 0, Rig.ADDRESS));
        assertEquals("none", state());
    }

    @Test
    void shouldAnswerAndNotLearnWhenProbed() {
        rig.arrive(Frames.arp(1, Rig.PEER_MAC, 0, 0, Rig.ADDRESS));
        assertEquals(1, rig.port.sent.size());
        assertEquals("none", state());
    }

    @Test
    void shouldAnswerOnlySoManyASecondWhenRequestsFlood() {
        for (int i = 0; i < 2 * Answers.EACH; i++) {
            rig.arrive(Frames.arp(1, Rig.PEER_MAC, Rig.PEER, 0, Rig.ADDRESS));
        }
        assertEquals(Answers.EACH, rig.port.sent.size());
        assertEquals(Answers.EACH, rig.dropped(DropReason.ARP_LIMITED));
        rig.sleep(1_000);
        rig.arrive(Frames.arp(1, Rig.PEER_MAC, Rig.PEER, 0, Rig.ADDRESS));
        assertEquals(Answers.EACH + 1, rig.port.sent.size());
    }

    @Test
    void shouldFollowWhenTheNeighboursMacChanges() {
        rig.resolvePeer();
        rig.arrive(Frames.arp(1, 0x0200_0000_0077L, Rig.PEER, 0, Rig.PEER));
        send(Rig.PEER, 1);
        assertEquals(0x77, Frames.u8(rig.lastSent(), 5));
    }

    @Test
    void shouldDefendAtMostEachTenSecondsWhenAnotherClaimsOurAddress() {
        final byte[] claim = Frames.arp(1, Rig.PEER_MAC, Rig.ADDRESS, 0, Rig.ADDRESS);
        rig.arrive(claim);
        rig.arrive(claim);
        assertEquals(1, rig.port.sent.size());
        assertArrayEquals(request(Rig.ADDRESS), rig.lastSent());
        rig.sleep(10_000);
        rig.arrive(claim);
        assertEquals(2, rig.port.sent.size());
        assertEquals("none", state());
    }

    @Test
    void shouldAnnounceOnceMoreWhenTheFirstTimeMayBeLost() {
        rig.network.attach(rig.ethernet, rig.port);
        rig.turn();
        assertEquals(1, rig.port.sent.size());
        rig.sleep(1_999);
        assertEquals(1, rig.port.sent.size());
        rig.sleep(1);
        assertEquals(2, rig.port.sent.size());
        assertArrayEquals(request(Rig.ADDRESS), rig.port.sent.get(1));
        rig.sleep(100_000);
        assertEquals(2, rig.port.sent.size());
    }

    @Test
    void shouldAnnounceWhenAddressOrPortIsSet() {
        rig.network.addressing().add(rig.ethernet, new IpPrefix(IpAddress.v4(0x0a000005), 24));
        rig.turn();
        assertArrayEquals(
                Frames.ethernet(
                        0xffff_ffff_ffffL,
                        Rig.MAC,
                        0x0806,
                        Arrays.copyOfRange(Frames.arp(1, Rig.MAC, 0x0a000005, 0, 0x0a000005), 14, 42)),
                rig.lastSent());
        final FakePort other = new FakePort(0x0200_0000_0009L, 1500);
        rig.network.attach(rig.ethernet, other);
        rig.turn();
        assertEquals(2, other.sent.size());
        assertEquals(0, other.outstanding());
    }

    @Test
    void shouldKeepNeighboursAndRoutesWhenThePortIsReplaced() {
        rig.resolvePeer();
        final Path path = rig.path(Rig.PEER);
        rig.network.attach(rig.ethernet, null);
        assertEquals(0, rig.output.allocate(path, 8));
        assertEquals(1, rig.dropped(DropReason.INTERFACE_DOWN));
        final FakePort other = new FakePort(0x0200_0000_0009L, 1400);
        rig.network.attach(rig.ethernet, other);
        rig.turn();
        other.sent.clear();
        final long at = rig.output.allocate(path, 8);
        assertTrue(at != 0);
        assertEquals(1400, path.mtu);
        rig.output.send(path, at, 8, Rig.PROBE, 0, 64, true, 0);
        rig.turn();
        assertEquals(1, other.sent.size());
        assertEquals(2, Frames.u8(other.sent.get(0), 5));
        assertEquals(9, Frames.u8(other.sent.get(0), 11));
    }

    @Test
    void shouldCountWhenMalformed() {
        final byte[] good = reply();
        for (final int at : new int[] {14, 15, 16, 17, 18, 19, 21}) {
            final byte[] bad = good.clone();
            bad[at] ^= 0x10;
            rig.arrive(bad);
        }
        rig.arrive(Arrays.copyOf(good, 41));
        final byte[] group = good.clone();
        group[22] |= 1;
        rig.arrive(group);
        assertEquals(Map.of(DropReason.ARP_MALFORMED, 9L), rig.allDrops());
        assertEquals("none", state());
    }

    @Test
    void shouldCountWhatConcernsNobodyHere() {
        rig.arrive(Frames.arp(1, Rig.PEER_MAC, Rig.PEER, 0, 0x0b000007));
        rig.arrive(Frames.arp(2, Rig.MAC, Rig.PEER, Rig.MAC, Rig.ADDRESS));
        assertEquals(Map.of(DropReason.ARP_UNWANTED, 2L), rig.allDrops());
    }

    @Test
    void shouldStayBoundedWhenVeryManyNeighboursAreAsked() {
        rig.network.addressing().add(rig.ethernet, new IpPrefix(IpAddress.v4(0x0b000001), 8));
        for (int i = 0; i < 5000; i++) {
            send(0x0b000100 + i, i);
        }
        assertEquals(NeighbourTable.LIMIT, rig.network.views().neighbours().size());
        rig.port.sent.clear();
        rig.sleep(30_000);
        assertEquals(0, rig.network.views().neighbours().size());
    }

    @Test
    void shouldAskTheKernelAndNobodyElseWhenShared() {
        final List<String> asked = new ArrayList<>();
        rig.ethernet.share((high, low) -> asked.add(new IpAddress(high, low).toString()));
        send(Rig.PEER, 1);
        send(Rig.PEER, 2);
        assertEquals(List.of("10.0.0.2"), asked);
        assertEquals(0, rig.port.sent.size());
        rig.ethernet.neighbours().learned(0, IpAddress.lowOfV4(Rig.PEER), Rig.PEER_MAC);
        rig.turn();
        assertEquals(2, rig.port.sent.size());
        assertEquals(1, mark(0));
        assertEquals(2, mark(1));
    }

    @Test
    void shouldTellTheKernelNowAndThenOfANeighbourInUseOnly() {
        final List<String> asked = new ArrayList<>();
        rig.ethernet.share((high, low) -> asked.add(new IpAddress(high, low).toString()));
        send(Rig.PEER, 1);
        rig.ethernet.neighbours().learned(0, IpAddress.lowOfV4(Rig.PEER), Rig.PEER_MAC);
        asked.clear();
        rig.sleep(3_600_000);
        assertEquals(1, asked.size(), "sent once after the answer");
        for (int i = 0; i < 10; i++) {
            send(Rig.PEER, 2);
            rig.sleep(60_000);
        }
        assertEquals(11, asked.size());
        assertEquals("reachable", state());
    }

    @Test
    void shouldGoToTheNewStationWhenTheKernelSaysThatANeighbourMoved() {
        rig.ethernet.share((high, low) -> {});
        send(Rig.PEER, 1);
        rig.ethernet.neighbours().learned(0, IpAddress.lowOfV4(Rig.PEER), Rig.PEER_MAC);
        rig.ethernet.neighbours().learned(0, IpAddress.lowOfV4(Rig.PEER), Rig.PEER_MAC + 1);
        send(Rig.PEER, 2);
        assertEquals((int) Rig.PEER_MAC + 1, Frames.i32(rig.lastSent(), 2));
    }

    @Test
    void shouldTellTransportsWhenTheKernelFindsNobody() {
        rig.ethernet.share((high, low) -> {});
        send(Rig.PEER, 1);
        rig.ethernet.neighbours().failed(0, IpAddress.lowOfV4(Rig.PEER));
        assertEquals(1, rig.probe.errors.size());
        assertEquals("failed", state());
        rig.sleep(1_000);
        send(Rig.PEER, 2);
        assertEquals("incomplete", state());
    }

    @Test
    void shouldLearnNothingOfStationsThatNobodySendsTo() {
        rig.ethernet.share((high, low) -> {});
        rig.ethernet.neighbours().learned(0, IpAddress.lowOfV4(Rig.PEER), Rig.PEER_MAC);
        rig.arrive(reply());
        assertEquals("none", state());
    }

    @Test
    void shouldCarryLargerPacketsForANeighbourWhenTheMtuGrows() {
        final FakePort jumbo = new FakePort(Rig.MAC, 9000);
        rig.network.attach(rig.ethernet, jumbo);
        assertEquals(1500, rig.ethernet.mtu());
        rig.network.mtu(rig.ethernet, 9000);
        assertEquals(9000, rig.ethernet.mtu());
        final Path path = rig.path(Rig.PEER);
        final long at = rig.output.allocate(path, 8000);
        rig.output.send(path, at, 8000, Rig.PROBE, 0, 64, true, 0);
        rig.ethernet.neighbours().learned(0, IpAddress.lowOfV4(Rig.PEER), Rig.PEER_MAC);
        rig.turn();
        assertEquals(14 + 20 + 8000, jumbo.sent.get(jumbo.sent.size() - 1).length);
    }
}
