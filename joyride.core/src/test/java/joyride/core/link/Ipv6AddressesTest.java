package joyride.core.link;

import static joyride.core.ip.Frames6.ADDRESS;
import static joyride.core.ip.Frames6.ALL_NODES;
import static joyride.core.ip.Frames6.ANY;
import static joyride.core.ip.Frames6.PEER;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import joyride.api.counters.DropReason;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.core.ip.Frames6;
import joyride.core.ip.Rig;
import org.junit.jupiter.api.Test;

/** How addresses become ours: duplicate address detection, identifiers, groups (RFC 4862, RFC 7217, RFC 7527, RFC 3810). */
class Ipv6AddressesTest {
    private static final IpPrefix OURS = new IpPrefix(ADDRESS, 64);
    private static final IpAddress GROUP = IpAddress.parse("ff02::1:ff00:1");

    private static List<byte[]> sent(final Rig rig, final int type) {
        return rig.port.sent.stream().filter(f -> Frames6.isIcmp(f, type)).toList();
    }

    private static boolean has(final Rig rig, final IpAddress address) {
        return rig.ethernet.addresses().stream().anyMatch(p -> p.address().equals(address));
    }

    private static IpAddress linkLocal(final Rig rig) {
        return rig.ethernet.addresses().stream()
                .map(IpPrefix::address)
                .filter(IpAddress::isLinkLocal)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldJoinItsGroupAndAskBeforeItUsesTheAddressWhenOneIsConfigured() {
        try (Rig rig = new Rig()) {
            rig.network.addressing().add(rig.ethernet, OURS);
            rig.turn();
            final byte[] report = sent(rig, 143).get(0);
            assertEquals(IpAddress.parse("ff02::16"), Frames6.destination(report));
            assertEquals(1, report[21], "hop limit");
            assertArrayEquals(new byte[] {58, 0, 5, 2, 0, 0, 1, 0}, Arrays.copyOfRange(report, 54, 62));
            assertEquals(GROUP, Frames6.address(report, 62 + 12));
            final byte[] asked = sent(rig, 135).get(0);
            assertEquals(ANY, Frames6.source(asked));
            assertEquals(GROUP, Frames6.destination(asked));
            assertEquals(ADDRESS, Frames6.target(asked));
            assertEquals(14, asked[78], "a nonce, and no station address");
            assertFalse(has(rig, ADDRESS));
            assertTrue(rig.network.views().interfaces().get(1).addresses().contains("2001:db8::1/64 tentative"));
            rig.sleep(999);
            assertFalse(rig.output.isLocal(ADDRESS.high(), ADDRESS.low()));
            rig.sleep(2);
            assertTrue(rig.output.isLocal(ADDRESS.high(), ADDRESS.low()));
            assertTrue(rig.network.views().interfaces().get(1).addresses().contains("2001:db8::1/64"));
        }
    }

    @Test
    void shouldNotUseTheAddressWhenAnotherStationHasIt() {
        try (Rig rig = new Rig()) {
            rig.network.addressing().add(rig.ethernet, OURS);
            rig.turn();
            rig.arrive(Frames6.advertisement(ADDRESS, ALL_NODES, 0x20, ADDRESS, Rig.PEER_MAC));
            rig.sleep(10_000);
            assertFalse(rig.output.isLocal(ADDRESS.high(), ADDRESS.low()));
            assertTrue(rig.network.views().interfaces().get(1).addresses().contains("2001:db8::1/64 duplicate"));
        }
    }

    @Test
    void shouldNotUseTheAddressWhenAnotherStationAsksForItAtTheSameTime() {
        try (Rig rig = new Rig()) {
            rig.network.addressing().add(rig.ethernet, OURS);
            rig.turn();
            rig.arrive(Frames6.solicitation(ANY, GROUP, ADDRESS, Frames6.option(14, 12345)));
            rig.sleep(10_000);
            assertFalse(rig.output.isLocal(ADDRESS.high(), ADDRESS.low()));
        }
    }

    @Test
    void shouldUseTheAddressWhenItsOwnQuestionComesBack() {
        try (Rig rig = new Rig()) {
            rig.network.addressing().add(rig.ethernet, OURS);
            rig.turn();
            rig.arrive(sent(rig, 135).get(0));
            rig.sleep(1_001);
            assertTrue(rig.output.isLocal(ADDRESS.high(), ADDRESS.low()));
        }
    }

    @Test
    void shouldUseTheAddressWhenSomebodyResolvesIt() {
        try (Rig rig = new Rig()) {
            rig.network.addressing().add(rig.ethernet, OURS);
            rig.turn();
            rig.arrive(Frames6.solicitation(PEER, GROUP, ADDRESS, Frames6.option(1, Rig.PEER_MAC)));
            assertTrue(sent(rig, 136).isEmpty(), "nobody is told of a tentative address");
            rig.sleep(1_001);
            assertTrue(rig.output.isLocal(ADDRESS.high(), ADDRESS.low()));
        }
    }

    /** The link-local address that is asked for after {@code known} have been. */
    private static IpAddress probed(final Rig rig, final List<IpAddress> known) {
        for (int i = 0; i < 200; i++) {
            rig.sleep(10);
            for (final byte[] frame : sent(rig, 135)) {
                final IpAddress target = Frames6.target(frame);
                if (target.isLinkLocal() && !known.contains(target)) {
                    return target;
                }
            }
        }
        return null;
    }

    /** RFC 7217 §6: another three times, then somebody has to look into it. */
    @Test
    void shouldMakeAnotherLinkLocalAddressThreeTimesWhenEachIsTaken() {
        try (Rig rig = new Rig()) {
            rig.network.addressing().add(rig.ethernet, OURS);
            final List<IpAddress> taken = new ArrayList<>();
            for (IpAddress next = probed(rig, taken); next != null; next = probed(rig, taken)) {
                taken.add(next);
                rig.arrive(Frames6.advertisement(next, ALL_NODES, 0x20, next, Rig.PEER_MAC));
            }
            assertEquals(1 + Ipv6Addresses.ATTEMPTS, taken.size());
            rig.sleep(10_000);
            assertTrue(
                    rig.ethernet.addresses().stream().noneMatch(p -> p.address().isLinkLocal()));
            final String last =
                    rig.network.views().interfaces().get(1).addresses().toString();
            assertTrue(last.contains("/64 duplicate"), last);
        }
    }

    @Test
    void shouldUseTheSecondLinkLocalAddressWhenTheFirstIsTaken() {
        try (Rig rig = new Rig()) {
            rig.network.addressing().add(rig.ethernet, OURS);
            final IpAddress first = probed(rig, List.of());
            rig.arrive(Frames6.advertisement(first, ALL_NODES, 0x20, first, Rig.PEER_MAC));
            rig.sleep(5_000);
            assertNotEquals(first.low(), linkLocal(rig).low());
        }
    }

    @Test
    void shouldHaveTheSameLinkLocalAddressWhenTheSecretIsTheSame() {
        final long[] lows = new long[3];
        for (int i = 0; i < lows.length; i++) {
            try (Rig rig = new Rig(1500, i + 1)) {
                rig.ethernet.nd().secret(new byte[] {(byte) (i / 2)});
                rig.network.addressing().add(rig.ethernet, OURS);
                rig.sleep(5_000);
                lows[i] = linkLocal(rig).low();
            }
        }
        assertEquals(lows[0], lows[1]);
        assertNotEquals(lows[0], lows[2]);
    }

    @Test
    void shouldWaitForTheLinkWhenThereIsNoPort() {
        try (Rig rig = new Rig()) {
            rig.network.attach(rig.ethernet, null);
            rig.network.addressing().add(rig.ethernet, OURS);
            rig.sleep(5_000);
            assertFalse(has(rig, ADDRESS));
            rig.network.attach(rig.ethernet, rig.port);
            rig.sleep(5_000);
            assertTrue(has(rig, ADDRESS));
        }
    }

    @Test
    void shouldTellTheLinkWhereItsAddressesAreWhenThePortIsReplaced() {
        try (Rig rig = new Rig()) {
            rig.network.addressing().add(rig.ethernet, OURS);
            rig.sleep(10_000);
            rig.port.sent.clear();
            rig.network.attach(rig.ethernet, null);
            rig.network.attach(rig.ethernet, rig.port);
            rig.turn();
            assertTrue(sent(rig, 136).stream().anyMatch(f -> Frames6.target(f).equals(ADDRESS)));
            assertTrue(has(rig, ADDRESS), "the address stays");
            assertFalse(sent(rig, 143).isEmpty(), "switches are told of its groups");
        }
    }

    @Test
    void shouldAnswerWithAllGroupsWhenARouterAsks() {
        try (Rig rig = new Rig()) {
            rig.network.addressing().add(rig.ethernet, OURS);
            rig.sleep(10_000);
            rig.port.sent.clear();
            rig.arrive(Frames6.icmp(
                    IpAddress.parse("fe80::9"), ALL_NODES, 1, 130, 0, 1000 << 16, new byte[16], new byte[4]));
            rig.sleep(1_001);
            final byte[] report = sent(rig, 143).get(0);
            assertEquals(2, report[69], "its own group and that of the link-local address");
            assertEquals(2, report[70], "MODE_IS_EXCLUDE");
            assertEquals(linkLocal(rig).inZone(0), Frames6.source(report));
        }
    }

    private static void query(final Rig rig, final IpAddress from, final int hops, final int code) {
        rig.port.sent.clear();
        rig.arrive(Frames6.icmp(from, ALL_NODES, hops, 130, 0, code << 16, new byte[16], new byte[4]));
    }

    /** RFC 3810 §5.1.14 and §6.2: what comes from beyond the link, or from no router, asks nothing. */
    @Test
    void shouldAnswerNoQueryThatMayComeFromBeyondTheLink() {
        try (Rig rig = new Rig()) {
            rig.network.addressing().add(rig.ethernet, OURS);
            rig.sleep(10_000);
            query(rig, IpAddress.parse("fe80::9"), 2, 1000);
            query(rig, PEER, 1, 1000);
            rig.sleep(10_000);
            assertTrue(sent(rig, 143).isEmpty());
            assertEquals(2, rig.dropped(DropReason.ND_MALFORMED));
        }
    }

    /** RFC 3810 §5.1.3: from 32768 on the code is a floating-point number, here of more than two hours. */
    @Test
    void shouldTakeItsTimeWhenAQueryGivesAFloatingPointDelay() {
        try (Rig rig = new Rig()) {
            rig.network.addressing().add(rig.ethernet, OURS);
            rig.sleep(10_000);
            query(rig, IpAddress.parse("fe80::9"), 1, 0xffff);
            rig.sleep(65_536);
            assertTrue(sent(rig, 143).isEmpty(), "one of 128 would come so early");
            rig.sleep((0x1fff << 10) - 65_536 + 1);
            assertEquals(1, sent(rig, 143).size());
        }
    }

    /** RFC 3810 §9.1: each change is said twice, in case one report is lost. */
    @Test
    void shouldReportAGroupAgainWithinASecondWhenItJoined() {
        try (Rig rig = new Rig()) {
            rig.network.addressing().add(rig.ethernet, OURS);
            rig.turn();
            final int first = sent(rig, 143).size();
            rig.sleep(15);
            assertEquals(first, sent(rig, 143).size());
            rig.sleep(1_001);
            assertTrue(sent(rig, 143).size() > first);
        }
    }

    @Test
    void shouldLeaveTheGroupWhenTheAddressGoes() {
        try (Rig rig = new Rig()) {
            rig.network.addressing().add(rig.ethernet, OURS);
            rig.sleep(10_000);
            rig.port.sent.clear();
            assertTrue(rig.network.addressing().remove(rig.ethernet, ADDRESS));
            rig.turn();
            assertFalse(has(rig, ADDRESS));
            final byte[] report = sent(rig, 143).get(0);
            assertEquals(3, report[70], "CHANGE_TO_INCLUDE");
            assertFalse(rig.network.addressing().remove(rig.ethernet, ADDRESS));
        }
    }
}
