package joyride.api.nic;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import joyride.api.memory.Memory;

/**
 * Frames of one burst, reused: parallel arrays, filled from the front. Belongs to one event loop.
 *
 * <p>The handles lie outside the heap, so that a driver whose handles are pointers gives the array itself to the functions that fill and take it. Drivers may
 * use the arrays in their loops; everybody else goes through the methods for one frame.
 *
 * <p>A received frame lies in one piece, unless the batch {@linkplain #takeBodies takes bodies}: then a driver may leave a frame's payload where it arrived
 * ({@link #body}), so that it is copied but once, to where it goes.
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
    private final long[] bodies;
    private boolean takesBodies;
    private int size;

    public PacketBatch(final int capacity) {
        memory = Arena.ofAuto().allocate((long) capacity * Long.BYTES, LINE);
        handles = memory.address();
        addresses = new long[capacity];
        lengths = new int[capacity];
        flags = new int[capacity];
        bodies = new long[capacity];
    }

    /**
     * Whether frames received into this batch from now on may come with a {@link #body}: for whoever looks at payload once, if at all. No, if it was never
     * said.
     */
    public void takeBodies(final boolean wanted) {
        takesBodies = wanted;
    }

    /** What {@link #takeBodies} said last. */
    public boolean takesBodies() {
        return takesBodies;
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
        bodies[i] = 0;
        Memory.putLong(Memory.pointer(handles) + (long) i * Long.BYTES, handle);
    }

    /**
     * Appends a received frame whose payload lies elsewhere; the batch is not full, and {@link #takesBodies}.
     *
     * @param address where its Ethernet header begins, with room for the whole frame
     * @param length bytes of the whole frame
     * @param body as {@link #body}
     */
    public void add(final long handle, final long address, final int length, final int flags, final long body) {
        add(handle, address, length, flags);
        bodies[size - 1] = body;
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

    /**
     * Where the payload of TCP lies, if not behind its header; 0: the frame lies in one piece. Such a frame is unfragmented TCP over IPv4 without options or IPv6
     * without extension headers, with {@link Offload#RX_CHECKSUM_GOOD}, and ends where its packet does. What lies at {@link #address} ends with TCP's header; there is room behind it for
     * the payload. The body is there until the frame is released, in memory that others may write to meanwhile: whoever looks twice may see two things, and no length or header is there.
     */
    public long body(final int i) {
        return bodies[i];
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
        Arrays.fill(bodies, 0, size, 0);
    }
}
