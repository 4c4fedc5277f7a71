package joyride.api.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Access to memory outside the heap by absolute address: frames, rings and structures shared with other processes.
 *
 * <p>Nothing here allocates, and nothing is checked: the caller has checked the range. Plain accesses take any
 * alignment; volatile, acquire, release and atomic ones need natural alignment. {@code …BE} accessors are in network byte
 * order, the others in the machine's.
 */
public final class Memory {
    private static final MemorySegment ALL = everything();

    /** x86's addresses have 57 bits at most, aarch64's 52. */
    private static final long POINTER = 0x03ff_ffff_ffff_ffffL;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfShort SHORT_BE = SHORT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT_BE = INT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG_BE = LONG.withOrder(ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT_ATOMIC = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle LONG_ATOMIC = ValueLayout.JAVA_LONG.varHandle();

    private Memory() {}

    @SuppressWarnings("restricted")
    private static MemorySegment everything() {
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }

    /**
     * An address that a loop is going to use, less the upper bits that no address has: of what lies near it the JIT then sees that it is within bounds, and
     * leaves out the check that each access has otherwise (three instructions).
     */
    public static long pointer(final long address) {
        return address & POINTER;
    }

    /** All memory as one segment: offsets into it are absolute addresses. For vector kernels and downcalls. */
    public static MemorySegment all() {
        return ALL;
    }

    public static byte getByte(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address);
    }

    /** The byte at {@code address} as 0..255. */
    public static int getUnsignedByte(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address) & 0xff;
    }

    public static void putByte(long address, int value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, (byte) value);
    }

    public static short getShort(long address) {
        return ALL.get(SHORT, address);
    }

    public static void putShort(long address, int value) {
        ALL.set(SHORT, address, (short) value);
    }

    public static int getInt(long address) {
        return ALL.get(INT, address);
    }

    public static void putInt(long address, int value) {
        ALL.set(INT, address, value);
    }

    public static long getLong(long address) {
        return ALL.get(LONG, address);
    }

    public static void putLong(long address, long value) {
        ALL.set(LONG, address, value);
    }

    /** The 16 bits at {@code address} in network byte order as 0..65535. */
    public static int getUnsignedShortBE(long address) {
        return ALL.get(SHORT_BE, address) & 0xffff;
    }

    public static void putShortBE(long address, int value) {
        ALL.set(SHORT_BE, address, (short) value);
    }

    public static int getIntBE(long address) {
        return ALL.get(INT_BE, address);
    }

    public static void putIntBE(long address, int value) {
        ALL.set(INT_BE, address, value);
    }

    public static long getLongBE(long address) {
        return ALL.get(LONG_BE, address);
    }

    public static void putLongBE(long address, long value) {
        ALL.set(LONG_BE, address, value);
    }

    public static int getIntAcquire(long address) {
        return (int) INT_ATOMIC.getAcquire(ALL, address);
    }

    /** A fence and a plain store are a release store; the handle's own would look up the alignment each time. */
    public static void putIntRelease(long address, int value) {
        VarHandle.releaseFence();
        ALL.set(INT, address, value);
    }

    public static int getIntVolatile(long address) {
        return (int) INT_ATOMIC.getVolatile(ALL, address);
    }

    public static void putIntVolatile(long address, int value) {
        INT_ATOMIC.setVolatile(ALL, address, value);
    }

    public static int getAndSetInt(long address, int value) {
        return (int) INT_ATOMIC.getAndSet(ALL, address, value);
    }

    public static boolean compareAndSetInt(long address, int expected, int value) {
        return INT_ATOMIC.compareAndSet(ALL, address, expected, value);
    }

    public static long getLongAcquire(long address) {
        return (long) LONG_ATOMIC.getAcquire(ALL, address);
    }

    public static void putLongRelease(long address, long value) {
        VarHandle.releaseFence();
        ALL.set(LONG, address, value);
    }

    public static long getLongVolatile(long address) {
        return (long) LONG_ATOMIC.getVolatile(ALL, address);
    }

    public static void putLongVolatile(long address, long value) {
        LONG_ATOMIC.setVolatile(ALL, address, value);
    }

    public static long getAndSetLong(long address, long value) {
        return (long) LONG_ATOMIC.getAndSet(ALL, address, value);
    }

    public static long getAndBitwiseOrLong(long address, long bits) {
        return (long) LONG_ATOMIC.getAndBitwiseOr(ALL, address, bits);
    }

    public static boolean compareAndSetLong(long address, long expected, long value) {
        return LONG_ATOMIC.compareAndSet(ALL, address, expected, value);
    }

    /** Orders every access before against every access after it: what the sleep protocols need between store and load. */
    public static void fullFence() {
        VarHandle.fullFence();
    }

    /** Copies {@code length} bytes; the ranges may overlap. */
    public static void copy(long from, long to, long length) {
        MemorySegment.copy(ALL, from, ALL, to, length);
    }

    public static void copyIn(byte[] from, int offset, long to, int length) {
        MemorySegment.copy(from, offset, ALL, ValueLayout.JAVA_BYTE, to, length);
    }

    public static void copyOut(long from, byte[] to, int offset, int length) {
        MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, from, to, offset, length);
    }

    public static void zero(long address, long length) {
        ALL.asSlice(address, length).fill((byte) 0);
    }
}
