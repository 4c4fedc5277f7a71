package joyride.core.ip;

import java.lang.foreign.Arena;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.core.link.BufferPool;
import joyride.core.link.EthernetInterface;
import joyride.core.link.LinkInterface;

/**
 * Puts IPv6 fragments together (RFC 8200 §4.5), with FreeBSD's limits where they matter: 64 fragments a packet, 60 s. Fragments that
 * overlap spoil their packet (RFC 5722); what is whole by itself concerns no other (RFC 6946). So many packets are in the works at most; a further one
 * takes the place of the oldest. Fragments are copied: no driver's frame is kept.
 */
final class Ipv6Reassembly {
    static final long TIMEOUT = 60_000;
    /** Packets in the works. */
    static final int LIMIT = 64;

    private static final int HEADER = 8;
    private static final int MORE = 1;

    private final NetworkEnvironment environment;
    private final Icmpv6 icmp;
    private final BufferPool memory;
    private final Ipv6Datagram[] slots = new Ipv6Datagram[LIMIT];
    private Ipv6Datagram finished;
    private final ExtensionHeaders chain = new ExtensionHeaders();

    Ipv6Reassembly(final NetworkEnvironment environment, final Icmpv6 icmp, final Arena arena) {
        this.environment = environment;
        this.icmp = icmp;
        this.memory = new BufferPool(arena, Ipv6Datagram.BUFFER, LIMIT);
    }

    /** Packets in the works now. */
    int inProgress() {
        return memory.inUse();
    }

    /**
     * Takes a fragment.
     *
     * @param packet the view of it
     * @param header where its fragment header lies, from the packet's start
     * @param nextHeaderAt where the field is that names the fragment header
     * @return the whole packet if it is complete: valid until {@link #release}; else 0
     */
    long add(final EthernetInterface in, final Packet packet, final int header, final int nextHeaderAt) {
        final long at = packet.network;
        final int flags = Memory.getUnsignedShortBE(at + header + 2);
        final boolean last = (flags & MORE) == 0;
        final int start = flags & ~7;
        final int payload = packet.networkLength - header - HEADER;
        final int end = start + payload;
        if (!last && (payload & 7) != 0) {
            in.drop(DropReason.FRAGMENT_MALFORMED);
            icmp.parameterProblem(packet, Icmpv6.ERRONEOUS_FIELD, 4, false);
            return 0;
        }
        if (header - Ipv6.HEADER + end > Ipv6.MAX_PAYLOAD) {
            in.drop(DropReason.FRAGMENT_MALFORMED);
            icmp.parameterProblem(packet, Icmpv6.ERRONEOUS_FIELD, header + 2, false);
            return 0;
        }
        if (payload == 0 && !(start == 0 && last) || header > Ipv6Datagram.PREFIX) {
            in.drop(DropReason.FRAGMENT_MALFORMED);
            return 0;
        }
        final int id = Memory.getIntBE(at + header + 4);
        final boolean atomic = start == 0 && last;
        final Ipv6Datagram datagram = atomic ? begin(in, packet, id) : findOrBegin(in, packet, id);
        final DropReason refused = refusal(datagram, packet, start, end, last);
        if (refused != null) {
            in.drop(refused);
            return 0;
        }
        datagram.add(at + header + HEADER, start, end, last);
        if (start == 0) {
            datagram.keepPrefix(at, header, nextHeaderAt, Memory.getUnsignedByte(at + header));
            if (!atomic && !hasWholeChain(datagram)) {
                recycle(datagram);
                in.drop(DropReason.FRAGMENT_MALFORMED);
                icmp.parameterProblem(packet, Icmpv6.INCOMPLETE_CHAIN, 0, false);
                return 0;
            }
        }
        return datagram.complete() ? finish(datagram) : 0;
    }

    /** RFC 7112 §5: all headers, the transport's first bytes included, are in the first fragment. */
    private boolean hasWholeChain(final Ipv6Datagram datagram) {
        final int length = datagram.contiguous();
        final boolean walked = chain.walk(datagram.start(), length);
        return walked && (chain.protocol == Ipv6.NO_NEXT_HEADER || chain.offset + HEADER <= length);
    }

    private static DropReason refusal(
            final Ipv6Datagram datagram, final Packet packet, final int start, final int end, final boolean last) {
        if (datagram.spoilt || datagram.has(start, end)) {
            return DropReason.FRAGMENT_OVERLAP;
        }
        if (datagram.overlaps(start, end)) {
            datagram.spoilt = true;
            return DropReason.FRAGMENT_OVERLAP;
        }
        if (!datagram.hasRoom()) {
            return DropReason.FRAGMENT_LIMIT;
        }
        if (!datagram.endFits(end, last)) {
            return DropReason.FRAGMENT_MALFORMED;
        }
        return datagram.takeEcn(packet.tos) ? null : DropReason.FRAGMENT_ECN;
    }

    private Ipv6Datagram find(final Packet packet, final int id) {
        for (final Ipv6Datagram slot : slots) {
            if (slot != null && slot.matches(packet, id)) {
                return slot;
            }
        }
        return null;
    }

    private Ipv6Datagram findOrBegin(final EthernetInterface in, final Packet packet, final int id) {
        final Ipv6Datagram known = find(packet, id);
        return known != null ? known : begin(in, packet, id);
    }

    private Ipv6Datagram begin(final EthernetInterface in, final Packet packet, final int id) {
        int free = -1;
        Ipv6Datagram oldest = null;
        for (int i = 0; i < LIMIT; i++) {
            final Ipv6Datagram slot = slots[i];
            if (slot == null || slot.buffer == 0) {
                free = i;
            } else if (oldest == null || slot.begun < oldest.begun) {
                oldest = slot;
            }
        }
        if (free >= 0 && slots[free] == null) {
            slots[free] = new Ipv6Datagram(this);
        } else if (free < 0) {
            oldest.in.drop(DropReason.FRAGMENT_LIMIT);
            recycle(oldest);
        }
        final Ipv6Datagram datagram = free >= 0 ? slots[free] : oldest;
        final long now = environment.clock().millis();
        datagram.begin(packet, id, in, memory.take(), now);
        environment.timers().arm(datagram, now + TIMEOUT);
        return datagram;
    }

    private long finish(final Ipv6Datagram datagram) {
        environment.timers().cancel(datagram);
        if (datagram.payloadLength() > Ipv6.MAX_PAYLOAD) {
            datagram.in.drop(DropReason.FRAGMENT_MALFORMED);
            recycle(datagram);
            return 0;
        }
        finished = datagram;
        return datagram.finish();
    }

    /** Ends the use of what {@link #add} returned. */
    void release() {
        recycle(finished);
        finished = null;
    }

    /** Whether another fragment of the packet has come. */
    boolean knows(final Packet packet, final int header) {
        return find(packet, Memory.getIntBE(packet.network + header + 4)) != null;
    }

    /** Gives up the packets that came in by an interface which goes. */
    void forget(final LinkInterface in) {
        for (final Ipv6Datagram slot : slots) {
            if (slot != null && slot.buffer != 0 && slot.in == in) {
                in.drop(DropReason.FRAGMENT_TIMEOUT);
                recycle(slot);
            }
        }
    }

    private void recycle(final Ipv6Datagram datagram) {
        environment.timers().cancel(datagram);
        memory.give(datagram.buffer);
        datagram.buffer = 0;
        datagram.in = null;
    }

    /** Time is up. The sender is told, if the first fragment is there to be quoted. */
    void expired(final Ipv6Datagram datagram) {
        datagram.in.drop(DropReason.FRAGMENT_TIMEOUT);
        if (datagram.hasPrefix() && !datagram.spoilt) {
            icmp.reassemblyTimeout(datagram);
        }
        recycle(datagram);
    }
}
