package joyride.tcp.freebsd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;
import joyride.api.socket.ReceiveRing;
import joyride.api.socket.SendRing;

/** Both rings' contracts over plain memory that never wraps; what is received is compared with the peer's pattern. */
final class MemoryRing implements SendRing, ReceiveRing {
    private final long base;
    private long produced;
    private long consumed;
    private long checked;
    private int limit;

    MemoryRing(final long base) {
        this.base = base;
    }

    /** {@code length} bytes of the peer's stream from {@code position} on. */
    static long pattern(final Arena arena, final int position, final int length) {
        final long at = arena.allocate(length).address();
        for (int i = 0; i < length; i++) {
            Memory.putByte(at + i, value(position + i));
        }
        return at;
    }

    private static int value(final long position) {
        return (int) (position * 31 + (position >>> 8)) & 0xff;
    }

    void grow(final int bytes) {
        produced += bytes;
    }

    void consume(final int bytes) {
        assertTrue(consumed + bytes <= produced, "read more than there is");
        consumed += bytes;
    }

    void checkPattern() {
        for (; checked < produced; checked++) {
            assertEquals(value(checked), Memory.getUnsignedByte(base + checked), "byte " + checked);
        }
    }

    @Override
    public long produced() {
        return produced;
    }

    @Override
    public long released() {
        return consumed;
    }

    @Override
    public long address(final long position) {
        return base + position;
    }

    @Override
    public int contiguous(final long position, final int most) {
        return most;
    }

    @Override
    public void release(final long position) {
        assertTrue(position >= consumed, "released twice");
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

    @Override
    public long reserve(final long position, final int length) {
        return position + length;
    }

    @Override
    public void write(final long position, final long address, final int length) {
        assertTrue(position >= produced, "written below what was published");
        Memory.copy(address, base + position, length);
    }

    @Override
    public void publish(final long position) {
        assertTrue(position >= produced);
        produced = position;
    }

    @Override
    public long consumed() {
        return consumed;
    }

    @Override
    public void read(final long position, final long address, final int length) {
        Memory.copy(base + position, address, length);
    }
}
