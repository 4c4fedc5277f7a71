package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import joyride.api.memory.Memory;

/**
 * Who in an instance asked for attention: the bitmaps of dirty sockets, of submitted calls, and of processes with commands,
 * drained from the top. What a turn leaves goes first in the next. On the event loop; allocates nothing.
 */
final class Attention {
    private static final int CALLS_A_TURN = 64;
    private static final int SUMMARIES = JR_BITMAP_WORDS / 64;

    private final InstanceMemory memory;
    private final SocketTable sockets;
    private final ProcessTable processes;
    private final Calls calls;
    private final long[] dirty = new long[SUMMARIES];
    /** The word of the bitmap that is next, if somebody marked it. */
    private int cursor;

    private int looked;

    /** Slots of sockets that were marked and are looked at next: those of a turn, or two words of the bitmap. */
    private final int[] found = new int[2 * 64];

    private int foundCount;

    /** What was read ahead comes to: the compiler leaves loads out that lead to nothing. */
    private int ahead;

    private long called;

    Attention(final InstanceMemory memory, final SocketTable sockets, final ProcessTable processes, final Calls calls) {
        this.memory = memory;
        this.sockets = sockets;
        this.processes = processes;
        this.calls = calls;
    }

    /** Carries out what the programs asked for. @param most sockets to look at, give or take a word of the bitmap @return how much */
    int poll(final int most) {
        int done = 0;
        if (Memory.getLong(memory.base + HEADER_RUNG) != 0) {
            final long rung = Memory.getAndSetLong(memory.base + HEADER_RUNG, 0);
            if ((rung & JR_RING_SOCKETS) != 0) {
                takeSummaries();
            }
            if ((rung & JR_RING_CALLS) != 0) {
                called |= Memory.getAndSetLong(memory.base + HEADER_CALLS, 0);
            }
            if ((rung & JR_RING_PROCESSES) != 0) {
                done += attend();
            }
            done++;
        }
        looked = pollSockets(most);
        done += looked;
        if (called != 0) {
            done += pollCalls(CALLS_A_TURN);
        }
        return done;
    }

    /** Sockets that the last {@link #poll} looked at. */
    int looked() {
        return looked;
    }

    /** Looks at a socket again in the next turn, as if its program had marked it. */
    void again(final int slot) {
        final int word = slot / 64;
        Memory.getAndBitwiseOrLong(memory.dirtyWord(word), 1L << (slot & 63));
        dirty[word / 64] |= 1L << (word & 63);
    }

    /** Takes in all that programs have written so far, without bound: before a process comes or goes. */
    void takeIn() {
        takeSummaries();
        pollSockets(Integer.MAX_VALUE);
        attend();
    }

    private void takeSummaries() {
        for (int i = 0; i < SUMMARIES; i++) {
            final long at = memory.base + HEADER_DIRTY + 8L * i;
            if (Memory.getLongVolatile(at) != 0) {
                dirty[i] |= Memory.getAndSetLong(at, 0);
            }
        }
    }

    private int pollSockets(final int most) {
        int done = 0;
        // Once around; the summary that it begins in comes twice, the part before the cursor last.
        for (int i = 0; i <= SUMMARIES && done < most; i++) {
            final int summary = cursor >>> 6;
            long ahead = dirty[summary] & -1L << cursor;
            while (ahead != 0 && done < most) {
                final int bit = Long.numberOfTrailingZeros(ahead);
                ahead &= ahead - 1;
                dirty[summary] &= ~(1L << bit);
                cursor = summary * 64 + bit + 1 & JR_BITMAP_WORDS - 1;
                done += pollWord(summary * 64 + bit);
            }
            if (ahead == 0) {
                cursor = (summary + 1) * 64 & JR_BITMAP_WORDS - 1;
            }
        }
        look();
        return done;
    }

    /** Notes who is marked in a word. @return how many */
    private int pollWord(final int word) {
        long bits = Memory.getAndSetLong(memory.dirtyWord(word), 0);
        final int before = foundCount;
        while (bits != 0) {
            final int slot = word * 64 + Long.numberOfTrailingZeros(bits);
            bits &= bits - 1;
            if (slot < sockets.count()) {
                found[foundCount++] = slot;
            }
        }
        final int done = foundCount - before;
        if (foundCount > found.length - 64) {
            look();
        }
        return done;
    }

    private void look() {
        readAhead();
        for (int i = 0; i < foundCount; i++) {
            sockets.at(found[i]).dirty();
        }
        foundCount = 0;
    }

    /** As {@link joyride.api.memory.ReadsAhead}: of many sockets that are open each lies elsewhere. */
    private void readAhead() {
        int sum = 0;
        for (int i = 0; i < foundCount; i++) {
            final ShmEndpoint endpoint = sockets.at(found[i]);
            sum += endpoint.turnPending + SocketWords.readAhead(memory.socket(found[i]));
        }
        for (int step = 0; step < 2; step++) {
            for (int i = 0; i < foundCount; i++) {
                sum += sockets.at(found[i]).readAhead(step);
            }
        }
        ahead = sum;
    }

    private int pollCalls(final int budget) {
        int done = 0;
        while (called != 0 && done < budget) {
            final int word = Long.numberOfTrailingZeros(called);
            called &= called - 1;
            long bits = Memory.getAndSetLong(memory.callWord(word), 0);
            while (bits != 0) {
                final int waiter = word * 64 + Long.numberOfTrailingZeros(bits);
                bits &= bits - 1;
                calls.carryOut(waiter);
                done++;
            }
        }
        return done;
    }

    private int attend() {
        int done = 0;
        for (int word = 0; word < JR_PROCESSES / 64; word++) {
            final long at = memory.base + HEADER_PROCESS_ATTENTION + 8L * word;
            if (Memory.getLongVolatile(at) == 0) {
                continue;
            }
            long bits = Memory.getAndSetLong(at, 0);
            while (bits != 0) {
                final int number = word * 64 + Long.numberOfTrailingZeros(bits);
                bits &= bits - 1;
                if (processes.attached(number)) {
                    processes.at(number).attend();
                    done++;
                }
            }
        }
        return done;
    }

    // ---- left to a successor

    /** What was taken from the bitmaps and not looked at yet; the rest lies there still. */
    void save(final BooksWriter to) {
        for (final long summary : dirty) {
            to.number(summary);
        }
        to.number(cursor).number(called);
    }

    void restore(final BooksReader from) {
        for (int i = 0; i < SUMMARIES; i++) {
            dirty[i] = from.longNumber();
        }
        cursor = from.number(0, JR_BITMAP_WORDS - 1);
        called = from.longNumber();
    }
}
