package joyride.nic.wire;

/** Frames on the way, by the time at which they arrive, first sent first among equals: a binary heap of fixed capacity. */
public final class DueQueue {
    private final long[] dues;
    private final long[] orders;
    private final long[] handles;
    private final int[] lengths;
    private long order;
    private int size;

    /** @param capacity frames; the caller never adds more */
    public DueQueue(final int capacity) {
        dues = new long[capacity];
        orders = new long[capacity];
        handles = new long[capacity];
        lengths = new int[capacity];
    }

    /** Frames on the way. */
    public int size() {
        return size;
    }

    /** When the first frame arrives; {@link Long#MAX_VALUE} if there is none. */
    public long due() {
        return size == 0 ? Long.MAX_VALUE : dues[0];
    }

    /** The first frame's handle; there is one. */
    public long handle() {
        return handles[0];
    }

    /** The first frame's length; there is one. */
    public int length() {
        return lengths[0];
    }

    /** Adds a frame that arrives at {@code due}, ns; behind those that arrive at the same time. */
    public void add(final long handle, final int length, final long due) {
        int i = size++;
        final long mine = order++;
        while (i > 0) {
            final int parent = i - 1 >>> 1;
            if (!before(due, mine, parent)) {
                break;
            }
            move(parent, i);
            i = parent;
        }
        put(i, due, mine, handle, length);
    }

    /** Takes the first frame out. */
    public void remove() {
        final int last = --size;
        if (last == 0) {
            return;
        }
        final long due = dues[last];
        final long mine = orders[last];
        int i = 0;
        while (2 * i + 1 < last) {
            int child = 2 * i + 1;
            if (child + 1 < last && before(dues[child + 1], orders[child + 1], child)) {
                child++;
            }
            if (before(due, mine, child)) {
                break;
            }
            move(child, i);
            i = child;
        }
        put(i, due, mine, handles[last], lengths[last]);
    }

    private boolean before(final long due, final long mine, final int other) {
        return due < dues[other] || (due == dues[other] && mine < orders[other]);
    }

    private void move(final int from, final int to) {
        put(to, dues[from], orders[from], handles[from], lengths[from]);
    }

    private void put(final int at, final long due, final long mine, final long handle, final int length) {
        dues[at] = due;
        orders[at] = mine;
        handles[at] = handle;
        lengths[at] = length;
    }
}
