package joyride.api.nic;

/**
 * Frames of one burst, reused: parallel arrays, filled from the front. Belongs to one event loop.
 */
public final class PacketBatch {
    /** The usual burst. */
    public static final int BURST = 64;

    private final long[] handles;
    private final long[] addresses;
    private final int[] lengths;
    private final int[] flags;
    private int size;

    public PacketBatch(final int capacity) {
        handles = new long[capacity];
        addresses = new long[capacity];
        lengths = new int[capacity];
        flags = new int[capacity];
    }

    public int capacity() {
        return handles.length;
    }

    public int size() {
        return size;
    }

    public boolean isFull() {
        return size == handles.length;
    }

    /**
     * Appends a frame; the batch is not full.
     *
     * @param address where its Ethernet header begins
     * @param length bytes
     * @param flags bits of {@link Offload}, and a segment size where one of them needs it
     */
    public void add(final long handle, final long address, final int length, final int flags) {
        final int i = size++;
        handles[i] = handle;
        addresses[i] = address;
        lengths[i] = length;
        this.flags[i] = flags;
    }

    public long handle(final int i) {
        return handles[i];
    }

    public long address(final int i) {
        return addresses[i];
    }

    public int length(final int i) {
        return lengths[i];
    }

    public int flags(final int i) {
        return flags[i];
    }

    public void clear() {
        size = 0;
    }
}
