package joyride.api.nic;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import joyride.api.memory.Memory;

/**
 * Frames of one burst, reused: parallel arrays, filled from the front. Belongs to one event loop.
 *
 * <p>The handles lie outside the heap, so that a driver whose handles are pointers gives the array itself to the functions that fill and take it. Drivers may
 * use the arrays in their loops; everybody else goes through the methods for one frame.
 */
public final class PacketBatch {
    /** The usual burst. */
    public static final int BURST = 64;

    private static final int LINE = 64;

    /** Keeps {@link #handles}. */
    private final MemorySegment memory;

    private final long handles;
    private final long[] addresses;
    private final int[] lengths;
    private final int[] flags;
    private int size;

    public PacketBatch(final int capacity) {
        memory = Arena.ofAuto().allocate((long) capacity * Long.BYTES, LINE);
        handles = memory.address();
        addresses = new long[capacity];
        lengths = new int[capacity];
        flags = new int[capacity];
    }

    public int capacity() {
        return addresses.length;
    }

    public int size() {
        return size;
    }

    public boolean isFull() {
        return size == addresses.length;
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
        addresses[i] = address;
        lengths[i] = length;
        this.flags[i] = flags;
        Memory.putLong(Memory.pointer(handles) + (long) i * Long.BYTES, handle);
    }

    public long handle(final int i) {
        return Memory.getLong(Memory.pointer(handles) + (long) Objects.checkIndex(i, addresses.length) * Long.BYTES);
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

    // --- for drivers

    /** Where the handles lie, 8 bytes each, {@link #capacity} of them: as long as the batch is reachable. */
    public long handles() {
        return handles;
    }

    /** As many as the capacity; as {@link #address}. */
    public long[] addresses() {
        return addresses;
    }

    /** As many as the capacity; as {@link #length}. */
    public int[] lengths() {
        return lengths;
    }

    /** As many as the capacity; as {@link #flags}. */
    public int[] flags() {
        return flags;
    }

    /** The first frames were set in the arrays. @param size how many */
    public void filled(final int size) {
        this.size = Objects.checkIndex(size, addresses.length + 1);
    }
}
