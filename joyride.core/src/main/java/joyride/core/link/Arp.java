package joyride.core.link;

import java.lang.System.Logger;
import java.util.List;
import joyride.api.admin.StackAdmin;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.net.MacAddress;
import joyride.core.counters.CounterStore;
import joyride.core.time.Timer;

/**
 * Address resolution for IPv4 on one Ethernet link (RFC 826), with FreeBSD's figures: an entry lives 1200 s and is refreshed
 * before that if it is in use; a request is repeated each second, five times; after that the address counts as down for 20 s.
 * Up to 16 packets wait for an answer, in memory of their own.
 */
public final class Arp implements Neighbour.Resolution {
    static final int LENGTH = 28;
    static final int TYPE = 0x0806;

    static final long LIFETIME = 1_200_000;
    static final int TRIES = 5;
    static final long RETRY = 1_000;
    static final long DOWN = 20_000;
    static final int HOLD = WaitingPackets.EACH;

    private static final long REFRESH = TRIES * RETRY;

    /** How often the kernel is told that a neighbour of its is in use. */
    private static final long IN_USE = 30_000;

    /** ANNOUNCE_INTERVAL of RFC 5227 §1.1: the second announcement reaches a switch whose port was not forwarding at the first. */
    static final long ANNOUNCE_AGAIN = 2_000;

    private static final long DEFEND = 10_000;
    private static final long ETHERNET_IPV4 = 0x0001_0800_0604L;
    private static final int REQUEST = 1;
    private static final int REPLY = 2;
    private static final long GROUP = 1L << 40;

    private static final int REQUESTS_IN = 0;
    private static final int REPLIES_IN = 1;
    private static final int REQUESTS_OUT = 2;
    private static final int REPLIES_OUT = 3;
    private static final int CONFLICTS = 4;
    private static final int TIMEOUTS = 5;

    private static final Logger LOG = System.getLogger(Arp.class.getName());

    private final EthernetInterface link;
    private final Ipv4Addresses own;
    private final NeighbourTable table = new NeighbourTable();
    private final WaitingPackets waiting;
    private final Answers answers;
    private final CounterBlock counters;
    private final Timer again = new Timer() {
        @Override
        protected void expire() {
            announceEach();
        }
    };
    private long lastDefence = Long.MIN_VALUE / 2;

    Arp(final EthernetInterface link, final WaitingPackets waiting) {
        this.link = link;
        own = new Ipv4Addresses(link);
        this.waiting = waiting;
        answers = new Answers(link.environment);
        this.counters = link.environment
                .counters()
                .block(
                        link.name() + " arp",
                        CounterStore.Description.of(
                                "requests.in", "ARP requests received",
                                "replies.in", "ARP replies received",
                                "requests.out", "ARP requests sent",
                                "replies.out", "ARP replies sent",
                                "conflicts", "others that claimed an address of ours",
                                "timeouts", "addresses that did not answer"));
    }

    /** The neighbour with this address; a new one, not yet asked for, if it is unknown. */
    Neighbour lookup(final long high, final long low) {
        final Neighbour known = table.find(high, low);
        return known != null ? known : create(high, low);
    }

    private Neighbour create(final long high, final long low) {
        if (table.size() >= NeighbourTable.LIMIT) {
            remove(table.first());
        }
        final Neighbour neighbour = new Neighbour(this, EthernetInterface.TYPE_IPV4, high, low);
        neighbour.expires = now() + LIFETIME;
        table.add(neighbour);
        return neighbour;
    }

    private long now() {
        return link.environment.clock().millis();
    }

    private void arm(final Neighbour neighbour, final long delay) {
        link.environment.timers().arm(neighbour, now() + delay);
    }

    /** Keeps a copy of a packet until {@code neighbour} answers, and asks if nobody has. */
    @Override
    public void hold(final Neighbour neighbour, final long packet, final int length, final int flags) {
        if (neighbour.state == Neighbour.State.FAILED) {
            link.drop(DropReason.ARP_UNRESOLVED);
            return;
        }
        waiting.keep(neighbour, packet, length, flags);
        if (!neighbour.isArmed()) {
            ask(neighbour);
        }
    }

    private void ask(final Neighbour neighbour) {
        neighbour.tries++;
        if (link.shared()) {
            link.neighbours().asker().ask(neighbour.high, neighbour.low);
        } else {
            request((int) neighbour.low);
        }
        arm(neighbour, RETRY);
    }

    @Override
    public void timer(final Neighbour neighbour) {
        switch (neighbour.state) {
            case INCOMPLETE -> {
                if (neighbour.tries < TRIES) {
                    ask(neighbour);
                } else {
                    fail(neighbour);
                }
            }
            case REACHABLE -> {
                if (link.shared()) {
                    neighbour.tellInUse(link.neighbours().asker());
                    arm(neighbour, IN_USE);
                } else if (now() >= neighbour.expires) {
                    remove(neighbour);
                } else if (neighbour.used) {
                    neighbour.state = Neighbour.State.REFRESHING;
                    neighbour.tries = 0;
                    ask(neighbour);
                } else {
                    arm(neighbour, RETRY);
                }
            }
            case REFRESHING -> {
                if (now() < neighbour.expires && neighbour.tries < TRIES) {
                    ask(neighbour);
                } else {
                    counters.increment(TIMEOUTS);
                    remove(neighbour);
                }
            }
            case FAILED -> remove(neighbour);
            default -> {}
        }
    }

    private void fail(final Neighbour neighbour) {
        counters.increment(TIMEOUTS);
        neighbour.state = Neighbour.State.FAILED;
        final long down = link.shared() ? RETRY : DOWN;
        neighbour.expires = now() + down;
        arm(neighbour, down);
        waiting.giveUp(neighbour, true);
    }

    private void remove(final Neighbour neighbour) {
        link.environment.timers().cancel(neighbour);
        table.remove(neighbour);
        neighbour.state = Neighbour.State.DEAD;
        neighbour.usable = false;
        waiting.giveUp(neighbour, false);
    }

    private void learn(final Neighbour neighbour, final long mac) {
        neighbour.mac = mac;
        neighbour.usable = true;
        neighbour.used = false;
        neighbour.tries = 0;
        neighbour.state = Neighbour.State.REACHABLE;
        neighbour.expires = now() + LIFETIME;
        arm(neighbour, link.shared() ? IN_USE : LIFETIME - REFRESH);
        waiting.send(neighbour);
    }

    /** What the kernel knows of a neighbour; one that nobody here sends to is left alone. */
    void learned(final long high, final long low, final long mac) {
        final Neighbour known = table.find(high, low);
        if (known == null) {
            return;
        }
        if (known.state == Neighbour.State.REACHABLE) {
            known.mac = mac;
        } else {
            learn(known, mac);
        }
    }

    void failed(final long high, final long low) {
        final Neighbour known = table.find(high, low);
        if (known != null && known.state != Neighbour.State.FAILED) {
            known.usable = false;
            fail(known);
        }
    }

    void lost(final long high, final long low) {
        final Neighbour known = table.find(high, low);
        if (known != null && known.state == Neighbour.State.REACHABLE) {
            remove(known);
        }
    }

    void forgetAll() {
        for (final Neighbour neighbour : table.all()) {
            remove(neighbour);
        }
    }

    /** An ARP packet behind its Ethernet header. */
    void input(final long at, final int length) {
        if (link.shared()) {
            link.drop(DropReason.SHARED_UNCLAIMED);
            return;
        }
        if (length < LENGTH || Memory.getLongBE(at) >>> 16 != ETHERNET_IPV4) {
            link.drop(DropReason.ARP_MALFORMED);
            return;
        }
        final int operation = Memory.getUnsignedShortBE(at + 6);
        final long senderMac = Memory.getLongBE(at + 8) >>> 16;
        final int sender = Memory.getIntBE(at + 14);
        final int target = Memory.getIntBE(at + 24);
        if ((operation != REQUEST && operation != REPLY) || (senderMac & GROUP) != 0 || senderMac == 0) {
            link.drop(DropReason.ARP_MALFORMED);
            return;
        }
        counters.increment(operation == REQUEST ? REQUESTS_IN : REPLIES_IN);
        if (senderMac == link.mac()) {
            link.drop(DropReason.ARP_UNWANTED);
            return;
        }
        if (sender != 0 && own.contains(sender)) {
            conflict(sender, senderMac);
            return;
        }
        final boolean forUs = own.contains(target);
        if (sender != 0 && own.onLink(sender)) {
            learnFrom(sender, senderMac, forUs);
        }
        if (operation == REQUEST && forUs) {
            if (!answers.allow()) {
                link.drop(DropReason.ARP_LIMITED);
                return;
            }
            write(REPLY, senderMac, target, senderMac, sender);
            counters.increment(REPLIES_OUT);
        } else if (!forUs) {
            link.drop(DropReason.ARP_UNWANTED);
        }
    }

    private void learnFrom(final int sender, final long mac, final boolean forUs) {
        final long low = IpAddress.lowOfV4(sender);
        final Neighbour known = table.find(0, low);
        if (known != null) {
            learn(known, mac);
        } else if (forUs) {
            learn(create(0, low), mac);
        }
    }

    /** RFC 5227 §2.4 (b): said once, the address is defended at most every 10 s. */
    private void conflict(final int address, final long mac) {
        counters.increment(CONFLICTS);
        final long now = now();
        if (now - lastDefence >= DEFEND) {
            lastDefence = now;
            LOG.log(
                    Logger.Level.WARNING,
                    "{0}: {1} also uses our address {2}; one of the two must change it",
                    link.name(),
                    new MacAddress(mac),
                    IpAddress.v4(address));
            announce(address);
        }
    }

    /** Gratuitous ARP: tells the link where an address of ours is. */
    void announce(final int address) {
        if (write(REQUEST, MacAddress.BROADCAST.bits(), address, 0, address)) {
            counters.increment(REQUESTS_OUT);
        }
    }

    /** Tells the link where all our addresses are, now and once more (RFC 5227 §2.3). */
    void announceAll() {
        announceEach();
        link.environment.timers().arm(again, now() + ANNOUNCE_AGAIN);
    }

    private void announceEach() {
        if (link.shared()) {
            return;
        }
        for (final IpPrefix address : link.addresses()) {
            if (address.address().isV4()) {
                announce(address.address().v4Bits());
            }
        }
    }

    private void request(final int target) {
        final int source = own.asker(target);
        if (source != 0 && write(REQUEST, MacAddress.BROADCAST.bits(), source, 0, target)) {
            counters.increment(REQUESTS_OUT);
        }
    }

    private boolean write(
            final int operation, final long to, final int sender, final long targetMac, final int target) {
        final long at = link.output().allocate(LENGTH);
        if (at == 0) {
            return false;
        }
        Memory.putLongBE(at, ETHERNET_IPV4 << 16 | operation);
        Memory.putLongBE(at + 8, link.mac() << 16 | sender >>> 16);
        Memory.putShortBE(at + 16, sender);
        Memory.putLongBE(at + 18, targetMac << 16 | target >>> 16);
        Memory.putShortBE(at + 26, target);
        link.output().transmit(to, TYPE, LENGTH, 0);
        return true;
    }

    void close() {
        link.environment.timers().cancel(again);
        forgetAll();
        link.environment.counters().release(counters);
    }

    List<Neighbour> all() {
        return table.all();
    }

    List<StackAdmin.NeighbourView> views() {
        return table.views(link.name(), now());
    }
}
