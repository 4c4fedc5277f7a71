package joyride.core.link;

import java.util.List;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;

/**
 * The neighbours of one link by IPv6 address, and whether they still answer (RFC 4861 §7.2, §7.3), with the RFC's and FreeBSD's figures.
 * A neighbour that has been silent for a while is used on and asked 5 s later; one that nobody uses is forgotten after a day.
 *
 * <p>STALE is not {@link Neighbour#usable}: so the first packet to a silent neighbour comes by {@link #hold}, where DELAY begins, and all others
 * pay nothing for it.
 */
final class NdCache implements Neighbour.Resolution {
    static final long RETRANSMIT = 1_000;
    static final long REACHABLE = 30_000;
    static final long DELAY = 5_000;
    static final long FORGET = 86_400_000;
    static final int MULTICAST_TRIES = 3;
    static final int UNICAST_TRIES = 3;

    /** How often the kernel is told that a neighbour of its is in use. */
    private static final long IN_USE = 30_000;

    private static final int PERCENT = 100;

    private final EthernetInterface link;
    private final Nd nd;
    private final NdOutput output;
    private final WaitingPackets waiting;
    private final CounterBlock counters;
    private final NeighbourTable table = new NeighbourTable();
    private long baseReachable = REACHABLE;
    private long retransmit = RETRANSMIT;

    NdCache(
            final EthernetInterface link,
            final Nd nd,
            final NdOutput output,
            final WaitingPackets waiting,
            final CounterBlock counters) {
        this.link = link;
        this.nd = nd;
        this.output = output;
        this.waiting = waiting;
        this.counters = counters;
    }

    private long now() {
        return link.environment.clock().millis();
    }

    private void arm(final Neighbour neighbour, final long delay) {
        neighbour.expires = now() + delay;
        link.environment.timers().arm(neighbour, neighbour.expires);
    }

    /** What a router says of the link's timing, ms; 0: it does not say. */
    void timing(final long reachable, final long between) {
        if (reachable > 0) {
            baseReachable = Math.min(reachable, 3_600_000);
        }
        if (between > 0) {
            retransmit = Math.min(Math.max(between, 100), 60_000);
        }
    }

    Neighbour find(final long high, final long low) {
        return table.find(high, low);
    }

    /** The neighbour with this address; a new one, not yet asked for, if it is unknown. */
    Neighbour lookup(final long high, final long low) {
        final Neighbour known = table.find(high, low);
        if (known != null) {
            return known;
        }
        if (table.size() >= NeighbourTable.LIMIT) {
            remove(table.first());
        }
        final Neighbour neighbour = new Neighbour(this, EthernetInterface.TYPE_IPV6, high, low);
        neighbour.expires = now();
        table.add(neighbour);
        return neighbour;
    }

    @Override
    public void hold(final Neighbour neighbour, final long packet, final int length, final int flags) {
        if (neighbour.state == Neighbour.State.FAILED) {
            link.drop(DropReason.ND_UNRESOLVED);
            return;
        }
        waiting.keep(neighbour, packet, length, flags);
        if (neighbour.state == Neighbour.State.STALE) {
            delay(neighbour);
        } else if (!neighbour.isArmed()) {
            ask(neighbour);
        }
    }

    /** It is used again after a silence, and asked if nothing proves in time that it is there. */
    private void delay(final Neighbour neighbour) {
        neighbour.state = Neighbour.State.DELAY;
        neighbour.usable = true;
        neighbour.tries = 0;
        neighbour.confirmed = Neighbour.NEVER;
        neighbour.lifetime = lifetime();
        arm(neighbour, DELAY);
        waiting.send(neighbour);
    }

    private void ask(final Neighbour neighbour) {
        neighbour.tries++;
        arm(neighbour, retransmit);
        if (link.shared()) {
            link.neighbours().asker().ask(neighbour.high, neighbour.low);
            return;
        }
        final Ipv6Address source = nd.addresses().sourceFor(neighbour.high, neighbour.low);
        final boolean sent = source != null
                && output.solicit(
                        neighbour.high,
                        neighbour.low,
                        source.high,
                        source.low,
                        neighbour.state == Neighbour.State.PROBE ? neighbour.mac : 0);
        if (sent) {
            counters.increment(NdCounter.SOLICITATIONS_OUT.ordinal());
        }
    }

    @Override
    public void timer(final Neighbour neighbour) {
        switch (neighbour.state) {
            case INCOMPLETE -> {
                if (neighbour.tries < MULTICAST_TRIES) {
                    ask(neighbour);
                } else {
                    fail(neighbour);
                }
            }
            case REACHABLE -> {
                if (link.shared()) {
                    neighbour.tellInUse(link.neighbours().asker());
                    arm(neighbour, IN_USE);
                } else if (!stillReachable(neighbour)) {
                    stale(neighbour);
                }
            }
            case DELAY -> {
                if (!stillReachable(neighbour)) {
                    neighbour.state = Neighbour.State.PROBE;
                    neighbour.tries = 0;
                    ask(neighbour);
                }
            }
            case PROBE -> {
                if (stillReachable(neighbour)) {
                    return;
                }
                if (neighbour.tries < UNICAST_TRIES) {
                    ask(neighbour);
                } else {
                    fail(neighbour);
                }
            }
            case STALE, FAILED -> remove(neighbour);
            default -> {}
        }
    }

    /** Whether transports' progress shows that it is there, so that nobody need ask (RFC 4861 §7.3.1); then it is reachable from that time on. */
    private boolean stillReachable(final Neighbour neighbour) {
        if (neighbour.confirmed == Neighbour.NEVER) {
            return false;
        }
        final long left = neighbour.confirmed + neighbour.lifetime - now();
        if (left <= 0) {
            return false;
        }
        neighbour.state = Neighbour.State.REACHABLE;
        neighbour.tries = 0;
        arm(neighbour, left);
        return true;
    }

    /** It does not answer: who waits hears so. The next packet asks again (§7.3.3). */
    private void fail(final Neighbour neighbour) {
        counters.increment(NdCounter.TIMEOUTS.ordinal());
        neighbour.usable = false;
        if (link.shared()) {
            neighbour.state = Neighbour.State.FAILED;
            arm(neighbour, RETRANSMIT);
            waiting.giveUp(neighbour, true);
            return;
        }
        link.environment.timers().cancel(neighbour);
        table.remove(neighbour);
        neighbour.state = Neighbour.State.DEAD;
        waiting.giveUp(neighbour, true);
        nd.silent(neighbour);
    }

    void remove(final Neighbour neighbour) {
        link.environment.timers().cancel(neighbour);
        table.remove(neighbour);
        neighbour.state = Neighbour.State.DEAD;
        neighbour.usable = false;
        waiting.giveUp(neighbour, false);
    }

    private void stale(final Neighbour neighbour) {
        neighbour.state = Neighbour.State.STALE;
        neighbour.usable = false;
        neighbour.confirmed = Neighbour.NEVER;
        arm(neighbour, FORGET);
    }

    private void reachable(final Neighbour neighbour) {
        neighbour.state = Neighbour.State.REACHABLE;
        neighbour.usable = true;
        neighbour.used = false;
        neighbour.tries = 0;
        neighbour.confirmed = Neighbour.NEVER;
        neighbour.lifetime = lifetime();
        arm(neighbour, link.shared() ? IN_USE : neighbour.lifetime);
        waiting.send(neighbour);
    }

    /** RFC 4861 §10: MIN_ and MAX_RANDOM_FACTOR are 0.5 and 1.5. */
    private long lifetime() {
        final int percent = PERCENT / 2 + link.environment.random().nextInt(PERCENT + 1);
        return Math.max(1, baseReachable * percent / PERCENT);
    }

    /** Somebody told a station address without being asked: in a solicitation, from a router, in a redirect (§7.2.3, §6.3.4, §8.3). */
    Neighbour told(final long high, final long low, final long mac) {
        final Neighbour neighbour = lookup(high, low);
        if (mac != 0 && (neighbour.mac != mac || neighbour.state == Neighbour.State.INCOMPLETE)) {
            final boolean wait = neighbour.heldCount > 0;
            neighbour.mac = mac;
            stale(neighbour);
            if (wait) {
                delay(neighbour);
            }
        }
        return neighbour;
    }

    /** A neighbour advertisement (§7.2.5). @param mac 0: it does not say */
    void advertised(final Neighbour known, final long mac, final int flags) {
        final boolean solicited = (flags & NdOutput.SOLICITED) != 0;
        final boolean override = (flags & NdOutput.OVERRIDE) != 0;
        final boolean router = flags < 0;
        if (known.state == Neighbour.State.INCOMPLETE) {
            if (mac == 0) {
                return;
            }
            known.mac = mac;
            known.router = router;
            if (solicited) {
                reachable(known);
            } else {
                told(known.high, known.low, mac);
            }
            return;
        }
        final boolean other = mac != 0 && mac != known.mac;
        if (other && !override) {
            if (known.state == Neighbour.State.REACHABLE) {
                stale(known);
            }
            return;
        }
        if (other) {
            known.mac = mac;
        }
        if (solicited) {
            reachable(known);
        } else if (other) {
            stale(known);
        }
        if (known.router && !router) {
            known.router = false;
            nd.noRouter(known);
        }
        known.router = router;
    }

    // --- what the kernel knows, of an interface shared with it

    void learned(final long high, final long low, final long mac) {
        final Neighbour known = table.find(high, low);
        if (known != null) {
            known.mac = mac;
            if (known.state != Neighbour.State.REACHABLE) {
                reachable(known);
            }
        }
    }

    void failed(final long high, final long low) {
        final Neighbour known = table.find(high, low);
        if (known != null && known.state != Neighbour.State.FAILED) {
            fail(known);
        }
    }

    void lost(final long high, final long low) {
        final Neighbour known = table.find(high, low);
        if (known != null && known.state == Neighbour.State.REACHABLE) {
            remove(known);
        }
    }

    List<Neighbour> all() {
        return table.all();
    }

    NeighbourTable table() {
        return table;
    }

    void forgetAll() {
        for (final Neighbour neighbour : table.all()) {
            remove(neighbour);
        }
    }
}
