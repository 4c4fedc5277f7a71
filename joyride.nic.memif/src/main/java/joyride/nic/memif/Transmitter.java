package joyride.nic.memif;

import joyride.api.memory.Memory;
import joyride.api.nic.PacketBatch;

/**
 * The ring that this end sends by. Frames are made in the shared memory itself: {@link #allocate} gives the next slot's buffer, and {@link #transmit} tells the
 * peer of it, so nothing is copied here. Slots go in order; a frame given back unsent behind others leaves a gap, which a later frame is moved into. On one loop.
 */
final class Transmitter {
    /** Of a word: the frame goes on in the next one. */
    static final int MORE = 1 << 31;

    private static final byte ALLOCATED = 1;
    private static final byte FREED = 2;
    private static final byte READY = 3;

    private final Ring ring;
    private final boolean client;
    private final Regions regions;
    private final int room;
    private final int mask;
    private final MemifCounts counts;
    private final long[] places;
    private final byte[] states;
    private final int[] lengths;
    private final int[] words;
    private final boolean offload;

    /** Free-running; slots from {@link #published} to before {@link #reserved} are out, those to before {@link #limit} may be. */
    private int published;

    /** Behind the last whole frame of what is published: the peer hears of no part of a frame. */
    private int whole;

    private int reserved;
    private int limit;

    /** Slots that are ready or freed behind one that is out. */
    private int waiting;

    private volatile String violation;

    /**
     * @param places where the buffers lie, if they are of this end's making; else they are asked of the descriptors
     * @param room bytes of a buffer
     * @param offload whether descriptors have metadata
     */
    Transmitter(
            final Ring ring,
            final boolean client,
            final Regions regions,
            final long[] places,
            final int room,
            final boolean offload,
            final MemifCounts counts) {
        this.ring = ring;
        this.client = client;
        this.regions = regions;
        this.places = places;
        this.room = room;
        this.offload = offload;
        this.counts = counts;
        mask = ring.size() - 1;
        states = new byte[ring.size()];
        lengths = new int[ring.size()];
        words = new int[ring.size()];
        published = client ? ring.head() : ring.tail();
        whole = published;
        reserved = published;
        limit = published;
    }

    String violation() {
        return violation;
    }

    /** Whether the peer takes units, and frames without a checksum. */
    boolean offload() {
        return offload;
    }

    /** Bytes of a buffer. */
    int room() {
        return room;
    }

    /** Buffers that one frame may be in: half of the ring, so that it does not wait for the last one. */
    int pieces() {
        return Math.clamp(ring.size() / 2, 1, PacketBatch.BURST);
    }

    /** @return the frame's position, to be asked for with {@link #address}; -1: the ring is full */
    int allocate() {
        if (violation != null || reserved == limit && !more()) {
            counts.add(MemifCounter.TX_WAITED, 1);
            return -1;
        }
        final int slot = reserved & mask;
        if (!client) {
            final long descriptor = ring.descriptor(slot);
            final long word = Memory.getLong(descriptor);
            final int there = (int) (word >>> 32);
            final long place = there < room
                    ? 0
                    : regions.resolve(
                            (int) (word >>> 16) & 0xffff,
                            Memory.getInt(descriptor + MemifProtocol.DESCRIPTOR_OFFSET),
                            room);
            if (place == 0) {
                violation = "a buffer of " + there + " bytes where frames need " + room
                        + ", or not in the link's memory; give the client larger ones (buffer.bytes, or bsize of DPDK's net_memif)";
                return -1;
            }
            places[slot] = place;
        }
        states[slot] = ALLOCATED;
        return reserved++ & Integer.MAX_VALUE;
    }

    /** Looks how far the peer is. */
    private boolean more() {
        final int free;
        if (client) {
            final int taken = ring.tail();
            free = ring.size() - (reserved - taken & 0xffff);
        } else {
            free = ring.head() - reserved & 0xffff;
        }
        if (free < 0 || free > ring.size()) {
            violation = "free places in the ring: " + free + ", which has " + ring.size();
            return false;
        }
        limit = reserved + free;
        return free > 0;
    }

    long address(final int position) {
        return places[position & mask];
    }

    void free(final int position) {
        final int slot = position & mask;
        if (states[slot] != ALLOCATED) {
            throw new IllegalStateException("frame " + position + " is not out");
        }
        if (slot == (reserved - 1 & mask)) {
            reserved--;
            if (waiting > 0) {
                reclaim();
            }
            return;
        }
        states[slot] = FREED;
        waiting++;
        final int before = published;
        settle();
        if (published != before) {
            flush();
        }
    }

    /** Puts a frame, or a piece of one, behind those before it. {@link #flush} tells the peer. @param word its metadata, and {@link #MORE} */
    void send(final int position, final int length, final int word) {
        final int slot = position & mask;
        if (slot == (published & mask)) {
            describe(slot, length, word);
            if (waiting > 0) {
                settle();
            }
            return;
        }
        states[slot] = READY;
        lengths[slot] = length;
        words[slot] = word;
        waiting++;
        settle();
    }

    /** Of the slot at {@link #published}. */
    private void describe(final int slot, final int length, final int word) {
        final long descriptor = ring.descriptor(slot);
        Memory.putShort(descriptor, word < 0 ? MemifProtocol.NEXT : 0);
        Memory.putInt(descriptor + MemifProtocol.DESCRIPTOR_LENGTH, length);
        if (offload) {
            Memory.putInt(descriptor + MemifProtocol.DESCRIPTOR_METADATA, word & ~MORE);
        }
        published++;
        if (word >= 0) {
            whole = published;
        }
    }

    /** Sends what is ready, moved into gaps before it. */
    private void settle() {
        while (published != reserved) {
            final int slot = published & mask;
            if (states[slot] == FREED) {
                final int ready = nextReady();
                if (ready < 0) {
                    reclaim();
                    return;
                }
                Memory.copy(places[ready], places[slot], lengths[ready]);
                describe(slot, lengths[ready], words[ready]);
                states[ready] = FREED;
            } else if (states[slot] == READY) {
                describe(slot, lengths[slot], words[slot]);
            } else {
                return;
            }
            waiting--;
        }
    }

    private int nextReady() {
        for (int position = published; position != reserved; position++) {
            if (states[position & mask] == READY) {
                return position & mask;
            }
        }
        return -1;
    }

    /** What was freed last is free again. */
    private void reclaim() {
        while (reserved != published && states[reserved - 1 & mask] == FREED) {
            reserved--;
            waiting--;
        }
    }

    /** The peer may take what was sent. */
    void flush() {
        if (client) {
            ring.head(whole);
        } else {
            ring.tail(whole);
        }
        ring.tell();
    }

    /** Frames that are with core. */
    int lent() {
        int lent = 0;
        for (int position = published; position != reserved; position++) {
            lent += states[position & mask] == ALLOCATED ? 1 : 0;
        }
        return lent;
    }
}
