package joyride.nic.memif;

import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.nic.PacketBatch;

/**
 * The ring that this end receives by. The peer may write to its memory at any time, so each frame is copied once, into memory of our own, and
 * its checksum is made of what was copied, in the same pass. Of TCP without a checksum only the headers are, for who takes bodies: the payload stays in its buffer, which is
 * the peer's again when core has let go of the burst. On one loop.
 */
final class Receiver {
    /** Bytes of a burst: what stays in a core's cache until core has taken it. */
    private static final int BURST_BYTES = 256 << 10;

    /** Least bytes of a frame whose payload stays where it is. */
    private static final int LEAST_SPLIT = 512;

    /** Bytes that are copied of such a frame: Ethernet, IPv6 and the longest TCP header are 114. */
    private static final int HEAD = 128;

    private final Ring ring;
    private final boolean client;
    private final Regions regions;
    private final long[] places;
    private final int buffer;
    private final int mask;
    private final boolean offload;
    private final MemifCounts counts;
    private int next;

    /** The slots from here to before {@link #next} were received and are not the peer's again. */
    private int kept;

    /** Frames that core has whose payload lies in them. */
    private int bodies;

    /** Whether the payload of the frame that is received may stay where it is. */
    private boolean splits;

    /** Of the frame that was copied last: bits of {@link joyride.api.nic.Offload}. */
    private int flags;

    /** Where its payload stayed, or 0. */
    private long body;

    private volatile String violation;

    /** @param places where the buffers lie, if they are of this end's making, each of {@code buffer} bytes @param offload whether descriptors have metadata */
    Receiver(
            final Ring ring,
            final boolean client,
            final Regions regions,
            final long[] places,
            final int buffer,
            final boolean offload,
            final MemifCounts counts) {
        this.ring = ring;
        this.client = client;
        this.regions = regions;
        this.places = places;
        this.buffer = buffer;
        this.offload = offload;
        this.counts = counts;
        mask = ring.size() - 1;
        next = ring.tail();
        kept = next;
        if (client) {
            // DPDK's server puts positions back when it connects.
            ring.head(next + ring.size());
        }
        ring.interrupts(false);
    }

    Ring ring() {
        return ring;
    }

    String violation() {
        return violation;
    }

    /** Whether core has frames whose payload lies in the link's memory. */
    boolean lends() {
        return bodies > 0;
    }

    /** Core has let go of so many bodies; of the last one: all slots are the peer's again. */
    void release(final int count) {
        bodies -= count;
        if (bodies == 0) {
            giveBack();
        }
    }

    /** Fills a batch. @param frames ours */
    void receive(final PacketBatch batch, final Frames frames, final int mtu, final Kernels kernels) {
        final int there = (client ? ring.tail() : ring.head()) - next & 0xffff;
        if (there == 0) {
            return;
        }
        if (there > ring.size() - (next - kept)) {
            violation = "frames in the ring: " + there + ", which has " + ring.size() + ", of which core has "
                    + (next - kept);
            return;
        }
        splits = batch.takesBodies();
        final int end = next + there;
        long bytes = 0;
        int units = 0;
        int left = 0;
        while (next != end && !batch.isFull() && bytes < BURST_BYTES) {
            final long descriptor = ring.descriptor(next & mask);
            // Read once, as the peer may write to it.
            final int metadata = offload ? Memory.getInt(descriptor + MemifProtocol.DESCRIPTOR_METADATA) : 0;
            final boolean unit = (metadata & MemifProtocol.UNIT) != 0;
            final long frame = unit ? frames.takeUnit() : frames.take();
            if (frame == 0) {
                break;
            }
            final int length = one(end, frame, unit ? frames.unitRoom() : frames.room(), metadata, mtu, kernels);
            if (length > 0) {
                batch.add(frame, frame, length, flags, body);
                left += body == 0 ? 0 : 1;
                bytes += length;
                units += unit ? 1 : 0;
            } else {
                frames.give(frame);
            }
        }
        bodies += left;
        if (bodies == 0) {
            giveBack();
        }
        counts.add(MemifCounter.RX_FRAMES, batch.size());
        counts.add(MemifCounter.RX_BYTES, bytes);
        if (units > 0) {
            counts.add(MemifCounter.RX_UNITS, units);
        }
        if (left > 0) {
            counts.add(MemifCounter.RX_LEFT, left);
        }
    }

    /** The client's buffers are empty again, the server's are the client's. */
    private void giveBack() {
        final int before = kept;
        kept = next;
        if (!client) {
            ring.tail(next);
            return;
        }
        for (int position = before; position != next; position++) {
            Memory.putInt(ring.descriptor(position & mask) + MemifProtocol.DESCRIPTOR_LENGTH, buffer);
        }
        ring.head(ring.size() + next);
    }

    /** Copies the frame at {@link #next}, and leaves in {@link #flags} what is known of it. @return its length; 0: it was dropped */
    private int one(
            final int end, final long frame, final int room, final int metadata, final int mtu, final Kernels kernels) {
        final int slot = next & mask;
        final long descriptor = ring.descriptor(slot);
        final long word = Memory.getLong(descriptor);
        flags = 0;
        body = 0;
        if ((word & MemifProtocol.NEXT) != 0) {
            final int length = several(end, frame, room);
            return length > 0 && metadata != 0 ? declared(frame, length, metadata, mtu) : length;
        }
        next++;
        final int length = (int) (word >>> 32);
        if (length <= 0 || length > room) {
            counts.add(length > room ? MemifCounter.RX_DROP_LONG : MemifCounter.RX_DROP_BAD, 1);
            return 0;
        }
        final long from = place(slot, word, descriptor, length);
        if (from == 0) {
            counts.add(MemifCounter.RX_DROP_BAD, 1);
            return 0;
        }
        if (metadata != 0) {
            return splits && length >= LEAST_SPLIT
                    ? split(from, frame, length, metadata, mtu)
                    : declared(copied(from, frame, length), length, metadata, mtu);
        }
        flags = CheckedCopy.copy(from, frame, length, kernels);
        return length;
    }

    private static long copied(final long from, final long frame, final int length) {
        Memory.copy(from, frame, length);
        return frame;
    }

    /** Copies the headers alone if the rest may stay. */
    private int split(final long from, final long frame, final int length, final int metadata, final int mtu) {
        for (int i = 0; i < HEAD; i += Long.BYTES) {
            Memory.putLong(frame + i, Memory.getLong(from + i));
        }
        final int found = declared(frame, length, metadata, mtu);
        final int headers = found > 0 && flags != 0 ? Declared.headersOfTcp(frame, length) : 0;
        if (headers > 0) {
            body = from + headers;
        } else if (found > 0) {
            Memory.copy(from + HEAD, frame + HEAD, length - HEAD);
        }
        return found;
    }

    /** Of a frame that was copied. @return its length; 0: it was dropped */
    private int declared(final long frame, final int length, final int metadata, final int mtu) {
        final int found = Declared.judge(frame, length, metadata, mtu);
        if (found == Declared.BAD) {
            counts.add(MemifCounter.RX_DROP_UNIT, 1);
            return 0;
        }
        flags = found;
        return length;
    }

    private long place(final int slot, final long word, final long descriptor, final int length) {
        if (client) {
            return length <= buffer ? places[slot] : 0;
        }
        return regions.resolve(
                (int) (word >>> 16) & 0xffff, Memory.getInt(descriptor + MemifProtocol.DESCRIPTOR_OFFSET), length);
    }

    /** A frame in several buffers. */
    private int several(final int end, final long frame, final int room) {
        int done = 0;
        boolean more = true;
        boolean good = true;
        while (more && next != end) {
            final int slot = next++ & mask;
            final long descriptor = ring.descriptor(slot);
            final long word = Memory.getLong(descriptor);
            final int length = (int) (word >>> 32);
            more = (word & MemifProtocol.NEXT) != 0;
            final long from = length < 0 || length > room ? 0 : place(slot, word, descriptor, length);
            good &= from != 0 && done + length <= room;
            if (good) {
                Memory.copy(from, frame + done, length);
                done += length;
            }
        }
        if (!good || more) {
            counts.add(MemifCounter.RX_DROP_BAD, 1);
            return 0;
        }
        counts.add(MemifCounter.RX_JOINED, 1);
        return done;
    }
}
