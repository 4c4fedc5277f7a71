package joyride.itest.bundles;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;

/**
 * What is sent comes back with its addresses exchanged, which leaves every checksum right: a connection from A to X arrives at A as one
 * from X. ARP for anybody is answered.
 */
final class MirrorQueue implements NicQueue {
    static final long OURS = 0x0200_0000_0001L;
    private static final long THEIRS = 0x0200_0000_0002L;
    private static final int FRAMES = 2048;
    private static final int SIZE = 1536;
    private static final int GOOD_FRAMES = 1000;

    private final Arena arena = Arena.ofShared();
    private final long base = arena.allocate((long) FRAMES * SIZE, 64).address();
    private final long[] free = new long[FRAMES];
    private final long[] waiting = new long[FRAMES];
    private final int[] lengths = new int[FRAMES];
    private final boolean throwing;
    private int freeCount = FRAMES;
    private int first;
    private int count;
    private long received;

    MirrorQueue(boolean throwing) {
        this.throwing = throwing;
        for (int i = 0; i < FRAMES; i++) {
            free[i] = base + (long) i * SIZE;
        }
    }

    @Override
    public int receive(PacketBatch batch) {
        while (count > 0 && !batch.isFull()) {
            if (throwing && received++ > GOOD_FRAMES) {
                throw new IllegalStateException("on purpose on frame " + received);
            }
            batch.add(waiting[first], waiting[first], lengths[first], 0);
            first = (first + 1) % FRAMES;
            count--;
        }
        return batch.size();
    }

    @Override
    public void release(PacketBatch batch) {
        for (int i = 0; i < batch.size(); i++) {
            free[freeCount++] = batch.handle(i);
        }
        batch.clear();
    }

    @Override
    public long allocate() {
        return freeCount == 0 ? 0 : free[--freeCount];
    }

    @Override
    public long address(long handle) {
        return handle;
    }

    @Override
    public int frameSize() {
        return SIZE;
    }

    @Override
    public void free(long handle) {
        free[freeCount++] = handle;
    }

    @Override
    public int transmit(PacketBatch batch) {
        for (int i = 0; i < batch.size(); i++) {
            long frame = batch.handle(i);
            if (mirror(frame)) {
                int last = (first + count++) % FRAMES;
                waiting[last] = frame;
                lengths[last] = batch.length(i);
            } else {
                free[freeCount++] = frame;
            }
        }
        int accepted = batch.size();
        batch.clear();
        return accepted;
    }

    private static boolean mirror(long at) {
        int type = Memory.getUnsignedShortBE(at + 12);
        Memory.putLongBE(at, OURS << 16 | THEIRS >>> 32);
        Memory.putIntBE(at + 8, (int) THEIRS);
        Memory.putShortBE(at + 12, type);
        if (type == 0x0800) {
            exchange(at + 26, at + 30);
            return true;
        }
        boolean asks = type == 0x0806 && Memory.getUnsignedShortBE(at + 20) == 1;
        if (!asks || Memory.getIntBE(at + 28) == Memory.getIntBE(at + 38)) {
            return false;
        }
        Memory.putShortBE(at + 20, 2);
        exchange(at + 28, at + 38);
        Memory.putLongBE(at + 32, OURS << 16 | Memory.getUnsignedShortBE(at + 38));
        Memory.putShortBE(at + 22, (int) (THEIRS >>> 32));
        Memory.putIntBE(at + 24, (int) THEIRS);
        return true;
    }

    private static void exchange(long one, long other) {
        int kept = Memory.getIntBE(one);
        Memory.putIntBE(one, Memory.getIntBE(other));
        Memory.putIntBE(other, kept);
    }

    @Override
    public long nextEvent() {
        return count > 0 ? 0 : Long.MAX_VALUE;
    }

    void close() {
        arena.close();
    }
}
