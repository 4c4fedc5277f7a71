package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.JR_SOCKETS;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_WANT;

import java.util.Arrays;
import joyride.api.memory.Memory;

/** The socket slots of an instance: one endpoint object for each that was ever used, free ones last in, first out. On the event loop. */
final class SocketTable {
    private static final System.Logger LOG = System.getLogger(SocketTable.class.getName());

    private final ShmInstance instance;
    private ShmEndpoint[] endpoints = new ShmEndpoint[64];
    private int count;
    private int[] free = new int[64];
    private int freeCount;
    private int inUse;
    private boolean limitTold;

    SocketTable(final ShmInstance instance) {
        this.instance = instance;
    }

    /** A free slot, begun; null if there is none, or no memory for one more. */
    ShmEndpoint allocate() {
        final ShmEndpoint endpoint;
        if (inUse == instance.pool().mostWindows()) {
            tellLimit();
            return null;
        } else if (freeCount > 0) {
            endpoint = endpoints[free[--freeCount]];
        } else if (count < JR_SOCKETS) {
            endpoint = add();
        } else {
            return null;
        }
        inUse++;
        endpoint.begin();
        return endpoint;
    }

    private ShmEndpoint add() {
        if (count == endpoints.length) {
            endpoints = Arrays.copyOf(endpoints, count * 2);
            free = Arrays.copyOf(free, count * 2);
        }
        final ShmEndpoint endpoint =
                new ShmEndpoint(instance, count, instance.memory().socket(count));
        endpoints[count++] = endpoint;
        return endpoint;
    }

    private void tellLimit() {
        if (!limitTold) {
            limitTold = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "instance " + instance.core().id() + " ("
                            + instance.core().name() + ") has " + inUse
                            + " sockets, as many as its memory serves; raise 'memory' of joyride.ipc.shm");
        }
    }

    /** Takes back a slot that nobody holds and core is done with. */
    void free(final ShmEndpoint endpoint) {
        inUse--;
        free[freeCount++] = endpoint.slot;
    }

    /** Slots that were ever used: the first ones. */
    int count() {
        return count;
    }

    int inUse() {
        return inUse;
    }

    /** The endpoint of a slot below {@link #count}. */
    ShmEndpoint at(final int slot) {
        return endpoints[slot];
    }

    /** The socket that a program named; null if there is none of that generation. */
    ShmEndpoint find(final int slot, final int generation) {
        if (slot < 0 || slot >= count) {
            return null;
        }
        final ShmEndpoint endpoint = endpoints[slot];
        return endpoint.inUse() && endpoint.generation() == generation ? endpoint : null;
    }

    /** The socket that a process named, if it holds it; what it accepted a moment ago counts. */
    ShmEndpoint held(final int slot, final int generation, final int process) {
        final ShmEndpoint endpoint = find(slot, generation);
        if (endpoint == null) {
            return null;
        }
        endpoint.takeInClaim();
        return endpoint.heldBy(process) ? endpoint : null;
    }

    /** Process {@code child} holds what {@code parent} holds. */
    void inherit(final int parent, final int child) {
        for (int slot = 0; slot < count; slot++) {
            if (endpoints[slot].inUse() && endpoints[slot].heldBy(parent)) {
                endpoints[slot].hold(child);
            }
        }
    }

    /** A process is gone: it holds nothing any more, and what waits to be accepted is offered to others. */
    void releaseAll(final int process) {
        for (int slot = 0; slot < count; slot++) {
            final ShmEndpoint endpoint = endpoints[slot];
            if (endpoint.inUse() && endpoint.heldBy(process)) {
                endpoint.unhold(process, false);
                if (endpoint.hasWaiting()) {
                    endpoint.tellAgain();
                }
            }
        }
    }

    /** Closes listeners on {@code port} for which no descriptor stands any more. @return whether there were any */
    boolean dropStaleListeners(final int port) {
        boolean dropped = false;
        for (int slot = 0; slot < count; slot++) {
            final ShmEndpoint endpoint = endpoints[slot];
            dropped |= endpoint.inUse()
                    && endpoint.listening() != null
                    && endpoint.socket() != null
                    && endpoint.socket().localPort() == port
                    && endpoint.closeIfTwinGone();
        }
        return dropped;
    }

    /** Readiness queue {@code queue} is gone. */
    void forgetQueue(final int queue) {
        for (int slot = 0; slot < count; slot++) {
            if (endpoints[slot].inUse()) {
                SocketWords.forgetQueue(endpoints[slot].at, queue);
            }
        }
    }

    /** Process {@code number} has chunks again, a full fence before this: sockets of it that wait for them are told. */
    void tellWanting(final int number) {
        for (int slot = 0; slot < count; slot++) {
            final ShmEndpoint endpoint = endpoints[slot];
            // Of many thousand sockets few wait, so the others are not so much as put on the turn's list.
            if (Memory.getInt(endpoint.at + SOCKET_TX_WANT) != 0 && endpoint.inUse() && endpoint.heldBy(number)) {
                endpoint.writable();
            }
        }
    }

    // ---- left to a successor

    void save(final BooksWriter to) {
        to.number(count);
        for (int slot = 0; slot < count; slot++) {
            SlotHandover.save(endpoints[slot], to);
        }
        for (int slot = 0; slot < count; slot++) {
            SlotHandover.saveQueue(endpoints[slot], to);
        }
        to.numbers(free, freeCount).flag(limitTold);
    }

    void restore(final BooksReader from) {
        final int slots = from.number(0, JR_SOCKETS);
        while (count < slots) {
            SlotHandover.restore(add(), from);
        }
        for (int slot = 0; slot < count; slot++) {
            SlotHandover.restoreQueue(endpoints[slot], from);
        }
        for (final int slot : from.numbers(count)) {
            if (slot < 0 || slot >= count || endpoints[slot].inUse()) {
                throw new IllegalStateException("socket " + slot + " is free and in use");
            }
            free[freeCount++] = slot;
        }
        inUse = count - freeCount;
        limitTold = from.flag();
    }

    /** The slot of a number in the books. */
    ShmEndpoint at(final BooksReader from) {
        return endpoints[from.number(0, count - 1)];
    }

    /** Its endpoints take their places behind their sockets. */
    void takePlaces() {
        for (int slot = 0; slot < count; slot++) {
            SlotHandover.takePlace(endpoints[slot]);
        }
    }
}
