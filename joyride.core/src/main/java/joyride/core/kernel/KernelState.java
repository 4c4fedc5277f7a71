package joyride.core.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;

/**
 * The kernel's links, addresses, routes and neighbours of both families, built from rtnetlink's messages (linux/rtnetlink.h, if_link.h, if_addr.h,
 * neighbour.h). Link-local addresses carry their device's number as zone. Routes are those of the tables main and local; what policy rules (ip-rule) choose beyond them is not looked at.
 */
final class KernelState {
    static final int NEW_LINK = 16;
    static final int DEL_LINK = 17;
    static final int GET_LINK = 18;
    static final int NEW_ADDRESS = 20;
    static final int DEL_ADDRESS = 21;
    static final int GET_ADDRESS = 22;
    static final int NEW_ROUTE = 24;
    static final int DEL_ROUTE = 25;
    static final int GET_ROUTE = 26;
    static final int NEW_NEIGHBOUR = 28;
    static final int DEL_NEIGHBOUR = 29;
    static final int GET_NEIGHBOUR = 30;

    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int LINK_BODY = 16;
    static final int ADDRESS_BODY = 8;
    static final int ROUTE_BODY = 12;
    static final int NEIGHBOUR_BODY = 12;

    private static final int TABLE_MAIN = 254;
    private static final int TABLE_LOCAL = 255;
    private static final int ROUTE_UNICAST = 1;
    private static final int ROUTE_LOCAL = 2;
    private static final int ROUTE_BLACKHOLE = 6;
    private static final int ROUTE_PROHIBIT = 8;
    private static final int ROUTE_CLONED = 0x200;
    private static final int ROUTE_DEAD = 1;
    private static final int NEXT_HOP = 8;
    private static final int ADDRESS_TENTATIVE = 0x40;
    private static final int LINK_UP = 1;
    private static final int LINK_LOWER_UP = 0x10000;
    private static final int NUD_FAILED = 0x20;
    private static final int NUD_USABLE = 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x80;

    private record Link(int index, String name, boolean up, int mtu) {}

    private record Address(int index, IpPrefix prefix) {}

    /** @param device 0: none */
    private record Route(
            int table,
            int type,
            IpPrefix destination,
            IpAddress gateway,
            int device,
            IpAddress source,
            int metric,
            int tos) {}

    private record NeighbourKey(int device, IpAddress address) {}

    private final Map<Integer, Link> links = new LinkedHashMap<>();
    private final Set<Address> addresses = new LinkedHashSet<>();
    private final Set<Route> routes = new LinkedHashSet<>();
    private final Map<NeighbourKey, KernelNeighbour> neighbours = new HashMap<>();

    /** What a message was about. */
    enum Change {
        NOTHING,
        NETWORK,
        NEIGHBOUR
    }

    private KernelNeighbour lastNeighbour;

    /** Takes in the message that {@code message} stands at; a malformed one changes nothing. */
    Change apply(final NetlinkMessages message) {
        return switch (message.type()) {
            case NEW_LINK, DEL_LINK -> message.has(LINK_BODY) ? link(message) : Change.NOTHING;
            case NEW_ADDRESS, DEL_ADDRESS -> message.has(ADDRESS_BODY) ? address(message) : Change.NOTHING;
            case NEW_ROUTE, DEL_ROUTE -> message.has(ROUTE_BODY) ? route(message) : Change.NOTHING;
            case NEW_NEIGHBOUR, DEL_NEIGHBOUR -> message.has(NEIGHBOUR_BODY) ? neighbour(message) : Change.NOTHING;
            default -> Change.NOTHING;
        };
    }

    /** The neighbour that the last message was about. */
    KernelNeighbour lastNeighbour() {
        return lastNeighbour;
    }

    /** What is known of a neighbour, or null. */
    KernelNeighbour neighbour(final int device, final IpAddress address) {
        return neighbours.get(new NeighbourKey(device, address));
    }

    /** All neighbours that are good for something. */
    List<KernelNeighbour> neighbours() {
        return List.copyOf(neighbours.values());
    }

    private Change link(final NetlinkMessages message) {
        if (message.u8(0) != 0) {
            return Change.NOTHING; // a bridge's port (AF_BRIDGE) comes with the same type
        }
        final int index = message.i32(4);
        if (message.type() == DEL_LINK) {
            addresses.removeIf(address -> address.index() == index);
            routes.removeIf(route -> route.device() == index);
            neighbours.keySet().removeIf(key -> key.device() == index);
            return links.remove(index) == null ? Change.NOTHING : Change.NETWORK;
        }
        final int flags = message.i32(8);
        final Link before = links.get(index);
        String name = before == null ? "" : before.name();
        int mtu = before == null ? 0 : before.mtu();
        message.attributes(LINK_BODY);
        while (message.nextAttribute()) {
            switch (message.attributeType()) {
                case 3 -> name = text(message.attributeBytes());
                case 4 -> mtu = message.attributeInt();
                default -> {}
            }
        }
        final boolean up = (flags & (LINK_UP | LINK_LOWER_UP)) == (LINK_UP | LINK_LOWER_UP);
        if ((flags & LINK_UP) == 0) {
            // The kernel drops the routes of a link that goes down without a word about each.
            routes.removeIf(route -> route.device() == index && route.table() == TABLE_MAIN);
        }
        final Link after = new Link(index, name, up, mtu);
        links.put(index, after);
        return after.equals(before) ? Change.NOTHING : Change.NETWORK;
    }

    private static String text(final byte[] bytes) {
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private Change address(final NetlinkMessages message) {
        final int length = message.u8(1);
        if (length > mostBits(message.u8(0))) {
            return Change.NOTHING;
        }
        // Until the kernel is sure that nobody else has the address it is nobody's.
        final boolean there = message.type() == NEW_ADDRESS && (message.u8(2) & ADDRESS_TENTATIVE) == 0;
        final int index = message.i32(4);
        IpAddress local = null;
        IpAddress peer = null;
        message.attributes(ADDRESS_BODY);
        while (message.nextAttribute()) {
            switch (message.attributeType()) {
                case 1 -> peer = address(message, index);
                case 2 -> local = address(message, index);
                default -> {}
            }
        }
        final IpAddress own = local == null ? peer : local;
        if (own == null) {
            return Change.NOTHING;
        }
        // Beyond a point-to-point link lies the peer's network, for which there is a route; ours is the address alone.
        final boolean pointToPoint = peer != null && !peer.equals(own);
        final Address address = new Address(index, new IpPrefix(own, pointToPoint ? own.isV4() ? 32 : 128 : length));
        final boolean changed = there ? addresses.add(address) : addresses.remove(address);
        return changed ? Change.NETWORK : Change.NOTHING;
    }

    private Change route(final NetlinkMessages message) {
        final int length = message.u8(1);
        final int flags = message.i32(8);
        final int type = message.u8(7);
        final int family = message.u8(0);
        if (length > mostBits(family) || (flags & ROUTE_CLONED) != 0) {
            return Change.NOTHING;
        }
        int table = message.u8(4);
        IpAddress destination = family == AF_INET ? IpAddress.ANY_V4 : IpAddress.ANY;
        IpAddress gateway = null;
        IpAddress source = null;
        int device = 0;
        int metric = 0;
        message.attributes(ROUTE_BODY);
        while (message.nextAttribute()) {
            switch (message.attributeType()) {
                case 1 -> destination = address(message, 0);
                case 4 -> device = message.attributeInt();
                case 5 -> gateway = address(message, 0);
                case 6 -> metric = message.attributeInt();
                case 7 -> source = address(message, 0);
                case 9 -> {
                    // Of several next hops (struct rtnexthop) the first is taken for all.
                    device = message.attributeLength() < NEXT_HOP ? 0 : message.attributeIntAt(4);
                    gateway = firstGateway(message.attributeBytes());
                }
                case 15 -> table = message.attributeInt();
                default -> {}
            }
        }
        if (destination == null || table != TABLE_MAIN && table != TABLE_LOCAL) {
            return Change.NOTHING;
        }
        final Route route = new Route(
                table,
                type,
                new IpPrefix(inZone(destination, device), length),
                inZone(gateway, device),
                device,
                inZone(source, device),
                metric,
                message.u8(3));
        if (message.type() == DEL_ROUTE) {
            return routes.remove(route) ? Change.NETWORK : Change.NOTHING;
        }
        // A route that takes the place of another (ip route replace) comes without a word about the old one.
        boolean changed =
                (message.flags() & 0x100) != 0 && routes.removeIf(old -> !old.equals(route) && sameSlot(old, route));
        if ((flags & ROUTE_DEAD) != 0) {
            changed |= routes.remove(route);
        } else {
            changed |= routes.add(route);
        }
        return changed ? Change.NETWORK : Change.NOTHING;
    }

    private static IpAddress firstGateway(final byte[] hops) {
        final ByteBuffer at = ByteBuffer.wrap(hops).order(ByteOrder.nativeOrder());
        final int end = hops.length < NEXT_HOP ? 0 : Math.min(hops.length, at.getShort(0) & 0xffff);
        int next = NEXT_HOP;
        while (next + 4 <= end) {
            final int length = at.getShort(next) & 0xffff;
            if (length < 4 || next + length > end) {
                return null;
            }
            if ((at.getShort(next + 2) & 0x3fff) == 5 && (length == 8 || length == 20)) {
                return address(ByteBuffer.wrap(hops, next + 4, length - 4));
            }
            next += length + 3 & -4;
        }
        return null;
    }

    private static boolean sameSlot(final Route a, final Route b) {
        return a.table() == b.table()
                && a.destination().equals(b.destination())
                && a.metric() == b.metric()
                && a.tos() == b.tos();
    }

    private Change neighbour(final NetlinkMessages message) {
        if (mostBits(message.u8(0)) < 0) {
            return Change.NOTHING;
        }
        final int device = message.i32(4);
        final int state = message.u16(8);
        IpAddress address = null;
        long mac = -1;
        message.attributes(NEIGHBOUR_BODY);
        while (message.nextAttribute()) {
            switch (message.attributeType()) {
                case 1 -> address = address(message, device);
                case 2 -> mac = mac(message);
                default -> {}
            }
        }
        if (address == null) {
            return Change.NOTHING;
        }
        final boolean known = message.type() == NEW_NEIGHBOUR;
        final KernelNeighbour.State meaning = known && (state & NUD_USABLE) != 0 && mac >= 0
                ? KernelNeighbour.State.USABLE
                : known && (state & NUD_FAILED) != 0 ? KernelNeighbour.State.FAILED : KernelNeighbour.State.UNKNOWN;
        lastNeighbour = new KernelNeighbour(device, address, mac, meaning);
        final NeighbourKey key = new NeighbourKey(device, address);
        final KernelNeighbour before =
                meaning == KernelNeighbour.State.UNKNOWN ? neighbours.remove(key) : neighbours.put(key, lastNeighbour);
        return lastNeighbour.equals(before) ? Change.NOTHING : Change.NEIGHBOUR;
    }

    private static long mac(final NetlinkMessages message) {
        if (message.attributeLength() != 6) {
            return -1;
        }
        long bits = 0;
        for (final byte b : message.attributeBytes()) {
            bits = bits << 8 | b & 0xff;
        }
        return bits;
    }

    /** Bits of an address of the family; -1: it is neither IPv4 nor IPv6. */
    private static int mostBits(final int family) {
        return family == AF_INET ? 32 : family == AF_INET6 ? 128 : -1;
    }

    /** The address in an attribute, or null if it is none. */
    private static IpAddress address(final NetlinkMessages message, final int device) {
        final int length = message.attributeLength();
        return length == 4 || length == 16 ? inZone(address(ByteBuffer.wrap(message.attributeBytes())), device) : null;
    }

    private static IpAddress address(final ByteBuffer bytes) {
        return bytes.remaining() == 4 ? IpAddress.v4(bytes.getInt()) : new IpAddress(bytes.getLong(), bytes.getLong());
    }

    private static IpAddress inZone(final IpAddress address, final int device) {
        return address == null || device == 0 ? address : address.inZone(device);
    }

    /** All of it as it is now. */
    KernelSnapshot snapshot() {
        final Map<IpPrefix, Route> best = new HashMap<>();
        final Map<IpPrefix, String> locals = new LinkedHashMap<>();
        routes.stream()
                .sorted(Comparator.<Route>comparingInt(Route::tos)
                        .thenComparing((a, b) -> Integer.compareUnsigned(a.metric(), b.metric())))
                .forEach(route -> {
                    if (route.type() == ROUTE_LOCAL) {
                        locals.putIfAbsent(network(route.destination()), name(route.device()));
                    } else if (route.table() == TABLE_MAIN && decides(route)) {
                        best.putIfAbsent(network(route.destination()), route);
                    }
                });
        final Map<IpPrefix, String> destinations = new LinkedHashMap<>();
        final Map<Integer, List<KernelRoute>> byDevice = new HashMap<>();
        best.forEach((destination, route) -> {
            destinations.put(destination, route.type() == ROUTE_UNICAST ? name(route.device()) : "");
            if (route.type() == ROUTE_UNICAST) {
                byDevice.computeIfAbsent(route.device(), d -> new ArrayList<>())
                        .add(new KernelRoute(destination, route.gateway(), route.source()));
            }
        });
        final Map<String, KernelView> devices = new LinkedHashMap<>();
        for (final Link link : links.values()) {
            final List<IpPrefix> own = addresses.stream()
                    .filter(address -> address.index() == link.index())
                    .map(Address::prefix)
                    .toList();
            final List<KernelRoute> by = byDevice.getOrDefault(link.index(), new ArrayList<>());
            by.sort(Comparator.comparingInt(
                            (KernelRoute route) -> -route.destination().length())
                    .thenComparing(route -> route.destination().address()));
            devices.put(link.name(), new KernelView(link.index(), link.up(), link.mtu(), own, List.copyOf(by)));
        }
        return new KernelSnapshot(Map.copyOf(devices), Map.copyOf(destinations), Map.copyOf(locals));
    }

    private static boolean decides(final Route route) {
        return route.type() == ROUTE_UNICAST || route.type() >= ROUTE_BLACKHOLE && route.type() <= ROUTE_PROHIBIT;
    }

    private String name(final int device) {
        final Link link = links.get(device);
        return link == null ? "" : link.name();
    }

    private static IpPrefix network(final IpPrefix prefix) {
        final int bits = prefix.mappedLength();
        final long high = prefix.address().high() & mask(Math.min(bits, 64));
        final long low = prefix.address().low() & mask(Math.max(bits - 64, 0));
        return new IpPrefix(new IpAddress(high, low), prefix.length());
    }

    private static long mask(final int bits) {
        return bits == 0 ? 0 : -1L << 64 - bits;
    }
}
