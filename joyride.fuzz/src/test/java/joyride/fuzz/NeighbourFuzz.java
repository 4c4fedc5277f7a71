package joyride.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.List;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.core.link.Nd;
import joyride.testkit.simulation.Octets;
import joyride.testkit.simulation.PeerRig;

/**
 * Messages of neighbours, routers and listeners' queriers (RFC 4861, 4862, 3810) to a host that configures itself by them while it talks. Checksums are right; what
 * the input makes is types, addresses, hop limits, options, and what they hold. Tables stay bounded, and the host says no more than it should.
 */
class NeighbourFuzz {
    private static final int MOST_STEPS = 200;
    private static final int MOST_OPTIONS = 24;
    private static final int MTU = 1500;

    /** What the host may have learned at most: neighbours; routes by routers, prefixes, redirects and its own addresses; addresses. */
    private static final int MOST_NEIGHBOURS = 4096;

    private static final int MOST_ROUTES = 1 + 32 + 256 + 2;
    private static final int MOST_ADDRESSES = 2 + 16;

    private static final int[] TYPES = {134, 135, 136, 137, 130, 133, 128, 2, 1, 131, 132, 143, 3, 4, 129};
    private static final int[] OPTIONS = {1, 2, 3, 5, 14, 3, 4, 24, 25};

    private static final IpAddress[] ADDRESSES = {
        IpAddress.parse("fe80::2"),
        PeerRig.PEER_SIX,
        IpAddress.parse("::"),
        PeerRig.HOST_SIX,
        IpAddress.parse("ff02::1"),
        IpAddress.parse("ff02::1:ff00:1"),
        IpAddress.parse("ff02::2"),
        IpAddress.parse("2001:db8:77::5"),
        IpAddress.parse("::1"),
    };

    private Victim victim;
    private Input input;
    private byte[] last;

    @FuzzTest(maxDuration = "5s")
    void shouldStayBoundedWhateverNeighboursSay(final byte[] bytes) {
        Victim.play(bytes, behind -> play(bytes, behind));
    }

    private long play(final byte[] bytes, final int behind) {
        input = new Input(bytes);
        last = null;
        try (Victim host = new Victim(true, behind)) {
            victim = host;
            final Nd nd = host.rig.host().ethernet().nd();
            final List<IpPrefix> own = nd.wanted();
            nd.dadCount(1);
            nd.autoconfigure(true);
            host.rig.settle();
            host.connect();
            for (int i = 0; i < MOST_STEPS && !input.isEmpty(); i++) {
                host.listen();
                final int frames = step();
                host.check(frames);
                check(nd);
                answers(frames);
            }
            host.finish();
            check(nd);
            nd.autoconfigure(false);
            // A question, or another station's claim, may have cost it an address, but it has no other than before.
            assertTrue(own.containsAll(onlyGlobal(nd)), () -> "addresses left: " + nd.wanted());
            return host.trace();
        }
    }

    private static List<IpPrefix> onlyGlobal(final Nd nd) {
        return nd.wanted().stream()
                .filter(each -> !each.address().isLinkLocal())
                .toList();
    }

    /** @return frames sent; 0: something else was done */
    private int step() {
        int frames = 1;
        switch (input.u8() % 8) {
            case 0 -> {
                victim.pass(input);
                frames = 0;
            }
            case 1 -> {
                victim.connect();
                frames = 0;
            }
            case 2 -> victim.rig.peer().send(victim.segment(input, victim.connection(victim.anyConnection(input))));
            case 3 -> frames = again();
            default -> send(message());
        }
        victim.rig.settle();
        return frames;
    }

    private void send(final byte[] packet) {
        last = packet;
        victim.rig.peer().sendPacket(packet);
    }

    /** The last one as often as the input says: the same, or from ever another station, about one, or about another network or destination. */
    private int again() {
        if (last == null) {
            return 0;
        }
        final int times = 1 + input.u8();
        final int at = new int[] {0, 22, Packets.IPV6 + 22, Packets.IPV6 + 38}[input.u8() % 4];
        final int base = at == 0 ? 0 : input.u8() << 8;
        for (int i = 0; i < times; i++) {
            if (at > 0 && at + 2 <= last.length) {
                Octets.put16(last, at, base + i);
            }
            victim.rig.peer().sendPacket(checksummed(last));
            if (i % 32 == 31) {
                victim.rig.settle();
            }
        }
        return times;
    }

    private static byte[] checksummed(final byte[] packet) {
        final byte[] message = Arrays.copyOfRange(packet, Packets.IPV6, packet.length);
        Packets.checksummed(message, Packets.address(packet, 8), Packets.address(packet, 24), Packets.ICMP6);
        System.arraycopy(message, 0, packet, Packets.IPV6, message.length);
        return packet;
    }

    private byte[] message() {
        final int kind = input.u8();
        final int type = kind == 255 ? input.u8() : TYPES[kind % TYPES.length];
        final IpAddress source = address();
        final IpAddress destination = address();
        final int hops = input.u8();
        byte[] message = Arrays.copyOf(new byte[] {(byte) type}, 8);
        message[1] = (byte) (hops >>> 4 == 15 ? input.u8() : 0);
        Octets.put32(message, 4, input.s32());
        switch (type) {
            case 134 -> message = Packets.join(message, Arrays.copyOf(input.bytes(8), 8));
            case 135, 136 -> message = Packets.join(message, bytes(address()));
            case 137 -> message = Packets.join(Packets.join(message, bytes(address())), bytes(address()));
            case 130, 131, 132 -> {
                Octets.put16(message, 4, input.u16());
                message = Packets.join(Packets.join(message, bytes(address())), new byte[4]);
            }
            case 1, 2, 3, 4 -> message = Packets.join(message, quoted());
            default -> message = Packets.join(message, input.bytes(input.u8()));
        }
        if (type >= 133 && type <= 137) {
            final int count = input.u8() % MOST_OPTIONS;
            for (int i = 0; i < count; i++) {
                message = Packets.join(message, option());
            }
        }
        final int expected = type == 130 ? 1 : 255;
        final byte[] packet =
                Packets.six(source, destination, Packets.ICMP6, hops % 16 == 15 ? input.u8() : expected, message);
        return checksummed(packet.length > MTU ? cut(packet) : packet);
    }

    private static byte[] cut(final byte[] packet) {
        Octets.put16(packet, 4, MTU - Packets.IPV6);
        return Arrays.copyOf(packet, MTU);
    }

    /** A packet of the host's. */
    private byte[] quoted() {
        final byte[] segment = Victim.sentByHost(victim.connection(0), input.u8());
        return Packets.packet(victim.host(), victim.peer(), Packets.TCP, segment);
    }

    /** One of those that matter, or one near it; or one that the host has made. */
    private IpAddress address() {
        final int kind = input.u8();
        if (kind >>> 4 == 15) {
            final List<IpPrefix> own = victim.rig.host().ethernet().nd().wanted();
            final IpAddress one = own.get(kind % own.size()).address();
            // Link-local ones have their link in them.
            return one.inZone(0);
        }
        final IpAddress one = ADDRESSES[kind % 16 % ADDRESSES.length];
        return kind >>> 4 < 12 ? one : new IpAddress(one.high(), one.low() + input.u16());
    }

    private static byte[] bytes(final IpAddress address) {
        final byte[] bytes = new byte[16];
        Octets.putAddress(bytes, 0, address);
        return bytes;
    }

    private byte[] option() {
        final int kind = input.u8();
        final int type = kind == 255 ? input.u8() : OPTIONS[kind % OPTIONS.length];
        final int length = type == 3 ? 32 : 8;
        final byte[] option = Arrays.copyOf(new byte[] {(byte) type}, length);
        option[1] = (byte) (kind >>> 4 == 14 ? input.u8() : length / 8);
        if (type == 3) {
            option[2] = (byte) (kind >>> 4 == 13 ? input.u8() : 64);
            option[3] = (byte) input.u8();
            // Lifetimes of hours, or what the input says.
            Octets.put32(option, 4, kind >>> 4 == 12 ? input.s32() : input.u16());
            Octets.put32(option, 8, kind >>> 4 == 12 ? input.s32() : input.u16());
            Octets.putAddress(option, 16, new IpAddress(0x2001_0db8_0000_0000L | input.u16(), 0));
        } else {
            final byte[] rest = input.bytes(6);
            System.arraycopy(rest, 0, option, 2, rest.length);
        }
        return option;
    }

    private void check(final Nd nd) {
        final var network = victim.rig.host().engine().network();
        final int neighbours = network.views().neighbours().size();
        assertTrue(neighbours <= MOST_NEIGHBOURS, () -> neighbours + " neighbours");
        final int routes = network.views().routes().size();
        assertTrue(routes <= MOST_ROUTES, () -> routes + " routes");
        assertTrue(nd.wanted().size() + nd.unready().size() <= 2 * MOST_ADDRESSES, () -> "addresses " + nd.wanted());
        assertTrue(nd.mtu() >= 1280 && nd.mtu() <= MTU, () -> "MTU " + nd.mtu());
        assertTrue(nd.hopLimit() > 0 && nd.hopLimit() < 256, () -> "hop limit " + nd.hopLimit());
        assertEquals(MTU, victim.rig.host().ethernet().mtu(), "the interface's own MTU");
    }

    /** A solicitation is answered once; nothing else makes the host advertise. One more may be a timer's. */
    private void answers(final int frames) {
        final int advertised =
                victim.said.count(Said.Kind.ADVERTISEMENT) + victim.said.count(Said.Kind.ADVERTISEMENT_TO_ALL);
        assertTrue(frames == 0 || advertised <= frames + 1, () -> advertised + " advertisements");
    }
}
