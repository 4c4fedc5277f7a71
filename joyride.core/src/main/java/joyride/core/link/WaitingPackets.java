package joyride.core.link;

import java.util.List;
import java.util.function.IntFunction;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;

/** Packets of one link that wait until their next hop is known, in memory of their own: the oldest of a neighbour goes for a new one. */
final class WaitingPackets {
    /** As many wait for one neighbour at most. */
    static final int EACH = 16;

    private static final int USUAL_MTU = 1500;

    private final EthernetInterface link;
    private final IntFunction<BufferPool> pools;
    private BufferPool memory;

    /** @param pools makes memory for packets of the size given */
    WaitingPackets(final EthernetInterface link, final IntFunction<BufferPool> pools, final int mtu) {
        this.link = link;
        this.pools = pools;
        memory = pools.apply(Math.min(mtu, USUAL_MTU));
    }

    /** Packets of up to {@code mtu} bytes wait from now on; what these neighbours wait for is given up if memory changes for it. */
    void carry(final int mtu, final List<Neighbour> waiting) {
        if (mtu > memory.size()) {
            for (final Neighbour neighbour : waiting) {
                giveUp(neighbour, false);
            }
            memory = pools.apply(mtu);
        }
    }

    /** Keeps a copy of a packet. */
    void keep(final Neighbour neighbour, final long packet, final int length, final int flags) {
        if (neighbour.held == null) {
            neighbour.held = new long[EACH];
            neighbour.heldLengths = new int[EACH];
            neighbour.heldFlags = new int[EACH];
        }
        if (neighbour.heldCount == EACH) {
            memory.give(neighbour.held[0]);
            dropFirst(neighbour);
            link.drop(full(neighbour));
        }
        final long copy = length <= memory.size() ? memory.take() : 0;
        if (copy == 0) {
            link.drop(full(neighbour));
            return;
        }
        Memory.copy(packet, copy, length);
        final int i = neighbour.heldCount++;
        neighbour.held[i] = copy;
        neighbour.heldLengths[i] = length;
        neighbour.heldFlags[i] = flags;
    }

    private static DropReason full(final Neighbour neighbour) {
        return neighbour.type == EthernetInterface.TYPE_IPV6 ? DropReason.ND_QUEUE_FULL : DropReason.ARP_QUEUE_FULL;
    }

    private static DropReason unresolved(final Neighbour neighbour) {
        return neighbour.type == EthernetInterface.TYPE_IPV6 ? DropReason.ND_UNRESOLVED : DropReason.ARP_UNRESOLVED;
    }

    private static void dropFirst(final Neighbour n) {
        n.heldCount--;
        System.arraycopy(n.held, 1, n.held, 0, n.heldCount);
        System.arraycopy(n.heldLengths, 1, n.heldLengths, 0, n.heldCount);
        System.arraycopy(n.heldFlags, 1, n.heldFlags, 0, n.heldCount);
    }

    /** Drops what waits. @param tell whether the transports hear that the next hop does not answer */
    void giveUp(final Neighbour neighbour, final boolean tell) {
        for (int i = 0; i < neighbour.heldCount; i++) {
            link.drop(unresolved(neighbour));
            if (tell) {
                link.unreachable(neighbour.held[i], neighbour.heldLengths[i]);
            }
            memory.give(neighbour.held[i]);
        }
        neighbour.heldCount = 0;
    }

    /** Sends what waited: the neighbour is usable. */
    void send(final Neighbour neighbour) {
        final int count = neighbour.heldCount;
        neighbour.heldCount = 0;
        for (int i = 0; i < count; i++) {
            link.output().sendCopy(neighbour, neighbour.held[i], neighbour.heldLengths[i], neighbour.heldFlags[i]);
            memory.give(neighbour.held[i]);
        }
    }
}
