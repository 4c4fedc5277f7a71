package joyride.nic.memif;

import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.nic.PacketBatch;

/**
 * The ring that this end receives by. The peer may write to its memory at any time, so each frame is copied once, into memory of our own, and
 * its checksum is made of what was copied, in the same pass. On one loop.
 */
final class Receiver {
    private final Ring ring;
    private final boolean client;
    private final Regions regions;
    private final long[] places;
    private final int buffer;
    private final int mask;
    private final MemifCounts counts;
    private int next;
    private volatile String violation;

    /** @param places where the buffers lie, if they are of this end's making, each of {@code buffer} bytes */
    Receiver(
            final Ring ring,
            final boolean client,
            final Regions regions,
            final long[] places,
            final int buffer,
            final MemifCounts counts) {
        this.ring = ring;
        this.client = client;
        this.regions = regions;
        this.places = places;
        this.buffer = buffer;
        this.counts = counts;
        mask = ring.size() - 1;
        next = ring.tail();
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

    /** Fills a batch. @param frames ours */
    void receive(final PacketBatch batch, final Frames frames, final Kernels kernels) {
        final int there = (client ? ring.tail() : ring.head()) - next & 0xffff;
        if (there == 0) {
            return;
        }
        if (there > ring.size()) {
            violation = "frames in the ring: " + there + ", which has " + ring.size();
            return;
        }
        final int before = next;
        final int end = next + there;
        long bytes = 0;
        while (next != end && !batch.isFull()) {
            final long frame = frames.take();
            if (frame == 0) {
                break;
            }
            final int length = one(end, frame, frames.room(), kernels);
            if (length > 0) {
                batch.add(frame, frame, length & Frames.LENGTH, length >>> Frames.FLAGS);
                bytes += length & Frames.LENGTH;
            } else {
                frames.give(frame);
            }
        }
        giveBack(before);
        counts.add(MemifCounter.RX_FRAMES, batch.size());
        counts.add(MemifCounter.RX_BYTES, bytes);
    }

    /** The client's buffers are empty again, the server's are the client's. */
    private void giveBack(final int before) {
        if (!client) {
            ring.tail(next);
            return;
        }
        for (int position = before; position != next; position++) {
            Memory.putInt(ring.descriptor(position & mask) + MemifProtocol.DESCRIPTOR_LENGTH, buffer);
        }
        ring.head(ring.size() + next);
    }

    /** Copies the frame at {@link #next}. @return its length, with flags; 0: it was dropped */
    private int one(final int end, final long frame, final int room, final Kernels kernels) {
        final int slot = next & mask;
        final long descriptor = ring.descriptor(slot);
        final long word = Memory.getLong(descriptor);
        final int length = (int) (word >>> 32);
        if ((word & MemifProtocol.NEXT) != 0) {
            return several(end, frame, room);
        }
        next++;
        if (length <= 0 || length > room) {
            counts.add(length > room ? MemifCounter.RX_DROP_LONG : MemifCounter.RX_DROP_BAD, 1);
            return 0;
        }
        final long from = place(slot, word, descriptor, length);
        if (from == 0) {
            counts.add(MemifCounter.RX_DROP_BAD, 1);
            return 0;
        }
        return length | CheckedCopy.copy(from, frame, length, kernels) << Frames.FLAGS;
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
