package joyride.core.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;

/**
 * Kernels by 64-bit additions: right on any machine from the first call on. Words are added in the machine's order, and
 * the sum's bytes are swapped once at the end (RFC 1071 §2 (B)).
 */
public final class ScalarKernels implements Kernels {
    private static final boolean LITTLE = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    private static final long LOW = 0xffff_ffffL;

    @Override
    public long sum(final long address, final int length, final long initial) {
        return initial + swap(wordSum(address, length));
    }

    @Override
    public long copyAndSum(final long from, final long to, final int length, final long initial) {
        final MemorySegment all = Memory.all();
        long even = 0;
        long odd = 0;
        int i = 0;
        for (; i <= length - 16; i += 16) {
            final long a = all.get(ValueLayout.JAVA_LONG_UNALIGNED, from + i);
            final long b = all.get(ValueLayout.JAVA_LONG_UNALIGNED, from + i + 8);
            all.set(ValueLayout.JAVA_LONG_UNALIGNED, to + i, a);
            all.set(ValueLayout.JAVA_LONG_UNALIGNED, to + i + 8, b);
            even += (a & LOW) + (b & LOW);
            odd += (a >>> 32) + (b >>> 32);
        }
        // The tail is summed from the copy, so that memory that changes meanwhile cannot make sum and copy differ.
        Memory.copy(from + i, to + i, length - i);
        return initial + swap(even + odd + wordSum(to + i, length - i));
    }

    @Override
    public void copy(final long from, final long to, final int length) {
        Memory.copy(from, to, length);
    }

    /** The sum in the machine's byte order, unfolded. */
    static long wordSum(final long address, final int length) {
        final MemorySegment all = Memory.all();
        long even = 0;
        long odd = 0;
        int i = 0;
        for (; i <= length - 16; i += 16) {
            final long a = all.get(ValueLayout.JAVA_LONG_UNALIGNED, address + i);
            final long b = all.get(ValueLayout.JAVA_LONG_UNALIGNED, address + i + 8);
            even += (a & LOW) + (b & LOW);
            odd += (a >>> 32) + (b >>> 32);
        }
        long sum = even + odd;
        for (; i <= length - 4; i += 4) {
            sum += all.get(ValueLayout.JAVA_INT_UNALIGNED, address + i) & LOW;
        }
        if (i <= length - 2) {
            sum += all.get(ValueLayout.JAVA_SHORT_UNALIGNED, address + i) & 0xffff;
            i += 2;
        }
        if (i < length) {
            final int last = Memory.getUnsignedByte(address + i);
            sum += LITTLE ? last : last << 8;
        }
        return sum;
    }

    /** A sum in the machine's order as a folded one in network order. */
    static long swap(final long sum) {
        final int folded = Kernels.fold(sum);
        return LITTLE ? (folded & 0xff) << 8 | folded >>> 8 : folded;
    }
}
