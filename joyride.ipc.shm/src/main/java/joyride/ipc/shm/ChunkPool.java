package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.JR_CHUNK_SHIFT;

/**
 * The chunks of an instance's ring memory, and who owns each. The books are in private memory: an index that a program
 * wrote counts only if they agree. Free chunks are a stack, so that the memory in use stays small and in the cache.
 *
 * <p>Receive windows are promises: a promised chunk is not taken yet, but one will be there. Never more is promised than
 * is free, and half of all memory is kept for the first two chunks of every window, so that many windows or much
 * unacknowledged data cannot close the others. On the event loop; nothing allocates.
 */
final class ChunkPool {
    static final int FREE = 0;
    static final int RECEIVE = 1;
    static final int SEND = 2;
    /** Lent to a process, which has not put it to use yet. */
    static final int MAGAZINE = 3;
    /** In a send table, put there by a process that died before it published. */
    static final int ORPHAN = 4;

    /** What every receive window gets as long as there is any memory: it never closes for others' sake. */
    private static final int BASIC = 2;

    private static final int KIND = 28;
    private static final int HOLDER = (1 << KIND) - 1;

    private final long base;
    private final int[] owner;
    private final int[] stack;
    private int top;
    private int promised;
    /** How much of {@link #basicGoal} windows have. */
    private int basic;

    private final int basicGoal;
    private final int sendShare;

    ChunkPool(final long base, final int count) {
        this.base = base;
        owner = new int[count];
        stack = new int[count];
        for (int i = 0; i < count; i++) {
            stack[i] = count - 1 - i;
        }
        top = count;
        basicGoal = count / 2;
        sendShare = count / 8;
    }

    int capacity() {
        return owner.length;
    }

    /** How many windows there may be, so that each can have its first chunks. */
    int mostWindows() {
        return Math.max(1, basicGoal / BASIC);
    }

    /** Chunks that nobody has. */
    int free() {
        return top;
    }

    /** Chunks that are neither owned nor promised. */
    int available() {
        return top - promised;
    }

    int promised() {
        return promised;
    }

    long address(final int chunk) {
        return base + ((long) chunk << JR_CHUNK_SHIFT);
    }

    /** Whether {@code chunk}, a number that a program wrote, exists and is owned so. */
    boolean owns(final int chunk, final int kind, final int holder) {
        return chunk >= 0 && chunk < owner.length && owner[chunk] == (kind << KIND | holder);
    }

    /** The kind of {@code chunk}'s owner; {@link #FREE} if there is no such chunk. */
    int kind(final int chunk) {
        return chunk >= 0 && chunk < owner.length ? owner[chunk] >>> KIND : FREE;
    }

    int holder(final int chunk) {
        return owner[chunk] & HOLDER;
    }

    void transfer(final int chunk, final int kind, final int holder) {
        owner[chunk] = kind << KIND | holder;
    }

    /** Chunks that may go to whoever asks: not kept for windows that have less than they need. */
    private int spare() {
        return available() - Math.max(0, basicGoal - basic);
    }

    /**
     * Promises up to {@code count} chunks to a receive window that has {@code had}. The first two are kept back for it; beyond them it
     * gets at most an eighth of what is left, and a share stays for sending.
     */
    int promise(final int count, final int had) {
        final int first = Math.min(Math.min(count, available()), Math.max(0, BASIC - had));
        basic += first;
        promised += first;
        final int spare = beyondFirst();
        final int more = spare <= 0 ? 0 : Math.min(count - first, Math.max(1, spare >> 3));
        promised += more;
        return first + more;
    }

    /** Whether a window that has its first chunks would get another. */
    boolean hasMore() {
        return beyondFirst() > 0;
    }

    private int beyondFirst() {
        return spare() - sendShare;
    }

    /** A window that had {@code had} chunks has one less; the chunk was given back, or its promise is void. */
    void shrunk(final int had) {
        if (had <= BASIC) {
            basic--;
        }
    }

    void unpromise(final int count) {
        promised -= count;
    }

    /** A chunk was just given back whose place in the window stays promised. */
    void repromise() {
        promised++;
    }

    /** Takes a promised chunk. */
    int takePromised(final int slot) {
        promised--;
        return pop(RECEIVE, slot);
    }

    /** Takes a chunk that is neither promised nor kept for windows; -1 if there is none. */
    int take(final int kind, final int holder) {
        return spare() > 0 ? pop(kind, holder) : -1;
    }

    private int pop(final int kind, final int holder) {
        final int chunk = stack[--top];
        owner[chunk] = kind << KIND | holder;
        return chunk;
    }

    void give(final int chunk) {
        owner[chunk] = FREE;
        stack[top++] = chunk;
    }

    /** Takes back what a dead process had been lent and had not put to use. */
    void reclaimMagazine(final int process) {
        final int tag = MAGAZINE << KIND | process;
        for (int chunk = 0; chunk < owner.length; chunk++) {
            if (owner[chunk] == tag) {
                give(chunk);
            }
        }
    }

    // ---- left to a successor

    void save(final BooksWriter to) {
        to.numbers(owner, owner.length).numbers(stack, top).number(promised).number(basic);
    }

    /** Of a pool of as many chunks. */
    void restore(final BooksReader from) {
        final int[] owners = from.numbers(owner.length);
        final int[] free = from.numbers(owner.length);
        if (owners.length != owner.length) {
            throw new IllegalStateException("books of " + owners.length + " chunks, the memory has " + owner.length);
        }
        for (final int chunk : free) {
            if (chunk < 0 || chunk >= owners.length || owners[chunk] != FREE) {
                throw new IllegalStateException("chunk " + chunk + " is free in one book and not in the other");
            }
        }
        System.arraycopy(owners, 0, owner, 0, owners.length);
        System.arraycopy(free, 0, stack, 0, free.length);
        top = free.length;
        promised = from.number(0, owner.length);
        basic = from.number(0, owner.length);
    }
}
