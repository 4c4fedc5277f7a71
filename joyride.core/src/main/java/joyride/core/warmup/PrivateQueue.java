package joyride.core.warmup;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;

/** One end of a private wire: frames that are sent are copied to the other end, but for one in some hundred. */
class PrivateQueue implements NicQueue {
    private static final int FRAMES = 1024;
    private static final int LOST_OF = 700;

    private final int frameSize;
    private final long[] free = new long[FRAMES];
    private final long[] arrived = new long[FRAMES];
    private final int[] lengths = new int[FRAMES];
    private int freeCount;
    private int head;
    private int count;
    private PrivateQueue peer;
    private int sent;

    PrivateQueue(final Arena arena, final int frameSize) {
        this.frameSize = frameSize;
        final long base = arena.allocate((long) FRAMES * frameSize, 64).address();
        for (int i = 0; i < FRAMES; i++) {
            free[freeCount++] = base + (long) i * frameSize;
        }
    }

    /** The same by another class: see {@link Foils}. */
    static final class Other extends PrivateQueue {
        Other(final Arena arena, final int frameSize) {
            super(arena, frameSize);
        }
    }

    /** And by a third. */
    static final class Third extends PrivateQueue {
        Third(final Arena arena, final int frameSize) {
            super(arena, frameSize);
        }
    }

    /** Where what is sent arrives. */
    void peer(final PrivateQueue other) {
        peer = other;
    }

    private void arrive(final long from, final int length) {
        if (freeCount == 0) {
            return; // as on a ring without room
        }
        final long frame = free[--freeCount];
        Memory.copy(from, frame, length);
        final int slot = head + count++ & FRAMES - 1;
        arrived[slot] = frame;
        lengths[slot] = length;
    }

    @Override
    public int receive(final PacketBatch batch) {
        while (count > 0 && !batch.isFull()) {
            batch.add(arrived[head], arrived[head], lengths[head], 0);
            head = head + 1 & FRAMES - 1;
            count--;
        }
        return batch.size();
    }

    @Override
    public void release(final PacketBatch batch) {
        for (int i = 0; i < batch.size(); i++) {
            free(batch.handle(i));
        }
        batch.clear();
    }

    @Override
    public long allocate() {
        return freeCount == 0 ? 0 : free[--freeCount];
    }

    @Override
    public long address(final long handle) {
        return handle;
    }

    @Override
    public int frameSize() {
        return frameSize;
    }

    @Override
    public void free(final long handle) {
        free[freeCount++] = handle;
    }

    @Override
    public int transmit(final PacketBatch batch) {
        final int accepted = batch.size();
        for (int i = 0; i < accepted; i++) {
            if (++sent % LOST_OF != 0) {
                peer.arrive(batch.address(i), batch.length(i));
            }
            free(batch.handle(i));
        }
        batch.clear();
        return accepted;
    }

    @Override
    public long nextEvent() {
        return count > 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
}
