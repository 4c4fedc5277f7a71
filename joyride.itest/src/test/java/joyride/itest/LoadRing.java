package joyride.itest;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;
import joyride.api.socket.ReceiveRing;
import joyride.api.socket.SendRing;

/** A byte ring in memory of its own, either direction; every byte that a program writes is a function of its position. */
final class LoadRing implements ReceiveRing, SendRing {
    private static final int SIZE = 1 << 16;

    private final long base;
    private long produced;
    private long consumed;
    private int limit = SIZE;

    LoadRing(Arena arena) {
        base = arena.allocate(SIZE, 64).address();
    }

    private static int octet(long position) {
        return (int) (position * 31 + (position >>> 8)) & 0xff;
    }

    /** The program writes up to {@code length} bytes. */
    int fill(int length) {
        int count = (int) Math.max(0, Math.min(length, consumed + Math.min(limit, SIZE) - produced));
        for (int i = 0; i < count; i++) {
            Memory.putByte(address(produced + i), octet(produced + i));
        }
        produced += count;
        return count;
    }

    /** The program reads all there is. @return how many bytes, or -1 if one is wrong */
    int check() {
        int count = (int) (produced - consumed);
        for (int i = 0; i < count; i++) {
            if (Memory.getUnsignedByte(address(consumed + i)) != octet(consumed + i)) {
                return -1;
            }
        }
        consumed = produced;
        return count;
    }

    @Override
    public long reserve(long position, int length) {
        return Math.min(position + length, consumed + SIZE);
    }

    @Override
    public void write(long position, long from, int length) {
        for (int i = 0; i < length; i++) {
            Memory.putByte(address(position + i), Memory.getByte(from + i));
        }
    }

    @Override
    public void publish(long position) {
        produced = position;
    }

    @Override
    public long produced() {
        return produced;
    }

    @Override
    public long consumed() {
        return consumed;
    }

    @Override
    public void read(long position, long to, int length) {
        for (int i = 0; i < length; i++) {
            Memory.putByte(to + i, Memory.getByte(address(position + i)));
        }
    }

    @Override
    public long released() {
        return consumed;
    }

    @Override
    public long address(long position) {
        return base + (position & (SIZE - 1));
    }

    @Override
    public int contiguous(long position, int most) {
        return (int) Math.min(most, SIZE - (position & (SIZE - 1)));
    }

    @Override
    public void release(long position) {
        consumed = position;
    }

    @Override
    public void limit(int bytes) {
        limit = bytes;
    }

    @Override
    public int limit() {
        return limit;
    }
}
