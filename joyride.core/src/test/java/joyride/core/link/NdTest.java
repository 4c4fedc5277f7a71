package joyride.core.link;

import static joyride.core.ip.Frames6.ADDRESS;
import static joyride.core.ip.Frames6.ALL_NODES;
import static joyride.core.ip.Frames6.ANY;
import static joyride.core.ip.Frames6.PEER;
import static joyride.core.ip.Frames6.PEER_LINK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import joyride.api.counters.DropReason;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.core.ip.Frames6;
import joyride.core.ip.Path;
import joyride.core.ip.Rig;
import joyride.core.ip.Rig6;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who the neighbours are, and whether they still answer (RFC 4861 §7). */
class NdTest {
    private static final IpAddress GROUP = IpAddress.parse("ff02::1:ff00:2");
    private static final long OTHER_MAC = 0x0200_0000_0099L;

    @Test
    void shouldAskOnTheLinkAndSendWhatWaitedWhenTheNeighbourAnswers() {
        try (Rig6 six = new Rig6()) {
            final Path path = six.path(PEER);
            six.send(path, 100);
            final byte[] asked = six.rig.lastSent();
            assertTrue(Frames6.isIcmp(asked, 135));
            assertEquals(PEER, Frames6.target(asked));
            assertEquals(GROUP, Frames6.destination(asked));
            assertEquals(ADDRESS, Frames6.source(asked));
            assertEquals(255, asked[21] & 0xff);
            assertTrue(Frames6.checksumGood(asked));
            six.clear();
            six.rig.arrive(Frames6.advertisement(PEER, ADDRESS, 0x60, PEER, Rig.PEER_MAC));
            assertEquals(1, six.rig.port.sent.size());
            assertEquals(154, six.rig.lastSent().length);
            assertEquals("reachable", six.neighbour(PEER));
        }
    }

    @Test
    void shouldTellTheTransportWhenNobodyAnswers() {
        try (Rig6 six = new Rig6()) {
            six.send(six.path(PEER), 100);
            six.rig.sleep(2_999);
            assertEquals(3, six.sent(135).size());
            assertTrue(six.rig.probe.errors.isEmpty());
            six.rig.sleep(2);
            assertEquals(3, six.sent(135).size());
            assertEquals(1, six.rig.probe.errors.size());
            assertEquals(1, six.rig.probe.errors.get(0).type());
            assertEquals(3, six.rig.probe.errors.get(0).code());
            assertEquals(1, six.rig.dropped(DropReason.ND_UNRESOLVED));
            // The next packet asks anew.
            six.send(six.path(PEER), 100);
            assertEquals(4, six.sent(135).size());
        }
    }

    @Test
    void shouldKeepTheLastPacketsWhenMoreWaitThanThereIsRoomFor() {
        try (Rig6 six = new Rig6()) {
            final Path path = six.path(PEER);
            for (int i = 0; i < 20; i++) {
                six.send(path, 100 + i);
            }
            assertEquals(4, six.rig.dropped(DropReason.ND_QUEUE_FULL));
            six.clear();
            six.rig.arrive(Frames6.advertisement(PEER, ADDRESS, 0x60, PEER, Rig.PEER_MAC));
            assertEquals(16, six.rig.port.sent.size());
            assertEquals(54 + 104, six.rig.port.sent.get(0).length);
        }
    }

    @Test
    void shouldProbeTheNeighbourOnceItIsUsedAgainWhenItWasSilentForAWhile() {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            final Path path = six.path(PEER);
            assertEquals("reachable", six.neighbour(PEER));
            six.rig.sleep(45_001);
            assertEquals("stale", six.neighbour(PEER));
            assertTrue(six.rig.port.sent.isEmpty());
            six.send(path, 100);
            assertEquals(1, six.rig.port.sent.size(), "a stale neighbour is used at once");
            assertEquals("delay", six.neighbour(PEER));
            six.rig.sleep(4_999);
            assertTrue(six.sent(135).isEmpty());
            six.rig.sleep(2);
            assertEquals("probe", six.neighbour(PEER));
            assertEquals(1, six.sent(135).size());
            assertEquals(PEER, Frames6.destination(six.rig.lastSent()), "a probe goes to the neighbour alone");
            six.rig.arrive(Frames6.advertisement(PEER, ADDRESS, 0x40, PEER, 0));
            assertEquals("reachable", six.neighbour(PEER));
        }
    }

    @Test
    void shouldAskNobodyWhileATransportGetsAnswersFromBehindTheNeighbour() {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            final Path path = six.path(PEER);
            for (int i = 0; i < 30; i++) {
                six.rig.sleep(10_000);
                six.send(path, 100);
                path.progress(six.rig.millis());
            }
            assertEquals("reachable", six.neighbour(PEER));
            assertTrue(six.sent(135).isEmpty());
            six.rig.sleep(45_001);
            assertEquals("stale", six.neighbour(PEER), "only as long as a sign of life lasts");
        }
    }

    @Test
    void shouldNotProbeWhenATransportGetsAnAnswerWhileTheProbeIsDelayed() {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            final Path path = six.path(PEER);
            six.rig.sleep(45_001);
            path.progress(six.rig.millis());
            six.send(path, 100);
            assertEquals("delay", six.neighbour(PEER), "what came before counts no more");
            six.rig.sleep(4_000);
            path.progress(six.rig.millis());
            six.rig.sleep(1_001);
            assertEquals("reachable", six.neighbour(PEER));
            assertTrue(six.sent(135).isEmpty());
        }
    }

    @Test
    void shouldForgetTheNeighbourWhenItDoesNotAnswerProbes() {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            final Path path = six.path(PEER);
            six.rig.sleep(45_001);
            six.send(path, 100);
            six.rig.sleep(5_000 + 3_001);
            assertEquals(3, six.sent(135).size());
            assertEquals("-", six.neighbour(PEER));
            six.send(path, 100);
            assertEquals(GROUP, Frames6.destination(six.rig.lastSent()), "it is looked for anew, by its group");
        }
    }

    @Test
    void shouldForgetTheNeighbourWhenNobodyUsesItForADay() {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            six.rig.sleep(45_001 + NdCache.FORGET);
            assertEquals("-", six.neighbour(PEER));
        }
    }

    /** RFC 4861 §7.2.5, appendix C: an entry that is reachable, and what an advertisement makes of it. */
    @ParameterizedTest
    @CsvSource({
        "0x00, 0x020000000002, reachable, 02:00:00:00:00:02",
        "0x00, 0x020000000099, stale, 02:00:00:00:00:02",
        "0x40, 0x020000000099, stale, 02:00:00:00:00:02",
        "0x20, 0x020000000099, stale, 02:00:00:00:00:99",
        "0x60, 0x020000000099, reachable, 02:00:00:00:00:99",
        "0x60, 0, reachable, 02:00:00:00:00:02",
    })
    void shouldFollowTheTableWhenAnAdvertisementComes(
            final String flags, final String mac, final String state, final String kept) {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            six.rig.arrive(Frames6.advertisement(PEER, ADDRESS, Integer.decode(flags), PEER, Long.decode(mac)));
            assertEquals(state, six.neighbour(PEER));
            assertEquals(
                    kept,
                    six.rig.ethernet.neighbours().views().stream()
                            .filter(n -> n.address().equals(PEER.toString()))
                            .findFirst()
                            .orElseThrow()
                            .mac());
        }
    }

    @Test
    void shouldLearnNobodyWhenAnAdvertisementWasNotAskedFor() {
        try (Rig6 six = new Rig6()) {
            six.rig.arrive(Frames6.advertisement(PEER, ALL_NODES, 0x20, PEER, Rig.PEER_MAC));
            assertEquals("-", six.neighbour(PEER));
        }
    }

    @Test
    void shouldAnswerTheAskerWhenItAsksForOurAddress() {
        try (Rig6 six = new Rig6()) {
            six.rig.arrive(Frames6.solicitation(
                    PEER, IpAddress.parse("ff02::1:ff00:1"), ADDRESS, Frames6.option(1, OTHER_MAC)));
            final byte[] answer = six.rig.lastSent();
            assertTrue(Frames6.isIcmp(answer, 136));
            assertEquals(PEER, Frames6.destination(answer));
            assertEquals(ADDRESS, Frames6.target(answer));
            assertEquals(0x60, answer[58] & 0xff);
            assertEquals(0x99, answer[5] & 0xff);
            assertTrue(Frames6.checksumGood(answer));
            assertEquals("stale", six.neighbour(PEER));
        }
    }

    @Test
    void shouldTellEverybodyWhenAnotherOneWantsOurAddress() {
        try (Rig6 six = new Rig6()) {
            six.rig.arrive(Frames6.solicitation(ANY, IpAddress.parse("ff02::1:ff00:1"), ADDRESS));
            final byte[] answer = six.rig.lastSent();
            assertTrue(Frames6.isIcmp(answer, 136));
            assertEquals(ALL_NODES, Frames6.destination(answer));
            assertEquals(0x20, answer[58] & 0xff);
        }
    }

    @Test
    void shouldAnswerOnlySoManyASecondWhenSolicitationsFlood() {
        final IpAddress group = IpAddress.parse("ff02::1:ff00:1");
        try (Rig6 six = new Rig6()) {
            for (int i = 0; i < 2 * Answers.ALL; i++) {
                six.rig.arrive(Frames6.solicitation(ANY, group, ADDRESS));
            }
            assertEquals(Answers.ALL, six.rig.port.sent.size(), "to all stations");
            assertEquals(Answers.ALL, six.rig.dropped(DropReason.ND_LIMITED));
            for (int i = 0; i < 2 * Answers.EACH; i++) {
                six.rig.arrive(Frames6.solicitation(PEER, group, ADDRESS, Frames6.option(1, OTHER_MAC)));
            }
            assertEquals(Answers.ALL + Answers.EACH, six.rig.port.sent.size());
            assertEquals(Answers.ALL + Answers.EACH, six.rig.dropped(DropReason.ND_LIMITED));
            six.rig.sleep(1_000);
            six.rig.port.sent.clear();
            six.rig.arrive(Frames6.solicitation(ANY, group, ADDRESS));
            assertEquals(1, six.rig.port.sent.size());
        }
    }

    @Test
    void shouldCountWhatConcernsNobodyHere() {
        try (Rig6 six = new Rig6()) {
            // who asks and does not say where it is
            six.rig.arrive(Frames6.solicitation(PEER, IpAddress.parse("ff02::1:ff00:1"), ADDRESS));
            assertEquals(1, six.rig.dropped(DropReason.ND_UNWANTED));
            // a router that asks for a group that nobody here is in
            six.rig.arrive(Frames6.icmp(
                    IpAddress.parse("fe80::9"), ALL_NODES, 1, 130, 0, 1000 << 16, Frames6.bytes(GROUP), new byte[4]));
            assertEquals(2, six.rig.dropped(DropReason.ND_UNWANTED));
            // a router where nobody listens to routers
            six.rig.arrive(Frames6.routerAdvertisement(IpAddress.parse("fe80::9"), 64, 0, 1800));
            assertEquals(3, six.rig.dropped(DropReason.ND_UNWANTED));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {254, 64, 1})
    void shouldDropAndCountWhenAMessageCameFromBeyondTheLink(final int hops) {
        try (Rig6 six = new Rig6()) {
            six.rig.arrive(Frames6.icmp(PEER, ADDRESS, hops, 135, 0, 0, Frames6.bytes(ADDRESS)));
            assertEquals(1, six.rig.dropped(DropReason.ND_MALFORMED));
            assertTrue(six.rig.port.sent.isEmpty());
        }
    }

    @Test
    void shouldDropAndCountWhenAMessageIsMalformed() {
        try (Rig6 six = new Rig6()) {
            final List<byte[]> bad = List.of(
                    // an option without a length, one beyond the end, a target that is a group, a solicited answer to
                    // all
                    Frames6.solicitation(PEER, ADDRESS, ADDRESS, new byte[8]),
                    Frames6.solicitation(PEER, ADDRESS, ADDRESS, new byte[] {1, 2, 0, 0, 0, 0, 0, 0}),
                    Frames6.solicitation(PEER, ADDRESS, ALL_NODES),
                    Frames6.icmp(PEER, ADDRESS, 255, 135, 1, 0, Frames6.bytes(ADDRESS)),
                    Frames6.icmp(PEER, ADDRESS, 255, 135, 0, 0, new byte[12]),
                    Frames6.solicitation(ANY, ADDRESS, ADDRESS),
                    Frames6.solicitation(ANY, IpAddress.parse("ff02::1:ff00:1"), ADDRESS, Frames6.option(1, OTHER_MAC)),
                    Frames6.advertisement(PEER, ALL_NODES, 0x60, PEER, OTHER_MAC),
                    Frames6.routerAdvertisement(PEER, 64, 0, 1800));
            for (final byte[] frame : bad) {
                six.rig.arrive(frame);
            }
            assertEquals(bad.size(), six.rig.dropped(DropReason.ND_MALFORMED), six.rig.allDrops()::toString);
            assertTrue(six.rig.port.sent.isEmpty());
        }
    }

    @Test
    void shouldBoundTheTableWhenTheLinkIsScanned() {
        try (Rig6 six = new Rig6()) {
            for (int i = 0; i < NeighbourTable.LIMIT + 100; i++) {
                final IpAddress from = new IpAddress(PEER.high(), 0x10000L + i);
                six.rig.arrive(Frames6.solicitation(from, ADDRESS, ADDRESS, Frames6.option(1, OTHER_MAC)));
            }
            assertTrue(six.rig.ethernet.neighbours().views().size() <= NeighbourTable.LIMIT);
        }
    }

    @Test
    void shouldDefendAtMostEveryTenSecondsWhenAnotherOneClaimsOurAddress() {
        try (Rig6 six = new Rig6()) {
            for (int i = 0; i < 5; i++) {
                six.rig.arrive(Frames6.advertisement(PEER, ALL_NODES, 0x20, ADDRESS, OTHER_MAC));
                six.rig.sleep(1_000);
            }
            assertEquals(1, six.sent(136).size());
            six.rig.sleep(6_000);
            six.rig.arrive(Frames6.advertisement(PEER, ALL_NODES, 0x20, ADDRESS, OTHER_MAC));
            assertEquals(2, six.sent(136).size());
        }
    }

    @Test
    void shouldTalkByLinkLocalAddressesWhenTheirZoneIsSaid() {
        try (Rig6 six = new Rig6()) {
            assertNull(six.path(PEER_LINK), "without a zone nobody knows which link");
            final Path path = six.path(PEER_LINK.inZone(six.rig.ethernet.zone()));
            six.send(path, 100);
            final byte[] asked = six.rig.lastSent();
            assertEquals(PEER_LINK, Frames6.target(asked), "the zone stays here");
            assertEquals(six.linkLocal(), Frames6.source(asked));
            six.rig.arrive(Frames6.advertisement(PEER_LINK, six.linkLocal(), 0x60, PEER_LINK, Rig.PEER_MAC));
            assertEquals(PEER_LINK, Frames6.destination(six.rig.lastSent()));
            assertEquals(154, six.rig.lastSent().length);
        }
    }

    @Test
    void shouldHaveNoIpv6WhenTheInterfaceHasNoIpv6Address() {
        try (Rig rig = new Rig()) {
            rig.arrive(Frames6.solicitation(PEER, IpAddress.parse("ff02::1:ff00:1"), ADDRESS));
            rig.sleep(10_000);
            assertTrue(rig.port.sent.isEmpty());
            assertFalse(
                    rig.ethernet.addresses().stream().anyMatch(p -> !p.address().isV4()));
            rig.network.addressing().add(rig.ethernet, IpPrefix.parse("2001:db8::1/64"));
            rig.sleep(10_000);
            assertTrue(
                    rig.ethernet.addresses().stream().anyMatch(p -> p.address().isLinkLocal()));
        }
    }
}
