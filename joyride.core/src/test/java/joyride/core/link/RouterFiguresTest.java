package joyride.core.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import joyride.api.net.IpAddress;
import joyride.core.ip.Frames6;
import joyride.core.ip.Path;
import joyride.core.ip.Rig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Figures in router advertisements that say nothing, or what cannot be (RFC 4861 §6.3.4, RFC 4191 §2.2, RFC 4862 §5.5.3). */
class RouterFiguresTest extends RouterCase {
    private static final int HIGH = 0x08;
    private static final int RESERVED = 0x10;
    private static final int LOW = 0x18;

    private static byte[] prefix() {
        return Frames6.prefix("2001:db8:5::", 64, ON_LINK | AUTONOMOUS, 7200, 7200);
    }

    private static byte[] mtu(final int bytes) {
        return ByteBuffer.allocate(8)
                .put((byte) 5)
                .put((byte) 1)
                .putInt(4, bytes)
                .array();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1279, 1501, -1})
    void shouldKeepTheLinksMtuWhenTheRoutersCannotBe(final int told) {
        try (Rig rig = configured()) {
            rig.arrive(Frames6.routerAdvertisement(ROUTER, 0, 0, 1800, mtu(1400), prefix()));
            rig.sleep(3_000);
            assertEquals(1400, rig.path(FAR).mtu);
            rig.arrive(Frames6.routerAdvertisement(ROUTER, 0, 0, 1800, mtu(told)));
            assertEquals(1400, rig.path(FAR).mtu);
            rig.arrive(Frames6.routerAdvertisement(ROUTER, 0, 0, 1800, mtu(1500)));
            assertEquals(1500, rig.path(FAR).mtu);
        }
    }

    @Test
    void shouldKeepTheHopLimitWhenARouterSaysNone() {
        try (Rig rig = configured()) {
            rig.arrive(Frames6.routerAdvertisement(ROUTER, 33, 0, 1800));
            rig.arrive(Frames6.routerAdvertisement(ROUTER, 0, 0, 1800));
            assertEquals(33, rig.ethernet.nd().hopLimit());
        }
    }

    @Test
    void shouldTakeAReservedPreferenceForAMediumOne() {
        try (Rig rig = configured()) {
            rig.arrive(Frames6.routerAdvertisement(ROUTER, 0, LOW, 1800, prefix()));
            rig.sleep(3_000);
            rig.arrive(Frames6.routerAdvertisement(OTHER, 0, RESERVED, 1800));
            assertEquals(OTHER.low(), rig.path(FAR).nextHopLow, "better than low");
            rig.arrive(Frames6.routerAdvertisement(ROUTER, 0, HIGH, 1800));
            assertEquals(ROUTER.low(), rig.path(FAR).nextHopLow, "worse than high");
        }
    }

    @Test
    void shouldHeedNoPrefixThatIsPreferredLongerThanValid() {
        try (Rig rig = configured()) {
            rig.arrive(Frames6.routerAdvertisement(
                    ROUTER, 0, 0, 1800, Frames6.prefix("2001:db8:5::", 64, ON_LINK | AUTONOMOUS, 100, 101)));
            rig.sleep(3_000);
            assertTrue(made(rig).isEmpty(), () -> "made " + made(rig));
        }
    }

    @Test
    void shouldMakeNoAddressOfAPrefixThatIsNot64BitsLong() {
        try (Rig rig = configured()) {
            rig.arrive(Frames6.routerAdvertisement(
                    ROUTER, 0, 0, 1800, Frames6.prefix("2001:db8:5::", 63, ON_LINK | AUTONOMOUS, 100, 100)));
            rig.sleep(3_000);
            assertTrue(made(rig).isEmpty(), () -> "made " + made(rig));
        }
    }

    /** RFC 4862 §5.5.3 (e): what is left is less than two hours already, and does not become less by being said. */
    @Test
    void shouldLeaveALifetimeAsItIsWhenLessThanTwoHoursAreLeft() {
        try (Rig rig = configured()) {
            rig.arrive(Frames6.routerAdvertisement(
                    ROUTER, 0, 0, 1800, Frames6.prefix("2001:db8:5::", 64, AUTONOMOUS, 3600, 3600)));
            rig.sleep(3_000);
            rig.arrive(Frames6.routerAdvertisement(
                    ROUTER, 0, 0, 1800, Frames6.prefix("2001:db8:5::", 64, AUTONOMOUS, 10, 10)));
            rig.sleep(3_500_000);
            assertEquals(1, made(rig).size());
            rig.sleep(100_000);
            assertTrue(made(rig).isEmpty(), "nor more");
        }
    }

    /** RFC 6724 §5 rule 3, before the longest prefix (rule 8). */
    @Test
    void shouldSendFromAnAddressThatIsNotDeprecatedWhenThereIsOne() {
        try (Rig rig = configured()) {
            rig.arrive(Frames6.routerAdvertisement(
                    ROUTER,
                    0,
                    0,
                    1800,
                    Frames6.prefix("2001:db8:fffe::", 64, AUTONOMOUS, 7200, 60),
                    Frames6.prefix("2001:db8:5::", 64, AUTONOMOUS, 7200, 7200)));
            rig.sleep(3_000);
            final long near = IpAddress.parse("2001:db8:fffe::").high();
            assertEquals(near, rig.path(FAR).sourceHigh, "the longest prefix");
            rig.sleep(60_000);
            assertEquals(IpAddress.parse("2001:db8:5::").high(), rig.path(FAR).sourceHigh);
        }
    }

    /** RFC 4861 §6.3.6: a router that does not answer is better than none. */
    @Test
    void shouldKeepARouterThatDoesNotAnswerWhenThereIsNoOther() {
        try (Rig rig = configured()) {
            rig.arrive(Frames6.routerAdvertisement(ROUTER, 0, 0, 1800, prefix()));
            rig.sleep(3_000);
            final Path far = rig.path(FAR);
            final long at = rig.output.allocate(far, 100);
            rig.output.send(far, at, 100, Rig.PROBE, 0, 64, false, 0);
            rig.sleep(20_000);
            assertNotNull(rig.path(FAR));
        }
    }

    /** A retransmission timer of 1 ms would flood the link, one of hours would leave it deaf. */
    @ParameterizedTest
    @ValueSource(ints = {1, Integer.MAX_VALUE})
    void shouldAskNeighboursNeitherAllAtOnceNorHardlyEverWhateverARouterSays(final int retransmit) {
        try (Rig rig = configured()) {
            final byte[] times = ByteBuffer.allocate(8).putInt(4, retransmit).array();
            rig.arrive(Frames6.icmp(ROUTER, Frames6.ALL_NODES, 255, 134, 0, 1800, times, prefix()));
            rig.sleep(3_000);
            rig.port.sent.clear();
            final Path near = rig.path(IpAddress.parse("2001:db8:5::99"));
            final long at = rig.output.allocate(near, 100);
            rig.output.send(near, at, 100, Rig.PROBE, 0, 64, false, 0);
            rig.sleep(50);
            assertEquals(1, asked(rig));
            rig.sleep(120_000);
            assertEquals(3, asked(rig));
        }
    }

    private static long asked(final Rig rig) {
        return rig.port.sent.stream().filter(f -> Frames6.isIcmp(f, 135)).count();
    }
}
