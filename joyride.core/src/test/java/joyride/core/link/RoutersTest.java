package joyride.core.link;

import static joyride.core.ip.Frames6.ADDRESS;
import static joyride.core.ip.Frames6.PEER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import joyride.api.counters.DropReason;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.core.ip.Frames6;
import joyride.core.ip.Path;
import joyride.core.ip.Rig;
import joyride.core.ip.Rig6;
import org.junit.jupiter.api.Test;

/** What routers say of a link, and redirects (RFC 4861 §6.3, §8; RFC 4862 §5.5). */
class RoutersTest extends RouterCase {
    private static final long ROUTER_MAC = 0x0200_0000_000fL;

    @Test
    void shouldAskForRoutersThreeTimesWhenItIsToConfigureItself() {
        try (Rig rig = configured()) {
            rig.sleep(30_000);
            final List<byte[]> asked =
                    rig.port.sent.stream().filter(f -> Frames6.isIcmp(f, 133)).toList();
            assertTrue(asked.size() >= 3 && asked.size() <= 4, "asked " + asked.size() + " times");
            assertEquals(IpAddress.parse("ff02::2"), Frames6.destination(asked.get(2)));
            assertTrue(Frames6.source(asked.get(2)).isLinkLocal());
            assertEquals(1, asked.get(2)[62], "with the station address");
        }
    }

    @Test
    void shouldTakeRouterPrefixAndFiguresWhenAnAdvertisementComes() {
        try (Rig rig = configured()) {
            assertNull(rig.path(FAR));
            final byte[] mtu = ByteBuffer.allocate(8)
                    .put((byte) 5)
                    .put((byte) 1)
                    .putInt(4, 1400)
                    .array();
            rig.arrive(Frames6.routerAdvertisement(
                    ROUTER,
                    33,
                    0,
                    1800,
                    Frames6.option(1, ROUTER_MAC),
                    mtu,
                    Frames6.prefix("2001:db8:5::", 64, ON_LINK | AUTONOMOUS, 7200, 3600)));
            rig.sleep(5_000);
            assertEquals(33, rig.ethernet.nd().hopLimit());
            assertEquals(1, made(rig).size());
            final IpAddress own = made(rig).get(0).address();
            assertEquals(IpAddress.parse("2001:db8:5::").high(), own.high());
            final Path far = rig.path(FAR);
            assertEquals(1400, far.mtu);
            assertEquals(ROUTER.low(), far.nextHopLow);
            assertEquals(own.low(), far.sourceLow);
            final Path near = rig.path(IpAddress.parse("2001:db8:5::99"));
            assertEquals(0x99, near.nextHopLow, "on the link");
        }
    }

    @Test
    void shouldListenToNoRouterWhenItIsNotToConfigureItself() {
        try (Rig6 six = new Rig6()) {
            six.rig.arrive(Frames6.routerAdvertisement(
                    ROUTER, 33, 0, 1800, Frames6.prefix("2001:db8:5::", 64, ON_LINK | AUTONOMOUS, 7200, 3600)));
            six.rig.sleep(5_000);
            assertNull(six.rig.path(FAR));
            assertEquals(1, made(six.rig).size());
            assertEquals(64, six.rig.ethernet.nd().hopLimit());
        }
    }

    @Test
    void shouldForgetRouterAndPrefixWhenTheirTimeIsOver() {
        try (Rig rig = configured()) {
            rig.arrive(Frames6.routerAdvertisement(
                    ROUTER, 0, 0, 100, Frames6.prefix("2001:db8:5::", 64, ON_LINK | AUTONOMOUS, 200, 50)));
            rig.sleep(10_000);
            final IpAddress own = made(rig).get(0).address();
            assertFalse(rig.ethernet.nd().isDeprecated(own.high(), own.low()));
            rig.sleep(50_000);
            assertTrue(rig.ethernet.nd().isDeprecated(own.high(), own.low()));
            assertNotNull(rig.path(FAR));
            rig.sleep(50_000);
            assertNull(rig.path(FAR));
            assertNotNull(rig.path(IpAddress.parse("2001:db8:5::99")));
            rig.sleep(100_000);
            assertNull(rig.path(IpAddress.parse("2001:db8:5::99")));
            assertTrue(made(rig).isEmpty());
        }
    }

    @Test
    void shouldForgetTheRouterAtOnceWhenItSaysSo() {
        try (Rig rig = configured()) {
            rig.arrive(Frames6.routerAdvertisement(
                    ROUTER, 0, 0, 1800, Frames6.prefix("2001:db8:5::", 64, 0xc0, 7200, 7200)));
            rig.sleep(3_000);
            assertNotNull(rig.path(FAR));
            rig.arrive(Frames6.routerAdvertisement(ROUTER, 0, 0, 0));
            assertNull(rig.path(FAR));
        }
    }

    @Test
    void shouldPreferTheRouterThatSaysSoWhenThereAreTwo() {
        try (Rig rig = configured()) {
            rig.arrive(Frames6.routerAdvertisement(
                    ROUTER, 0, 0, 1800, Frames6.prefix("2001:db8:5::", 64, 0xc0, 7200, 7200)));
            rig.arrive(Frames6.routerAdvertisement(OTHER, 0, 0x18, 1800));
            rig.sleep(3_000);
            assertEquals(ROUTER.low(), rig.path(FAR).nextHopLow, "low preference");
            rig.arrive(Frames6.routerAdvertisement(OTHER, 0, 0x08, 1800));
            assertEquals(OTHER.low(), rig.path(FAR).nextHopLow, "high preference");
        }
    }

    @Test
    void shouldTakeTheOtherRouterWhenOneDoesNotAnswer() {
        try (Rig rig = configured()) {
            rig.arrive(Frames6.routerAdvertisement(
                    ROUTER,
                    0,
                    0,
                    1800,
                    Frames6.option(1, ROUTER_MAC),
                    Frames6.prefix("2001:db8:5::", 64, 0xc0, 7200, 7200)));
            rig.arrive(Frames6.routerAdvertisement(OTHER, 0, 0, 1800, Frames6.option(1, Rig.PEER_MAC)));
            rig.sleep(3_000);
            final Path far = rig.path(FAR);
            assertEquals(ROUTER.low(), far.nextHopLow);
            final long at = rig.output.allocate(far, 100);
            rig.output.send(far, at, 100, Rig.PROBE, 0, 64, false, 0);
            rig.sleep(9_000);
            assertTrue(rig.output.refresh(far));
            assertEquals(OTHER.low(), far.nextHopLow);
        }
    }

    @Test
    void shouldTakeNoAddressAwayInLessThanTwoHoursWhenSomebodySaysSo() {
        try (Rig rig = configured()) {
            rig.arrive(Frames6.routerAdvertisement(
                    ROUTER, 0, 0, 1800, Frames6.prefix("2001:db8:5::", 64, 0xc0, 86_400, 86_400)));
            rig.sleep(3_000);
            rig.arrive(
                    Frames6.routerAdvertisement(OTHER, 0, 0, 0, Frames6.prefix("2001:db8:5::", 64, AUTONOMOUS, 1, 1)));
            rig.sleep(7_100_000);
            assertEquals(1, made(rig).size());
            rig.sleep(200_000);
            assertTrue(made(rig).isEmpty());
        }
    }

    @Test
    void shouldKeepTheConfiguredRouteWhenARouterComes() {
        try (Rig6 six = new Rig6()) {
            six.rig.network.addressing().addRoute(IpPrefix.parse("::/0"), PEER, six.rig.ethernet);
            six.rig.ethernet.nd().autoconfigure(true);
            six.rig.arrive(Frames6.routerAdvertisement(ROUTER, 0, 0, 1800));
            assertEquals(PEER.low(), six.rig.path(FAR).nextHopLow);
        }
    }

    private static byte[] redirect(final Rig6 six, final IpAddress from, final IpAddress target, final IpAddress to) {
        return Frames6.icmp(
                from,
                six.linkLocal(),
                255,
                137,
                0,
                0,
                Frames6.bytes(target),
                Frames6.bytes(to),
                Frames6.option(2, Rig.PEER_MAC));
    }

    @Test
    void shouldFollowARedirectWhenItComesFromTheFirstHopAlone() {
        try (Rig6 six = new Rig6()) {
            six.rig.network.addressing().addRoute(IpPrefix.parse("::/0"), ROUTER, six.rig.ethernet);
            final Path far = six.rig.path(FAR);
            assertEquals(ROUTER.low(), far.nextHopLow);
            six.rig.arrive(redirect(six, IpAddress.parse("fe80::bad"), OTHER, FAR));
            six.rig.arrive(redirect(six, ROUTER, IpAddress.parse("2001:db8::bad"), FAR));
            assertEquals(2, six.rig.dropped(DropReason.ND_MALFORMED));
            assertTrue(six.rig.output.refresh(far));
            assertEquals(ROUTER.low(), far.nextHopLow);
            six.rig.arrive(redirect(six, ROUTER, OTHER, FAR));
            six.rig.output.refresh(far);
            assertEquals(OTHER.low(), far.nextHopLow);
            assertEquals(ROUTER.low(), six.rig.path(IpAddress.parse("2001:db8:ffff::2")).nextHopLow);
            six.rig.arrive(redirect(six, OTHER, FAR, FAR));
            six.rig.output.refresh(far);
            assertEquals(FAR.low(), far.nextHopLow, "on the link after all");
        }
    }

    /** RFC 4861 §7.3.3: a next hop that does not answer is chosen anew. */
    @Test
    void shouldGoByTheRouterAgainWhenWhatARedirectNamedDoesNotAnswer() {
        for (final IpAddress target : List.of(OTHER, FAR)) {
            try (Rig6 six = new Rig6()) {
                six.rig.network.addressing().addRoute(IpPrefix.parse("::/0"), ROUTER, six.rig.ethernet);
                final Path far = six.rig.path(FAR);
                six.rig.arrive(redirect(six, ROUTER, target, FAR));
                six.rig.output.refresh(far);
                assertEquals(target.low(), far.nextHopLow);
                six.send(far, 100);
                six.rig.sleep(20_000);
                six.rig.output.refresh(far);
                assertEquals(ROUTER.low(), far.nextHopLow);
            }
        }
    }

    /** RFC 4861 §7.2.5: who says that it is no router is none for what a redirect sent to it either. */
    @Test
    void shouldGoByTheRouterAgainWhenWhatARedirectNamedIsNoRouterAnyMore() {
        try (Rig6 six = new Rig6()) {
            six.rig.network.addressing().addRoute(IpPrefix.parse("::/0"), ROUTER, six.rig.ethernet);
            final Path far = six.rig.path(FAR);
            six.rig.arrive(redirect(six, ROUTER, OTHER, FAR));
            six.rig.arrive(Frames6.advertisement(OTHER, six.linkLocal(), 0x20, OTHER, Rig.PEER_MAC));
            six.rig.output.refresh(far);
            assertEquals(ROUTER.low(), far.nextHopLow);
        }
    }

    @Test
    void shouldBoundRoutersPrefixesAndAddressesWhenAdvertisementsFlood() {
        try (Rig rig = configured()) {
            final int before = rig.network.views().routes().size();
            for (int i = 0; i < 500; i++) {
                rig.arrive(Frames6.routerAdvertisement(
                        new IpAddress(ROUTER.high(), 0x1000 + i),
                        64,
                        0,
                        1800,
                        Frames6.prefix(
                                "2001:db8:" + Integer.toHexString(i) + "::", 64, ON_LINK | AUTONOMOUS, 7200, 3600)));
            }
            rig.sleep(5_000);
            assertEquals(Ipv6Addresses.MADE, made(rig).size());
            final int routes = rig.network.views().routes().size() - before;
            assertTrue(routes <= Routers.PREFIXES + Ipv6Addresses.MADE + 1, routes + " routes");
            assertEquals(500 - Routers.LIMIT, rig.dropped(DropReason.ND_UNWANTED));
        }
    }

    @Test
    void shouldBoundRoutesWhenRedirectsFlood() {
        try (Rig6 six = new Rig6()) {
            six.rig.network.addressing().addRoute(IpPrefix.parse("::/0"), ROUTER, six.rig.ethernet);
            for (int i = 0; i < 1000; i++) {
                six.rig.arrive(redirect(six, ROUTER, OTHER, new IpAddress(FAR.high(), i + 1)));
            }
            assertTrue(six.rig.network.views().routes().size() < 270);
            assertEquals(OTHER.low(), six.rig.path(new IpAddress(FAR.high(), 1000)).nextHopLow);
            assertEquals(ADDRESS.low(), six.rig.path(FAR).sourceLow);
        }
    }
}
