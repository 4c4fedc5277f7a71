package joyride.nic.afxdp;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;

/**
 * Plays the kernel on rings in private memory: what is sent comes back at once, received into chunks. For the rehearsal of a driver that
 * replaces another, and for tests: it is stricter than the kernel, and says what is wrong.
 */
final class MirrorKernel implements Doorbell {
    private static final int POSITIONS = 256;
    private static final int CONSUMER = 64;
    private static final int FLAGS = 128;

    /** One ring, from the other side. */
    private static final class Side {
        private final RingPlace place;
        private final int size;
        private final int shift;

        Side(final Arena arena, final int size, final int shift, final int start) {
            final long at =
                    arena.allocate(POSITIONS + ((long) size << shift), 64).address();
            place = new RingPlace(at, at + CONSUMER, at + FLAGS, at + POSITIONS);
            this.size = size;
            this.shift = shift;
            Memory.putInt(place.producer(), start);
            Memory.putInt(place.consumer(), start);
        }

        int count() {
            return Memory.getIntAcquire(place.producer()) - Memory.getIntAcquire(place.consumer());
        }

        /** The entry that comes next for who takes. */
        long next() {
            return entry(Memory.getInt(place.consumer()));
        }

        void taken() {
            Memory.putIntRelease(place.consumer(), Memory.getInt(place.consumer()) + 1);
        }

        /** The entry that comes next for who fills; there must be room. */
        long free() {
            if (count() >= size) {
                throw new IllegalStateException("a ring of " + size + " entries is full");
            }
            return entry(Memory.getInt(place.producer()));
        }

        void filled() {
            Memory.putIntRelease(place.producer(), Memory.getInt(place.producer()) + 1);
        }

        private long entry(final int position) {
            return place.entries() + ((long) (position & size - 1) << shift);
        }
    }

    private final FrameMemory memory;
    private final Side fill;
    private final Side receive;
    private final Side transmit;
    private final Side completion;
    private final Rings rings;
    private int refusal;
    private int budget = Integer.MAX_VALUE;
    private int dropped;

    /**
     * Makes rings for a queue's memory, with the fill ring full.
     *
     * @param start where all positions begin, so that tests can have them wrap
     */
    MirrorKernel(final Arena arena, final FrameMemory memory, final int start) {
        this.memory = memory;
        final FrameShape shape = memory.shape();
        fill = new Side(arena, shape.receiveFrames(), Xdp.ADDRESS_SHIFT, start);
        receive = new Side(arena, shape.receiveFrames(), Xdp.DESCRIPTOR_SHIFT, start);
        transmit = new Side(arena, shape.transmitEntries(), Xdp.DESCRIPTOR_SHIFT, start);
        completion = new Side(arena, shape.transmitEntries(), Xdp.ADDRESS_SHIFT, start);
        for (int i = 0; i < shape.receiveFrames(); i++) {
            Memory.putLong(fill.free(), (long) i * shape.chunk());
            fill.filled();
        }
        rings = new Rings(
                new ProducerRing(fill.place, fill.size, fill.shift),
                new ConsumerRing(receive.place, receive.size, receive.shift),
                new ProducerRing(transmit.place, transmit.size, transmit.shift),
                new ConsumerRing(completion.place, completion.size, completion.shift));
        Memory.putInt(transmit.place.flags(), 1);
    }

    Rings rings() {
        return rings;
    }

    /** From now on {@link #transmit} does nothing but return {@code result}; 0: it works. */
    void refuse(final int result) {
        refusal = result;
    }

    /** Whether it wants to be woken: it does from the start. */
    void sleeps(final boolean flag) {
        Memory.putIntVolatile(transmit.place.flags(), flag ? 1 : 0);
    }

    /** From now on one call sends at most {@code descriptors} and says EAGAIN while some are left. */
    void limit(final int descriptors) {
        budget = descriptors;
    }

    /** Frames that found no chunk to be received into. */
    int dropped() {
        return dropped;
    }

    @Override
    public int transmit() {
        if (refusal != 0) {
            return refusal;
        }
        for (int left = budget; transmit.count() > 0; left--) {
            if (left == 0) {
                return -Errno.EAGAIN;
            }
            mirror(transmit.next());
            transmit.taken();
        }
        return 0;
    }

    private void mirror(final long descriptor) {
        final long offset = Memory.getLong(descriptor);
        final int length = Memory.getInt(descriptor + 8);
        final int options = Memory.getInt(descriptor + 12);
        final int chunk = memory.shape().chunk();
        if (length <= 0 || (offset & chunk - 1) + length > chunk) {
            throw new IllegalStateException("a descriptor of " + length + " bytes at " + offset + " leaves its chunk");
        }
        int copied = 0;
        while (copied < length) {
            if (fill.count() == 0) {
                dropped++;
                break;
            }
            final long to = Memory.getLong(fill.next()) + FrameShape.HEADROOM;
            fill.taken();
            final int part = Math.min(length - copied, chunk - FrameShape.HEADROOM);
            Memory.copy(memory.base() + offset + copied, memory.base() + to, part);
            copied += part;
            final long entry = receive.free();
            Memory.putLong(entry, to);
            Memory.putInt(entry + 8, part);
            Memory.putInt(entry + 12, copied < length ? Xdp.CONTINUED : options);
            receive.filled();
        }
        Memory.putLong(completion.free(), offset);
        completion.filled();
    }

    @Override
    public void receive() {
        // what was sent has been received already
    }

    @Override
    public int descriptor() {
        return -1;
    }
}
