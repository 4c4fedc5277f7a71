package joyride.core.link;

import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.List;
import joyride.api.counters.CounterBlock;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.core.ip.Ipv6;

/**
 * The IPv6 addresses of one link: configured, link-local, and made from routers' prefixes (RFC 4862). Each is asked for on the link before it
 * is used (duplicate address detection, §5.4, with RFC 7527's nonce), and given up when its lifetime ends.
 */
final class Ipv6Addresses {
    /** {@code net.inet6.ip6.dad_count}. */
    static final int DAD_COUNT = 1;

    /** IDGEN_RETRIES of RFC 7217 §6. */
    static final int ATTEMPTS = 3;

    /** Addresses made from routers' prefixes, at most ({@code net.inet6.ip6.maxifprefixes}). */
    static final int MADE = 16;

    /** MAX_RTR_SOLICITATION_DELAY: what comes from everybody at once waits a random part of this first. */
    private static final int PAUSE = 1_000;

    /** And at least this: who steers frames to us hears of the address before anybody answers. */
    private static final int LEAST_PAUSE = 20;

    private static final long LINK_LOCAL = 0xfe80_0000_0000_0000L;
    private static final long TWO_HOURS = 7_200_000;

    private static final Logger LOG = System.getLogger(Ipv6Addresses.class.getName());

    private final EthernetInterface link;
    private final NdOutput output;
    private final Mld mld;
    private final Ipv6Host host;
    private final CounterBlock counters;
    private final List<Ipv6Address> all = new ArrayList<>();
    private InterfaceIdentifiers identifiers;
    private int dadCount = DAD_COUNT;

    Ipv6Addresses(
            final EthernetInterface link,
            final NdOutput output,
            final Mld mld,
            final Ipv6Host host,
            final CounterBlock counters) {
        this.link = link;
        this.output = output;
        this.mld = mld;
        this.host = host;
        this.counters = counters;
        final byte[] secret = new byte[16];
        for (int i = 0; i < secret.length; i++) {
            secret[i] = (byte) link.environment.random().nextInt();
        }
        identifiers = new InterfaceIdentifiers(secret);
    }

    void secret(final byte[] secret) {
        identifiers = new InterfaceIdentifiers(secret);
    }

    void dadCount(final int count) {
        dadCount = count;
    }

    private long now() {
        return link.environment.clock().millis();
    }

    List<Ipv6Address> all() {
        return all;
    }

    Ipv6Address find(final long high, final long low) {
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).is(high, low)) {
                return all.get(i);
            }
        }
        return null;
    }

    // --- addresses that come

    void configure(final IpPrefix prefix) {
        final long high = Ipv6.zoned(prefix.address().high(), link.zone());
        final Ipv6Address known = find(high, prefix.address().low());
        if (known != null && !known.made) {
            return;
        }
        if (known != null) {
            drop(known);
        }
        add(new Ipv6Address(this, high, prefix.address().low(), prefix.length(), true, false, 0));
        if (!Ipv6.isLinkLocal(high)) {
            needLinkLocal();
        }
    }

    /** Every interface with IPv6 has a link-local address (RFC 4291 §2.1). */
    void needLinkLocal() {
        for (final Ipv6Address address : all) {
            if (Ipv6.isLinkLocal(address.high)) {
                return;
            }
        }
        make(Ipv6.zoned(LINK_LOCAL, link.zone()), true, Ipv6Address.FOREVER, Ipv6Address.FOREVER, 0);
    }

    private void make(
            final long high, final boolean onLink, final long valid, final long preferred, final int attempt) {
        final long low = identifiers.identifier(high, link.name(), attempt);
        final Ipv6Address address = new Ipv6Address(this, high, low, 64, onLink, true, attempt);
        address.validUntil = valid;
        address.preferredUntil = preferred;
        add(address);
    }

    private void add(final Ipv6Address address) {
        all.add(address);
        host.changed(link);
        start(address);
    }

    /**
     * A router says that addresses may be made from a prefix of 64 bits (RFC 4862 §5.5.3).
     *
     * @param valid ms from now; {@link Ipv6Address#FOREVER}
     */
    void fromPrefix(final long high, final long valid, final long preferred) {
        Ipv6Address known = null;
        int made = 0;
        for (final Ipv6Address address : all) {
            if (address.made && !Ipv6.isLinkLocal(address.high)) {
                made++;
                known = address.high == high ? address : known;
            }
        }
        if (known == null) {
            if (valid > 0 && made < MADE) {
                make(high, false, until(valid), until(preferred), 0);
            }
            return;
        }
        final long left = known.validUntil == Ipv6Address.FOREVER ? Ipv6Address.FOREVER : known.validUntil - now();
        // §5.5.3 (e): nobody takes an address away in less than two hours.
        if (valid > TWO_HOURS || valid > left) {
            known.validUntil = until(valid);
        } else if (left > TWO_HOURS) {
            known.validUntil = until(TWO_HOURS);
        }
        known.preferredUntil = until(preferred);
        if (known.state == Ipv6Address.State.READY) {
            armLifetime(known);
        }
    }

    private long until(final long lifetime) {
        return lifetime == Ipv6Address.FOREVER ? Ipv6Address.FOREVER : now() + lifetime;
    }

    // --- duplicate address detection

    private void start(final Ipv6Address address) {
        address.state = Ipv6Address.State.WAITING;
        address.probes = 0;
        address.paused = !address.made;
        if (!link.canSend()) {
            return;
        }
        mld.join(Ipv6.solicitedNode(address.low));
        if (dadCount == 0) {
            ready(address);
            return;
        }
        address.state = Ipv6Address.State.TENTATIVE;
        if (address.paused) {
            timer(address);
        } else {
            address.paused = true;
            arm(address, LEAST_PAUSE + link.environment.random().nextInt(PAUSE - LEAST_PAUSE));
        }
    }

    private void arm(final Ipv6Address address, final long delay) {
        link.environment.timers().arm(address, now() + delay);
    }

    void timer(final Ipv6Address address) {
        if (address.state == Ipv6Address.State.READY) {
            if (address.validUntil <= now()) {
                remove(address);
            } else {
                armLifetime(address);
            }
        } else if (address.state == Ipv6Address.State.TENTATIVE) {
            if (address.probes < dadCount) {
                address.probes++;
                address.nonce = link.environment.random().nextLong() & 0xffff_ffff_ffffL;
                if (output.probe(address.high, address.low, address.nonce)) {
                    counters.increment(NdCounter.SOLICITATIONS_OUT.ordinal());
                }
                arm(address, NdCache.RETRANSMIT);
            } else {
                ready(address);
            }
        }
    }

    private void ready(final Ipv6Address address) {
        address.state = Ipv6Address.State.READY;
        armLifetime(address);
        host.addressReady(link, address.prefix(), address.onLink);
        host.changed(link);
        if (Ipv6.isLinkLocal(address.high)) {
            mld.sourceReady();
            link.nd().linkLocalReady();
        }
    }

    private void armLifetime(final Ipv6Address address) {
        if (address.validUntil != Ipv6Address.FOREVER) {
            // The wheel reaches some days; the rest is waited for again.
            arm(address, Math.min(Math.max(address.validUntil - now(), 1), TWO_HOURS));
        } else {
            link.environment.timers().cancel(address);
        }
    }

    /** Another station has the address, or wants it at the same time. */
    void duplicate(final Ipv6Address address) {
        counters.increment(NdCounter.DUPLICATES.ordinal());
        link.environment.timers().cancel(address);
        final boolean again = address.made && address.attempt < ATTEMPTS;
        LOG.log(
                Logger.Level.WARNING,
                "{0}: another station has {1}; {2}",
                link.name(),
                address.address(),
                again ? "another address is made" : "the address is not used: change it on one of the two");
        mld.leave(Ipv6.solicitedNode(address.low));
        if (again) {
            all.remove(address);
            make(address.high, address.onLink, address.validUntil, address.preferredUntil, address.attempt + 1);
        } else {
            address.state = Ipv6Address.State.DUPLICATE;
        }
    }

    // --- the link

    /** The link has come: what waited for it is asked for. */
    void linkUp() {
        for (final Ipv6Address address : List.copyOf(all)) {
            if (address.state == Ipv6Address.State.WAITING) {
                start(address);
            }
        }
    }

    // --- addresses that go

    boolean remove(final IpAddress address) {
        final Ipv6Address known = find(Ipv6.zoned(address.high(), link.zone()), address.low());
        if (known != null) {
            remove(known);
        }
        return known != null;
    }

    private void remove(final Ipv6Address address) {
        drop(address);
        mld.leave(Ipv6.solicitedNode(address.low));
    }

    private void drop(final Ipv6Address address) {
        link.environment.timers().cancel(address);
        all.remove(address);
        if (address.state == Ipv6Address.State.READY) {
            host.addressGone(link, address.address());
        }
        host.changed(link);
    }

    /** Takes away what routers gave. */
    void removeMade() {
        for (final Ipv6Address address : List.copyOf(all)) {
            if (address.made && !Ipv6.isLinkLocal(address.high)) {
                remove(address);
            }
        }
    }

    void removeAll() {
        for (final Ipv6Address address : List.copyOf(all)) {
            remove(address);
        }
    }

    // --- questions

    /** Whether the address should not begin new conversations (RFC 4862 §5.5.4). */
    boolean isDeprecated(final long high, final long low) {
        final Ipv6Address known = find(high, low);
        return known != null && known.preferredUntil != Ipv6Address.FOREVER && known.preferredUntil <= now();
    }

    /** The address to ask for a neighbour with: link-local for what is so, else one of its network, else link-local; null: none is ready. */
    Ipv6Address sourceFor(final long high, final long low) {
        Ipv6Address linkLocal = null;
        Ipv6Address any = null;
        for (int i = 0; i < all.size(); i++) {
            final Ipv6Address address = all.get(i);
            if (address.state == Ipv6Address.State.READY) {
                if (Ipv6.isLinkLocal(address.high)) {
                    linkLocal = address;
                } else if (address.prefix().contains(high, low)) {
                    return address;
                } else {
                    any = address;
                }
            }
        }
        return linkLocal != null ? linkLocal : any;
    }

    /** The link-local address, or null while it is not ready. */
    Ipv6Address linkLocal() {
        for (int i = 0; i < all.size(); i++) {
            final Ipv6Address address = all.get(i);
            if (address.state == Ipv6Address.State.READY && Ipv6.isLinkLocal(address.high)) {
                return address;
            }
        }
        return null;
    }
}
