package joyride.core.warmup;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;
import joyride.api.socket.ReceiveRing;
import joyride.api.socket.SendRing;

/** A byte ring that is either direction of a synthetic socket, in memory of its own. */
class PlainRing implements ReceiveRing, SendRing {
    private static final int SIZE = 1 << 18;

    private final long base;
    private long produced;
    private long consumed;
    private int limit = SIZE;

    PlainRing(final Arena arena) {
        base = arena.allocate(SIZE, 64).address();
    }

    /** To the state of a new socket. */
    void reset() {
        produced = 0;
        consumed = 0;
        limit = SIZE;
    }

    /** The program's side of a send ring: {@code length} bytes as they lie there, as far as there is room. @return how many */
    int produce(final int length) {
        final int room = (int) (consumed + Math.min(limit, SIZE) - produced);
        final int count = Math.max(0, Math.min(length, room));
        produced += count;
        return count;
    }

    /** The program's side of a receive ring: everything there is. @return how many bytes */
    int consume() {
        final int count = (int) (produced - consumed);
        consumed = produced;
        return count;
    }

    @Override
    public long reserve(final long position, final int length) {
        return Math.min(position + length, consumed + SIZE);
    }

    @Override
    public void write(final long position, final long address, final int length) {
        final int first = Math.min(length, SIZE - offset(position));
        Memory.copy(address, base + offset(position), first);
        if (first < length) {
            Memory.copy(address + first, base, length - first);
        }
    }

    @Override
    public void publish(final long position) {
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
    public void read(final long position, final long address, final int length) {
        final int first = Math.min(length, SIZE - offset(position));
        Memory.copy(base + offset(position), address, first);
        if (first < length) {
            Memory.copy(base, address + first, length - first);
        }
    }

    @Override
    public long released() {
        return consumed;
    }

    @Override
    public long address(final long position) {
        return base + offset(position);
    }

    @Override
    public int contiguous(final long position, final int most) {
        return Math.min(most, SIZE - offset(position));
    }

    @Override
    public void release(final long position) {
        consumed = position;
    }

    @Override
    public void limit(final int bytes) {
        limit = bytes;
    }

    @Override
    public int limit() {
        return limit;
    }

    private static int offset(final long position) {
        return (int) position & (SIZE - 1);
    }

    /** The same by another class: see {@link Foils}. */
    static final class Other extends PlainRing {
        Other(final Arena arena) {
            super(arena);
        }
    }
}
