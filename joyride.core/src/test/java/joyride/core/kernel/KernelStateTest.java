package joyride.core.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.core.kernel.KernelState.Change;
import org.junit.jupiter.api.Test;

class KernelStateTest {
    private static final int UP = 0x10001;
    private static final int MAIN = 254;
    private static final int LOCAL = 255;
    private static final byte[] MAC = {2, 0, 0, 0, 0, 9};

    private final KernelState state = new KernelState();

    private Change apply(final Messages messages) {
        final NetlinkMessages read = messages.read();
        Change last = Change.NOTHING;
        while (read.next()) {
            last = state.apply(read);
        }
        return last;
    }

    private KernelView eth0() {
        return state.snapshot().devices().get("eth0");
    }

    private void device() {
        apply(new Messages()
                .link(16, 2, UP)
                .name(3, "eth0")
                .attribute(4, 1500)
                .address(20, 2, 24)
                .attribute(1, "192.0.2.1")
                .attribute(2, "192.0.2.1")
                .route(24, 24, MAIN, 1)
                .attribute(1, "192.0.2.0")
                .attribute(4, 2)
                .attribute(7, "192.0.2.1")
                .route(24, 32, LOCAL, 2)
                .attribute(1, "192.0.2.1")
                .attribute(4, 2));
    }

    @Test
    void shouldKnowADeviceWithAddressesAndRoutes() {
        device();
        final KernelView view = eth0();
        assertEquals(2, view.index());
        assertTrue(view.up());
        assertEquals(1500, view.mtu());
        assertEquals(List.of(IpPrefix.parse("192.0.2.1/24")), view.addresses());
        assertEquals(
                List.of(new KernelRoute(IpPrefix.parse("192.0.2.0/24"), null, IpAddress.parse("192.0.2.1"))),
                view.routes());
        assertEquals(
                Map.of(IpPrefix.parse("192.0.2.1/32"), "eth0"), state.snapshot().locals());
    }

    @Test
    void shouldFollowAnAddressThatGoesAndALinkThatFallsAndChangesItsMtu() {
        device();
        assertEquals(
                Change.NETWORK,
                apply(new Messages()
                        .address(21, 2, 24)
                        .attribute(1, "192.0.2.1")
                        .attribute(2, "192.0.2.1")));
        assertEquals(List.of(), eth0().addresses());
        assertEquals(
                Change.NETWORK,
                apply(new Messages().link(16, 2, 1).name(3, "eth0").attribute(4, 9000)));
        assertFalse(eth0().up());
        assertEquals(9000, eth0().mtu());
        assertEquals(1, eth0().routes().size());
        apply(new Messages().link(16, 2, 0).name(3, "eth0").attribute(4, 9000));
        assertEquals(List.of(), eth0().routes(), "the kernel says nothing of the routes of a link that was set down");
        assertEquals(Change.NETWORK, apply(new Messages().link(17, 2, 0).name(3, "eth0")));
        assertNull(eth0());
    }

    @Test
    void shouldSayNothingWhenNothingChanged() {
        device();
        assertEquals(
                Change.NOTHING,
                apply(new Messages().link(16, 2, UP).name(3, "eth0").attribute(4, 1500)));
        assertEquals(
                Change.NOTHING,
                apply(new Messages()
                        .address(20, 2, 24)
                        .attribute(1, "192.0.2.1")
                        .attribute(2, "192.0.2.1")));
    }

    @Test
    void shouldTakeTheRouteThatTheKernelWouldTake() {
        device();
        apply(new Messages().link(16, 3, UP).name(3, "eth1").attribute(4, 1500));
        apply(new Messages()
                .route(24, 0, MAIN, 1)
                .attribute(4, 2)
                .attribute(5, "192.0.2.254")
                .attribute(6, 100));
        apply(new Messages()
                .route(24, 0, MAIN, 1)
                .attribute(4, 3)
                .attribute(5, "198.51.100.1")
                .attribute(6, 50));
        assertEquals("eth1", state.snapshot().destinations().get(IpPrefix.parse("0.0.0.0/0")));
        assertEquals(1, eth0().routes().size());
        apply(new Messages()
                .route(25, 0, MAIN, 1)
                .attribute(4, 3)
                .attribute(5, "198.51.100.1")
                .attribute(6, 50));
        assertEquals("eth0", state.snapshot().destinations().get(IpPrefix.parse("0.0.0.0/0")));
        assertEquals(IpAddress.parse("192.0.2.254"), eth0().routes().get(1).gateway());
        apply(new Messages().route(24, 0, 100, 1).attribute(4, 3).attribute(15, 1000));
        assertEquals("eth0", state.snapshot().destinations().get(IpPrefix.parse("0.0.0.0/0")), "of another table");
    }

    @Test
    void shouldReplaceARouteWhenItIsReplaced() {
        device();
        apply(new Messages()
                .route(24, 8, MAIN, 1)
                .attribute(1, "10.0.0.0")
                .attribute(4, 2)
                .attribute(5, "192.0.2.8"));
        apply(new Messages()
                .route(24, 8, MAIN, 1)
                .flags(0x100)
                .attribute(1, "10.0.0.0")
                .attribute(4, 2)
                .attribute(5, "192.0.2.9"));
        apply(new Messages()
                .route(25, 8, MAIN, 1)
                .attribute(1, "10.0.0.0")
                .attribute(4, 2)
                .attribute(5, "192.0.2.9"));
        assertEquals(1, eth0().routes().size());
    }

    @Test
    void shouldGoByTheFirstOfSeveralNextHops() {
        device();
        final byte[] hops = HexFormat.of().parseHex("1000000002000000" + "08000500c00002fe" + "0800000003000000");
        apply(new Messages().route(24, 8, MAIN, 1).attribute(1, "10.0.0.0").attribute(9, hops));
        assertEquals(IpAddress.parse("192.0.2.254"), eth0().routes().get(1).gateway());
    }

    private void six() {
        apply(new Messages()
                .address(20, 2, 64)
                .six()
                .attribute(1, "2001:db8::1")
                .address(20, 2, 64)
                .six()
                .attribute(1, "fe80::1")
                .route(24, 64, MAIN, 1)
                .six()
                .attribute(1, "2001:db8::")
                .attribute(4, 2)
                .route(24, 64, MAIN, 1)
                .six()
                .attribute(1, "fe80::")
                .attribute(4, 2)
                .route(24, 0, MAIN, 1)
                .six()
                .attribute(4, 2)
                .attribute(5, "fe80::9")
                .route(24, 128, LOCAL, 2)
                .six()
                .attribute(1, "2001:db8::1")
                .attribute(4, 2));
    }

    @Test
    void shouldKnowIpv6AddressesAndRoutesWithTheZoneOfTheirDevice() {
        device();
        six();
        assertEquals(
                List.of(
                        IpPrefix.parse("192.0.2.1/24"),
                        IpPrefix.parse("2001:db8::1/64"),
                        new IpPrefix(IpAddress.parse("fe80::1%2"), 64)),
                eth0().addresses());
        assertTrue(
                eth0().routes().contains(new KernelRoute(IpPrefix.parse("::/0"), IpAddress.parse("fe80::9%2"), null)));
        assertTrue(
                eth0().routes().contains(new KernelRoute(new IpPrefix(IpAddress.parse("fe80::%2"), 64), null, null)));
        assertEquals("eth0", state.snapshot().locals().get(IpPrefix.parse("2001:db8::1/128")));
        assertEquals("eth0", state.snapshot().destinations().get(IpPrefix.parse("2001:db8::/64")));
        assertEquals("eth0", state.snapshot().destinations().get(IpPrefix.parse("192.0.2.0/24")));
        assertNull(state.snapshot().destinations().get(IpPrefix.parse("0.0.0.0/0")), "::/0 is no way for IPv4");
    }

    @Test
    void shouldWaitWithAnIpv6AddressUntilTheKernelIsSureOfIt() {
        device();
        apply(new Messages().address(20, 2, 64).six().addressFlags(0x40).attribute(1, "2001:db8::1"));
        assertEquals(1, eth0().addresses().size());
        assertEquals(
                Change.NETWORK,
                apply(new Messages().address(20, 2, 64).six().addressFlags(0x80).attribute(1, "2001:db8::1")));
        assertEquals(2, eth0().addresses().size());
        apply(new Messages().address(21, 2, 64).six().addressFlags(0x80).attribute(1, "2001:db8::1"));
        assertEquals(1, eth0().addresses().size());
    }

    @Test
    void shouldTellWhichIpv6NeighboursAnswer() {
        final IpAddress peer = IpAddress.parse("fe80::9%2");
        assertEquals(
                Change.NEIGHBOUR,
                apply(new Messages()
                        .neighbour(28, 2, 2)
                        .six()
                        .attribute(1, "fe80::9")
                        .attribute(2, MAC)));
        assertEquals(KernelNeighbour.State.USABLE, state.neighbour(2, peer).state());
        assertNull(state.neighbour(3, IpAddress.parse("fe80::9%3")));
    }

    @Test
    void shouldKnowThatTheKernelRefusesADestination() {
        device();
        apply(new Messages().route(24, 8, MAIN, 6).attribute(1, "10.0.0.0"));
        assertEquals("", state.snapshot().destinations().get(IpPrefix.parse("10.0.0.0/8")));
    }

    @Test
    void shouldTellWhichNeighboursAnswer() {
        final IpAddress peer = IpAddress.parse("192.0.2.9");
        assertEquals(Change.NEIGHBOUR, apply(new Messages().neighbour(28, 2, 1).attribute(1, "192.0.2.9")));
        assertNull(state.neighbour(2, peer), "the kernel asks");
        assertEquals(
                Change.NEIGHBOUR,
                apply(new Messages()
                        .neighbour(28, 2, 2)
                        .attribute(1, "192.0.2.9")
                        .attribute(2, MAC)));
        assertEquals(
                new KernelNeighbour(2, peer, 0x0200_0000_0009L, KernelNeighbour.State.USABLE),
                state.neighbour(2, peer));
        assertEquals(
                Change.NOTHING,
                apply(new Messages()
                        .neighbour(28, 2, 4)
                        .attribute(1, "192.0.2.9")
                        .attribute(2, MAC)),
                "stale is as good as reachable");
        assertNull(state.neighbour(3, peer), "another device");
        apply(new Messages().neighbour(28, 2, 0x20).attribute(1, "192.0.2.9"));
        assertEquals(KernelNeighbour.State.FAILED, state.lastNeighbour().state());
        apply(new Messages().neighbour(29, 2, 0x20).attribute(1, "192.0.2.9"));
        assertEquals(KernelNeighbour.State.UNKNOWN, state.lastNeighbour().state());
        assertNull(state.neighbour(2, peer));
    }

    /** Linux 6.18, on a link 3: ip address add, ip link set up, ip route add, ip neigh add, ip route flush. */
    @Test
    void shouldReadWhatAKernelSaid() {
        final List<String> recorded = List.of(
                "4c00000014000000dd59036bd77800000218800003000000080001000a090807080002000a0908070700030076300000"
                        + "08000800800000001400060" + "0ffffffffffffffffa2781500a2781500",
                "3c00000018000006000000000000000002200000ff02fe020000000008000f00ff000000080001000a090807"
                        + "080007000a0908070800040003000000",
                "3c00000018000006000000000000000002180000fe02fd010000000008000f00fe000000080001000a090800"
                        + "080007000a0908070800040003000000",
                "3c00000018000006000000000000000002200000ff02fd030000000008000f00ff000000080001000a0908ff"
                        + "080007000a0908070800040003000000",
                "3c00000018000006df59036bf278000002080000fe0300010000000008000f00fe000000080001000a000000"
                        + "080005000a0908010800040003000000",
                "4c0000001c0000000000000003790000020000000300000002000001080001000a0908010a00020002000000"
                        + "0002000008000400000000001400030000000000000000000000000002000000");
        apply(new Messages().link(16, 3, UP).name(3, "v0").attribute(4, 1400));
        final List<Change> changes = recorded.stream()
                .map(hex -> {
                    final NetlinkMessages read =
                            new NetlinkMessages(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
                    assertTrue(read.next());
                    final Change change = state.apply(read);
                    assertFalse(read.next());
                    return change;
                })
                .toList();
        assertEquals(
                List.of(
                        Change.NETWORK,
                        Change.NETWORK,
                        Change.NETWORK,
                        Change.NETWORK,
                        Change.NETWORK,
                        Change.NEIGHBOUR),
                changes);
        final IpAddress own = IpAddress.parse("10.9.8.7");
        assertEquals(
                new KernelView(
                        3,
                        true,
                        1400,
                        List.of(IpPrefix.parse("10.9.8.7/24")),
                        List.of(
                                new KernelRoute(IpPrefix.parse("10.9.8.0/24"), null, own),
                                new KernelRoute(IpPrefix.parse("10.0.0.0/8"), IpAddress.parse("10.9.8.1"), null))),
                state.snapshot().devices().get("v0"));
        assertEquals(
                Map.of(IpPrefix.parse("10.9.8.7/32"), "v0"), state.snapshot().locals());
        assertEquals(
                0x0200_0000_0002L,
                state.neighbour(3, IpAddress.parse("10.9.8.1")).mac());
    }

    @Test
    void shouldSurviveWhateverLengthsAMessageClaims() {
        final byte[] good = new Messages()
                .link(16, 2, UP)
                .name(3, "eth0")
                .attribute(4, 1500)
                .address(20, 2, 24)
                .attribute(1, "192.0.2.1")
                .attribute(2, "192.0.2.1")
                .route(24, 24, MAIN, 1)
                .attribute(1, "192.0.2.0")
                .attribute(9, HexFormat.of().parseHex("10000000020000000800050" + "0c00002fe"))
                .attribute(4, 2)
                .neighbour(28, 2, 2)
                .attribute(1, "192.0.2.9")
                .attribute(2, MAC)
                .bytes();
        final Random random = new Random(11);
        for (int i = 0; i < 200_000; i++) {
            final byte[] bad = java.util.Arrays.copyOf(good, random.nextInt(good.length + 1));
            for (int changes = random.nextInt(4); changes > 0 && bad.length > 0; changes--) {
                bad[random.nextInt(bad.length)] = (byte) (random.nextBoolean() ? random.nextInt() : random.nextInt(8));
            }
            final NetlinkMessages read = new NetlinkMessages(ByteBuffer.wrap(bad));
            int messages = 0;
            while (read.next()) {
                state.apply(read);
                assertTrue(++messages <= good.length / 16, "endless, change " + i);
            }
            if (i % 1000 == 0) {
                state.snapshot();
            }
        }
    }
}
