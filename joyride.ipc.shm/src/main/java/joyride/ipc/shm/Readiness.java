package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import java.util.Arrays;
import joyride.api.memory.Memory;

/**
 * How an instance's programs learn of edges: bits in readiness queues, and wake-ups of those who sleep. Called at the end of
 * a turn, after a full fence that follows everything published. Whom to wake is noted first and woken by {@link #ring}, when
 * all is told: whoever wakes may take the loop's core at once, and would find a part of what the turn brought. On the event
 * loop; allocates only when a waiter is registered.
 */
final class Readiness {
    private static final int EVERY_QUEUE = 0xffff;

    private final ShmInstance instance;
    private final InstanceMemory memory;
    /** {@link Waker} by waiter; -1: none. */
    private int[] wakers = new int[0];

    private int[] processes = new int[0];
    /** Waiters to wake, each named by somebody who told. */
    private int[] due = new int[0];

    private int dueCount;
    private boolean allDue;
    private int rotor;

    Readiness(final ShmInstance instance, final InstanceMemory memory) {
        this.instance = instance;
        this.memory = memory;
    }

    /** Takes over the waker of waiter {@code number}, and rings it once: a wake-up may have been due before. */
    void register(final int number, final int process, final int waker) {
        if (number >= wakers.length) {
            final int before = wakers.length;
            final int length = Math.min(JR_WAITERS, Math.max(number + 1, before * 2));
            wakers = Arrays.copyOf(wakers, length);
            processes = Arrays.copyOf(processes, length);
            due = Arrays.copyOf(due, length);
            Arrays.fill(wakers, before, length, -1);
        }
        if (wakers[number] >= 0) {
            Closer.close(Waker.descriptor(wakers[number]));
        }
        wakers[number] = waker;
        processes[number] = process;
        Waker.ring(waker);
    }

    /** Forgets the waiters and queues of a process whose program is gone. */
    void forget(final int process) {
        forgetWaiters(process);
        forgetQueues(process);
    }

    private void forgetWaiters(final int process) {
        for (int number = 0; number < wakers.length; number++) {
            final long at = memory.waiter(number);
            if (wakers[number] >= 0 && processes[number] == process) {
                Closer.close(Waker.descriptor(wakers[number]));
                wakers[number] = -1;
            }
            if (Memory.getInt(at + WAITER_OWNER) == process + 1) {
                Memory.putInt(at + WAITER_STATUS, JR_CALL_IDLE);
                Memory.putInt(at + WAITER_ASLEEP, 0);
                Memory.putIntRelease(at + WAITER_OWNER, 0);
            }
        }
    }

    private void forgetQueues(final int process) {
        for (int queue = 0; queue < JR_QUEUES; queue++) {
            final long at = memory.queue(queue);
            if (Memory.getInt(at + QUEUE_OWNER) == process + 1) {
                instance.sockets().forgetQueue(queue);
                Memory.zero(memory.queueWord(queue, 0), 8L * JR_BITMAP_WORDS);
                Memory.zero(at + QUEUE_READY, 64);
                Memory.putInt(at + QUEUE_SLEEPER, 0);
                Memory.putIntRelease(at + QUEUE_OWNER, 0);
            }
        }
    }

    void close() {
        for (int number = 0; number < wakers.length; number++) {
            if (wakers[number] >= 0) {
                Closer.close(Waker.descriptor(wakers[number]));
                wakers[number] = -1;
            }
        }
    }

    /** Waiter {@code number} is to be woken, if it sleeps by then. */
    void later(final int number) {
        if (number < 0 || number >= wakers.length || wakers[number] < 0) {
            return;
        }
        if (dueCount == due.length) {
            ring();
        }
        due[dueCount++] = number;
    }

    /** Wakes whom it was noted for. */
    void ring() {
        if (allDue) {
            wakeAll();
        } else {
            for (int i = 0; i < dueCount; i++) {
                wake(due[i]);
            }
        }
        allDue = false;
        dueCount = 0;
    }

    private void wake(final int number) {
        if (wakers[number] < 0) {
            return;
        }
        final long asleep = memory.waiter(number) + WAITER_ASLEEP;
        if (Memory.getInt(asleep) != 0 && Memory.getAndSetInt(asleep, 0) != 0) {
            Waker.ring(wakers[number]);
        }
    }

    /** Wakes everybody who sleeps, at once. */
    void wakeAll() {
        for (int number = 0; number < wakers.length; number++) {
            wake(number);
        }
    }

    /** Whom the word at {@code address} names is to be woken, for this once. */
    private void named(final long address) {
        if (Memory.getInt(address) == 0) {
            return;
        }
        final int named = Memory.getAndSetInt(address, 0);
        if (named == JR_WAITER_MANY) {
            allDue = true;
        } else {
            later(named - 1);
        }
    }

    /** Tells of an edge of socket {@code slot} at {@code at}: its queues, then the threads that wait for these directions. */
    void tell(final ShmEndpoint endpoint, final boolean receive, final boolean send) {
        final long at = endpoint.at;
        final long queues = Memory.getLongVolatile(at + SOCKET_QUEUES);
        if (queues != 0) {
            tellQueues(endpoint, queues, Memory.getLong(at + SOCKET_EXCLUSIVE));
        }
        if (receive) {
            named(at + SOCKET_RX_WAITER);
        }
        if (send) {
            named(at + SOCKET_TX_WAITER);
        }
    }

    private void tellQueues(final ShmEndpoint endpoint, final long queues, final long exclusive) {
        if (queues >>> 48 == EVERY_QUEUE) {
            for (int queue = 0; queue < JR_QUEUES; queue++) {
                if (Memory.getInt(memory.queue(queue) + QUEUE_OWNER) != 0) {
                    tellQueue(queue, endpoint.slot);
                }
            }
            return;
        }
        boolean sharing = false;
        for (int field = 0; field < 4; field++) {
            final int queue = queue(queues, field);
            if (queue >= JR_QUEUES) {
                instance.violation("queues", endpoint.slot, queue + 1L, 0, JR_QUEUES);
                return;
            }
            if (queue >= 0) {
                if (queue(exclusive, field) >= 0) {
                    sharing = true;
                } else {
                    tellQueue(queue, endpoint.slot);
                }
            }
        }
        if (sharing) {
            tellOne(endpoint, queues, exclusive);
        }
    }

    private static int queue(final long fields, final int field) {
        return (int) (fields >>> 16 * field & 0xffff) - 1;
    }

    /** Tells one of the queues that asked for EPOLLEXCLUSIVE, a sleeping one first; the next call prefers another. */
    private void tellOne(final ShmEndpoint endpoint, final long queues, final long exclusive) {
        int chosen = -1;
        boolean sleeping = false;
        rotor++;
        for (int i = 0; i < 4; i++) {
            final int field = rotor + i & 3;
            final int queue = queue(queues, field);
            if (queue >= 0 && queue(exclusive, field) >= 0) {
                final boolean sleeps = Memory.getInt(memory.queue(queue) + QUEUE_SLEEPER) != 0;
                if (chosen < 0 || sleeps && !sleeping) {
                    chosen = queue;
                    sleeping = sleeps;
                }
            }
        }
        if (chosen >= 0) {
            tellQueue(chosen, endpoint.slot);
            instance.toldOne(endpoint);
        }
    }

    private void tellQueue(final int queue, final int slot) {
        final int word = slot >>> 6;
        final long at = memory.queue(queue);
        final long bit = 1L << slot;
        final long place = memory.queueWord(queue, word);
        if ((Memory.getAndBitwiseOrLong(place, bit) & bit) == 0
                || (Memory.getLong(at + QUEUE_READY + 8L * (word >>> 6)) & 1L << word) == 0) {
            final long summary = at + QUEUE_READY + 8L * (word >>> 6);
            if ((Memory.getLongVolatile(summary) & 1L << word) == 0) {
                Memory.getAndBitwiseOrLong(summary, 1L << word);
            }
        }
        named(at + QUEUE_SLEEPER);
    }

    // ---- left to a successor

    void save(final BooksWriter to) {
        to.number(wakers.length).number(rotor);
        for (int number = 0; number < wakers.length; number++) {
            to.flag(wakers[number] >= 0);
            if (wakers[number] >= 0) {
                to.number(processes[number]).number(wakers[number]).descriptor(Waker.descriptor(wakers[number]));
            }
        }
    }

    void restore(final BooksReader from) {
        wakers = new int[from.number(0, JR_WAITERS)];
        processes = new int[wakers.length];
        due = new int[wakers.length];
        rotor = from.number();
        for (int number = 0; number < wakers.length; number++) {
            wakers[number] = -1;
            if (from.flag()) {
                processes[number] = from.number(0, JR_PROCESSES - 1);
                wakers[number] = from.number();
                if (Waker.descriptor(wakers[number]) != from.descriptor()) {
                    throw new IllegalStateException("waiter " + number + " has two descriptors");
                }
            }
        }
    }
}
