package joyride.core.link;

import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.List;
import joyride.api.admin.StackAdmin;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.net.MacAddress;
import joyride.core.ip.Ipv6;
import joyride.core.ip.Packet;
import joyride.core.time.Timer;

/**
 * Neighbour discovery for IPv6 on one Ethernet link (RFC 4861), with the addresses it makes and defends (RFC 4862) and the groups it joins
 * (RFC 3810). All on the event loop. Messages come with their checksum verified; the rest is checked here.
 */
public final class Nd {
    private static final int TARGET = 24;
    private static final int REDIRECT_HEADER = 40;
    private static final long DEFEND = 10_000;

    private static final Logger LOG = System.getLogger(Nd.class.getName());

    private final EthernetInterface link;
    private final CounterBlock counters;
    private final NdOutput output;
    private final NdCache cache;
    private final Mld mld;
    private final Ipv6Addresses addresses;
    private final Routers routers;
    private final Ipv6Host host;
    private final NdOptions options = new NdOptions();
    private long lastDefence = Long.MIN_VALUE / 2;
    private final Answers answers;

    private final Timer again = new Timer() {
        @Override
        protected void expire() {
            announceEach();
        }
    };

    Nd(final EthernetInterface link, final WaitingPackets waiting, final Ipv6Host host) {
        this.link = link;
        answers = new Answers(link.environment);
        this.host = host;
        counters = link.environment.counters().block(link.name() + " nd", NdCounter.describe());
        output = new NdOutput(link);
        cache = new NdCache(link, this, output, waiting, counters);
        mld = new Mld(link, output, counters);
        addresses = new Ipv6Addresses(link, output, mld, host, counters);
        routers = new Routers(link, this, output, host, counters);
    }

    // --- configuration

    /** Adds an address, which is used once nobody else turned out to have it; with the first one comes a link-local one. */
    public void add(final IpPrefix address) {
        addresses.configure(address);
    }

    /** Takes an address away. @return whether it was there, in use or not */
    public boolean remove(final IpAddress address) {
        return addresses.remove(address);
    }

    /** Whether routers are listened to, and addresses made from what they say (FreeBSD's {@code accept_rtadv}: off). */
    public void autoconfigure(final boolean on) {
        if (on) {
            addresses.needLinkLocal();
        }
        routers.enable(on);
    }

    /** How often an address is asked for before it is used ({@code net.inet6.ip6.dad_count}); 0: not at all. */
    public void dadCount(final int count) {
        addresses.dadCount(count);
    }

    /** What made addresses depend on (RFC 7217), so that they are the same after a restart. Before the first address. */
    public void secret(final byte[] secret) {
        addresses.secret(secret);
    }

    /** All addresses, in use or about to be: what frames are for us. */
    public List<IpPrefix> wanted() {
        final List<IpPrefix> all = new ArrayList<>();
        for (final Ipv6Address address : addresses.all()) {
            if (address.state != Ipv6Address.State.DUPLICATE) {
                all.add(address.prefix());
            }
        }
        return all;
    }

    /** Whether routers are listened to. */
    public boolean autoconfigures() {
        return routers.enabled();
    }

    /** Addresses that are not, or not yet, used, for the console: with the reason. */
    public List<String> unready() {
        final List<String> views = new ArrayList<>();
        for (final Ipv6Address address : addresses.all()) {
            if (address.state != Ipv6Address.State.READY) {
                final String why = address.state == Ipv6Address.State.DUPLICATE ? "duplicate" : "tentative";
                views.add(address.prefix() + " " + why);
            }
        }
        return views;
    }

    // --- questions

    /** The hop limit of what goes out here. */
    public int hopLimit() {
        return routers.hopLimit();
    }

    /** The MTU of IPv6 on the link, bytes: the interface's, or less if a router says so. */
    public int mtu() {
        return routers.mtu();
    }

    /** Whether we listen to a group that is not beyond the link. */
    public boolean isMember(final long high, final long low) {
        // ff01::1, this node alone; the rest is ff02::.
        return high == NdOutput.LINK_GROUP ? mld.listens(low) : high == 0xff01_0000_0000_0000L && low == 1;
    }

    /** Whether the address should not begin new conversations. */
    public boolean isDeprecated(final long high, final long low) {
        return addresses.isDeprecated(high, low);
    }

    Ipv6Addresses addresses() {
        return addresses;
    }

    NdCache cache() {
        return cache;
    }

    Neighbour lookup(final long high, final long low) {
        return cache.lookup(high, low);
    }

    // --- messages

    /** An ND or MLD message whose checksum is right. */
    public void input(final Packet packet) {
        final int type = Memory.getUnsignedByte(packet.transport);
        if (link.shared()) {
            link.drop(DropReason.SHARED_UNCLAIMED);
            return;
        }
        final boolean good = type == NdOutput.MLD_QUERY
                ? mld.query(packet)
                : packet.ttl == Ipv6.LOCAL_HOPS
                        && Memory.getUnsignedByte(packet.transport + 1) == 0
                        && switch (type) {
                            case NdOutput.NEIGHBOUR_SOLICITATION -> solicitation(packet);
                            case NdOutput.NEIGHBOUR_ADVERTISEMENT -> advertisement(packet);
                            case NdOutput.ROUTER_ADVERTISEMENT -> routers.advertised(packet, options);
                            case NdOutput.REDIRECT -> redirect(packet);
                            // Router solicitations are for routers.
                            default -> {
                                link.drop(DropReason.ND_UNWANTED);
                                yield true;
                            }
                        };
        if (!good) {
            link.drop(DropReason.ND_MALFORMED);
        }
    }

    private boolean solicitation(final Packet packet) {
        if (packet.transportLength < TARGET
                || !options.parse(packet.transport + TARGET, packet.transportLength - TARGET)) {
            return false;
        }
        final long high = Ipv6.zoned(Memory.getLongBE(packet.transport + 8), link.zone());
        final long low = Memory.getLongBE(packet.transport + 16);
        final boolean probe = Ipv6.isUnspecified(packet.sourceHigh, packet.sourceLow);
        if (Ipv6.isMulticast(high) || probe && (options.sourceMac != 0 || !toSolicitedNode(packet))) {
            return false;
        }
        counters.increment(NdCounter.SOLICITATIONS_IN.ordinal());
        final Ipv6Address own = addresses.find(high, low);
        if (own == null || own.state == Ipv6Address.State.DUPLICATE) {
            link.drop(DropReason.ND_UNWANTED);
            return true;
        }
        if (own.state != Ipv6Address.State.READY) {
            // Who is to have it is not settled: only another one who asks the same counts (RFC 4862 §5.4.3, RFC 7527
            // §4.2).
            if (probe && (options.nonce < 0 || options.nonce != own.nonce)) {
                addresses.duplicate(own);
            }
            return true;
        }
        if (probe) {
            if (answers.allowAll()) {
                advertise(high, low, NdOutput.OVERRIDE, 0, 0, 0);
            } else {
                link.drop(DropReason.ND_LIMITED);
            }
            return true;
        }
        final Neighbour asker = options.sourceMac != 0
                ? cache.told(packet.sourceHigh, packet.sourceLow, options.sourceMac)
                : cache.find(packet.sourceHigh, packet.sourceLow);
        if (asker == null || asker.mac == 0) {
            // it does not say where it is, and nobody here knows
            link.drop(DropReason.ND_UNWANTED);
        } else if (answers.allow()) {
            final int flags = NdOutput.SOLICITED | NdOutput.OVERRIDE;
            advertise(high, low, flags, packet.sourceHigh, packet.sourceLow, asker.mac);
        } else {
            link.drop(DropReason.ND_LIMITED);
        }
        return true;
    }

    private void advertise(
            final long high, final long low, final int flags, final long toHigh, final long toLow, final long station) {
        if (output.advertise(high, low, flags, toHigh, toLow, station)) {
            counters.increment(NdCounter.ADVERTISEMENTS_OUT.ordinal());
        }
    }

    private static boolean toSolicitedNode(final Packet packet) {
        return packet.destinationHigh == NdOutput.LINK_GROUP && packet.destinationLow >>> 24 == 0x1ffL;
    }

    private boolean advertisement(final Packet packet) {
        if (packet.transportLength < TARGET
                || !options.parse(packet.transport + TARGET, packet.transportLength - TARGET)) {
            return false;
        }
        final int flags = Memory.getIntBE(packet.transport + 4);
        final long high = Ipv6.zoned(Memory.getLongBE(packet.transport + 8), link.zone());
        final long low = Memory.getLongBE(packet.transport + 16);
        if (Ipv6.isMulticast(high) || Ipv6.isMulticast(packet.destinationHigh) && (flags & NdOutput.SOLICITED) != 0) {
            return false;
        }
        counters.increment(NdCounter.ADVERTISEMENTS_IN.ordinal());
        final Ipv6Address own = addresses.find(high, low);
        if (own != null) {
            claimed(own);
            return true;
        }
        final Neighbour known = cache.find(high, low);
        if (known != null) {
            cache.advertised(known, options.targetMac, flags);
        } else {
            link.drop(DropReason.ND_UNWANTED);
        }
        return true;
    }

    /** Another station says that it has an address of ours. */
    private void claimed(final Ipv6Address own) {
        if (own.state == Ipv6Address.State.TENTATIVE || own.state == Ipv6Address.State.WAITING) {
            addresses.duplicate(own);
            return;
        }
        if (own.state != Ipv6Address.State.READY || options.targetMac == link.mac()) {
            return;
        }
        counters.increment(NdCounter.CONFLICTS.ordinal());
        final long now = link.environment.clock().millis();
        if (now - lastDefence >= DEFEND) {
            lastDefence = now;
            LOG.log(
                    Logger.Level.WARNING,
                    "{0}: {1} also uses our address {2}; one of the two must change it",
                    link.name(),
                    new MacAddress(options.targetMac),
                    own.address());
            advertise(own.high, own.low, NdOutput.OVERRIDE, 0, 0, 0);
        }
    }

    /** RFC 4861 §8.1, §8.3: only from the destination's first hop, only to a router of the link or to the destination itself. */
    private boolean redirect(final Packet packet) {
        if (packet.transportLength < REDIRECT_HEADER
                || !Ipv6.isLinkLocal(packet.sourceHigh)
                || !options.parse(packet.transport + REDIRECT_HEADER, packet.transportLength - REDIRECT_HEADER)) {
            return false;
        }
        final long targetHigh = Ipv6.zoned(Memory.getLongBE(packet.transport + 8), link.zone());
        final long targetLow = Memory.getLongBE(packet.transport + 16);
        final long high = Ipv6.zoned(Memory.getLongBE(packet.transport + 24), link.zone());
        final long low = Memory.getLongBE(packet.transport + 32);
        final boolean direct = targetHigh == high && targetLow == low;
        if (Ipv6.isMulticast(high)
                || Ipv6.isMulticast(targetHigh)
                || !direct && !Ipv6.isLinkLocal(targetHigh)
                || !host.isFirstHop(link, high, low, new IpAddress(packet.sourceHigh, packet.sourceLow))) {
            return false;
        }
        counters.increment(NdCounter.REDIRECTS_IN.ordinal());
        final Neighbour target = cache.told(targetHigh, targetLow, options.targetMac);
        if (!direct) {
            target.router = true;
        }
        host.redirected(link, new IpAddress(high, low), new IpAddress(targetHigh, targetLow));
        return true;
    }

    // --- what happens to the link and its stations

    /** The link came up, or the station address changed. */
    void linkUp() {
        if (link.shared()) {
            return;
        }
        addresses.linkUp();
        mld.tellAll();
        announceEach();
        link.environment.timers().arm(again, link.environment.clock().millis() + Arp.ANNOUNCE_AGAIN);
        routers.linkUp();
    }

    /** RFC 4861 §7.2.6: tells all nodes where our addresses are now. */
    private void announceEach() {
        if (link.shared() || !link.canSend()) {
            return;
        }
        for (final Ipv6Address address : addresses.all()) {
            if (address.state == Ipv6Address.State.READY) {
                advertise(address.high, address.low, NdOutput.OVERRIDE, 0, 0, 0);
            }
        }
    }

    void linkLocalReady() {
        routers.linkUp();
    }

    void silent(final Neighbour neighbour) {
        host.nextHopGone(link, new IpAddress(neighbour.high, neighbour.low));
        if (neighbour.router) {
            routers.silent(neighbour.high, neighbour.low);
        }
    }

    void noRouter(final Neighbour neighbour) {
        host.nextHopGone(link, new IpAddress(neighbour.high, neighbour.low));
        routers.noRouter(neighbour.high, neighbour.low);
    }

    void learned(final long high, final long low, final long mac) {
        cache.learned(Ipv6.zoned(high, link.zone()), low, mac);
    }

    void failed(final long high, final long low) {
        cache.failed(Ipv6.zoned(high, link.zone()), low);
    }

    void lost(final long high, final long low) {
        cache.lost(Ipv6.zoned(high, link.zone()), low);
    }

    void forgetAll() {
        cache.forgetAll();
    }

    List<Neighbour> all() {
        return cache.all();
    }

    List<StackAdmin.NeighbourView> views() {
        return cache.table().views(link.name(), link.environment.clock().millis());
    }

    /** Gives all addresses up: the interface goes. */
    public void close() {
        link.environment.timers().cancel(again);
        routers.close();
        addresses.removeAll();
        mld.close();
        cache.forgetAll();
        link.environment.counters().release(counters);
    }
}
