package joyride.core.link;

import java.util.ArrayList;
import java.util.List;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.core.ip.Ipv6;
import joyride.core.ip.Packet;
import joyride.core.time.Timer;

/**
 * The routers of one link and what they say of it (RFC 4861 §6.3, RFC 4191 preferences): the default router, networks on the link, prefixes
 * to make addresses from, MTU, hop limit, timing. Only where the interface is told to configure itself.
 */
final class Routers {
    /** Routers known at most. */
    static final int LIMIT = 16;
    /** Networks on the link known at most. */
    static final int PREFIXES = 32;

    static final int SOLICITATIONS = 3;
    static final long SOLICITATION_INTERVAL = 4_000;
    private static final int PAUSE = 1_000;
    private static final int HEADER = 16;
    private static final int ON_LINK = 0x80;
    private static final int AUTONOMOUS = 0x40;
    private static final long INFINITE = 0xffff_ffffL;
    private static final long DAY = 86_400_000;

    /** A router or, with a length, a network; and until when. */
    private final class Entry extends Timer {
        final IpPrefix prefix;
        final boolean router;
        /** RFC 4191: 1 high, 0 medium, -1 low. */
        int preference;

        long until;

        Entry(final IpPrefix prefix, final boolean router) {
            this.prefix = prefix;
            this.router = router;
        }

        @Override
        protected void expire() {
            if (until > now()) {
                arm(this, Math.min(until - now(), DAY));
            } else if (router) {
                drop(this);
            } else {
                prefixes.remove(this);
                host.onLink(link, prefix, false);
            }
        }
    }

    private final EthernetInterface link;
    private final Nd nd;
    private final NdOutput output;
    private final Ipv6Host host;
    private final CounterBlock counters;
    private final List<Entry> routers = new ArrayList<>();
    private final List<Entry> prefixes = new ArrayList<>();
    private IpAddress best;
    private boolean enabled;
    private int solicited;
    private int hopLimit = 64;
    private int mtu;

    private final Timer solicitation = new Timer() {
        @Override
        protected void expire() {
            solicit();
        }
    };

    Routers(
            final EthernetInterface link,
            final Nd nd,
            final NdOutput output,
            final Ipv6Host host,
            final CounterBlock counters) {
        this.link = link;
        this.nd = nd;
        this.output = output;
        this.host = host;
        this.counters = counters;
    }

    private long now() {
        return link.environment.clock().millis();
    }

    private void arm(final Timer timer, final long delay) {
        link.environment.timers().arm(timer, now() + delay);
    }

    boolean enabled() {
        return enabled;
    }

    /** The hop limit of what goes out here. */
    int hopLimit() {
        return hopLimit;
    }

    /** The MTU of IPv6 on the link, bytes. */
    int mtu() {
        return mtu == 0 ? link.mtu() : Math.min(mtu, link.mtu());
    }

    void enable(final boolean on) {
        if (enabled == on) {
            return;
        }
        enabled = on;
        if (on) {
            linkUp();
        } else {
            forget();
        }
    }

    /** Asks for routers, at most three times (§6.3.7). */
    void linkUp() {
        if (enabled && link.canSend()) {
            solicited = 0;
            arm(solicitation, 1 + link.environment.random().nextInt(PAUSE));
        }
    }

    private void solicit() {
        final Ipv6Address own = nd.addresses().linkLocal();
        if (output.solicitRouters(own == null ? 0 : own.high, own == null ? 0 : own.low)) {
            counters.increment(NdCounter.ROUTER_SOLICITATIONS_OUT.ordinal());
        }
        if (++solicited < SOLICITATIONS) {
            arm(solicitation, SOLICITATION_INTERVAL);
        }
    }

    /** A router advertisement behind its checks (§6.3.4). @return whether it was well-formed */
    boolean advertised(final Packet packet, final NdOptions options) {
        if (packet.transportLength < HEADER
                || !Ipv6.isLinkLocal(packet.sourceHigh)
                || !options.parse(packet.transport + HEADER, packet.transportLength - HEADER)) {
            return false;
        }
        counters.increment(NdCounter.ROUTER_ADVERTISEMENTS_IN.ordinal());
        if (!enabled) {
            link.drop(DropReason.ND_UNWANTED);
            return true;
        }
        final long at = packet.transport;
        link.environment.timers().cancel(solicitation);
        final int hops = Memory.getUnsignedByte(at + 4);
        hopLimit = hops == 0 ? hopLimit : hops;
        nd.cache().timing(Memory.getIntBE(at + 8) & INFINITE, Memory.getIntBE(at + 12) & INFINITE);
        if (options.mtu >= Ipv6.MIN_MTU && options.mtu <= link.mtu() && options.mtu != mtu) {
            mtu = options.mtu;
            host.linkMtuChanged(link);
        }
        nd.cache().told(packet.sourceHigh, packet.sourceLow, options.sourceMac).router = true;
        final int flags = Memory.getUnsignedByte(at + 5);
        router(new IpAddress(packet.sourceHigh, packet.sourceLow), Memory.getUnsignedShortBE(at + 6), flags);
        for (int i = 0; i < options.prefixCount; i++) {
            prefix(options.prefixes[i]);
        }
        return true;
    }

    private void router(final IpAddress address, final int lifetime, final int flags) {
        Entry entry = find(routers, address, 128);
        if (lifetime == 0) {
            if (entry != null) {
                drop(entry);
            }
            return;
        }
        if (entry == null) {
            if (routers.size() >= LIMIT) {
                link.drop(DropReason.ND_UNWANTED);
                return;
            }
            entry = new Entry(new IpPrefix(address, 128), true);
            routers.add(entry);
        }
        // Two bits, signed; 10 is reserved and means medium.
        final int preference = flags << 27 >> 30;
        entry.preference = preference == -2 ? 0 : preference;
        entry.until = now() + lifetime * 1000L;
        arm(entry, lifetime * 1000L);
        choose();
    }

    private static Entry find(final List<Entry> in, final IpAddress address, final int length) {
        for (final Entry entry : in) {
            if (entry.prefix.length() == length && entry.prefix.contains(address.high(), address.low())) {
                return entry;
            }
        }
        return null;
    }

    private void drop(final Entry router) {
        link.environment.timers().cancel(router);
        routers.remove(router);
        choose();
    }

    /** The most preferred one, the current one of equals (§6.3.6). */
    private void choose() {
        Entry chosen = null;
        for (final Entry router : routers) {
            if (chosen == null || rank(router) > rank(chosen)) {
                chosen = router;
            }
        }
        final IpAddress address = chosen == null ? null : chosen.prefix.address();
        if (address == null ? best != null : !address.equals(best)) {
            best = address;
            host.defaultRouter(link, best);
        }
    }

    private int rank(final Entry router) {
        final int current = router.prefix.address().equals(best) ? 1 : 0;
        return router.preference * 2 + current;
    }

    /** A router does not answer any more: another one, if there is one (§7.3.3); it comes back with its next advertisement. */
    void silent(final long high, final long low) {
        final Entry router = find(routers, new IpAddress(high, low), 128);
        if (router != null && routers.size() > 1) {
            drop(router);
        }
    }

    /** A neighbour is no router any more (§7.2.5). */
    void noRouter(final long high, final long low) {
        final Entry router = find(routers, new IpAddress(high, low), 128);
        if (router != null) {
            drop(router);
        }
    }

    private void prefix(final long option) {
        final int length = Memory.getUnsignedByte(option + 2);
        final int flags = Memory.getUnsignedByte(option + 3);
        final long valid = lifetime(Memory.getIntBE(option + 4) & INFINITE);
        final long preferred = lifetime(Memory.getIntBE(option + 8) & INFINITE);
        final long high = Memory.getLongBE(option + 16);
        if (length > 128 || Ipv6.isLinkLocal(high) || Ipv6.isMulticast(high) || preferred > valid) {
            return;
        }
        if ((flags & ON_LINK) != 0) {
            onLink(new IpPrefix(new IpAddress(high, Memory.getLongBE(option + 24)), length), valid);
        }
        if ((flags & AUTONOMOUS) != 0 && length == 64) {
            nd.addresses().fromPrefix(high, valid, preferred);
        }
    }

    private static long lifetime(final long seconds) {
        return seconds == INFINITE ? Ipv6Address.FOREVER : seconds * 1000;
    }

    private void onLink(final IpPrefix prefix, final long valid) {
        Entry entry = find(prefixes, prefix.address(), prefix.length());
        if (valid == 0) {
            if (entry != null) {
                link.environment.timers().cancel(entry);
                prefixes.remove(entry);
                host.onLink(link, entry.prefix, false);
            }
            return;
        }
        if (entry == null) {
            if (prefixes.size() >= PREFIXES) {
                return;
            }
            entry = new Entry(prefix, false);
            prefixes.add(entry);
            host.onLink(link, prefix, true);
        }
        entry.until = valid == Ipv6Address.FOREVER ? Ipv6Address.FOREVER : now() + valid;
        arm(entry, Math.min(entry.until - now(), DAY));
    }

    /** Whether it is a router of this link. */
    boolean knows(final long high, final long low) {
        return find(routers, new IpAddress(high, low), 128) != null;
    }

    private void forget() {
        link.environment.timers().cancel(solicitation);
        routers.forEach(link.environment.timers()::cancel);
        prefixes.forEach(link.environment.timers()::cancel);
        routers.clear();
        for (final Entry prefix : prefixes) {
            host.onLink(link, prefix.prefix, false);
        }
        prefixes.clear();
        nd.addresses().removeMade();
        hopLimit = 64;
        if (mtu != 0) {
            mtu = 0;
            host.linkMtuChanged(link);
        }
        choose();
    }

    void close() {
        link.environment.timers().cancel(solicitation);
        routers.forEach(link.environment.timers()::cancel);
        prefixes.forEach(link.environment.timers()::cancel);
    }
}
