package joyride.core.ip;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;
import joyride.api.socket.SendRing;

/** A send ring of 64 KiB whose byte at position p is {@code (byte) (p * 31)}; it wraps. */
public final class FakeRing implements SendRing {
    public static final int SIZE = 1 << 16;
    private final Arena arena = Arena.ofAuto();
    private final long base = arena.allocate(SIZE, 64).address();

    public FakeRing() {
        for (int i = 0; i < SIZE; i++) {
            Memory.putByte(base + i, at(i));
        }
    }

    public static byte at(final long position) {
        return (byte) ((position & SIZE - 1) * 31);
    }

    @Override
    public long produced() {
        return Long.MAX_VALUE;
    }

    @Override
    public long released() {
        return 0;
    }

    @Override
    public long address(final long position) {
        return base + (position & SIZE - 1);
    }

    @Override
    public int contiguous(final long position, final int limit) {
        return (int) Math.min(limit, SIZE - (position & SIZE - 1));
    }

    @Override
    public void release(final long position) {}

    @Override
    public void limit(final int bytes) {}

    @Override
    public int limit() {
        return SIZE;
    }
}
