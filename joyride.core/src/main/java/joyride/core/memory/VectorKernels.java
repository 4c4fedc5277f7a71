package joyride.core.memory;

import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;

/**
 * Kernels by the Vector API: the only class that names it, so that core runs without the module. Until C2 has compiled
 * them these loops allocate and are a thousand times slower, so {@link AdaptiveKernels} decides when they are called.
 *
 * <p>Lanes of 64 bits are added up twice, whole and their upper halves alone: what the lower halves made follows at the end. Ends that fill no vector are taken by
 * one that overlaps its neighbour and counts only what is new.
 */
final class VectorKernels implements Kernels {
    private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;
    private static final int STEP = SPECIES.vectorByteSize();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    /** A vector of zeros, one of ones, one of zeros: from {@code i} bytes on the last {@code i} bytes are ones, from two vectors less {@code i} on the first. */
    private static final long MASKS = masks();

    private static long masks() {
        final long at = Arena.global().allocate(3L * STEP, 64).address();
        for (int i = 0; i < STEP; i++) {
            Memory.putByte(at + STEP + i, 0xff);
        }
        return at;
    }

    @Override
    public long sum(final long address, final int length, final long initial) {
        if (length < STEP || (length & 1) != 0) {
            return plainSum(address, length, initial);
        }
        final LongVector last = load(address + length - STEP);
        LongVector sum = LongVector.zero(SPECIES);
        LongVector high = LongVector.zero(SPECIES);
        LongVector otherSum = LongVector.zero(SPECIES);
        LongVector otherHigh = LongVector.zero(SPECIES);
        int i = 0;
        for (; i <= length - 2 * STEP; i += 2 * STEP) {
            final LongVector a = load(address + i);
            final LongVector b = load(address + i + STEP);
            sum = sum.add(a);
            high = high.add(upper(a));
            otherSum = otherSum.add(b);
            otherHigh = otherHigh.add(upper(b));
        }
        if (i <= length - STEP) {
            final LongVector a = load(address + i);
            sum = sum.add(a);
            high = high.add(upper(a));
            i += STEP;
        }
        final LongVector rest = last.and(load(MASKS + length - i));
        return initial + total(sum.add(otherSum).add(rest), high.add(otherHigh).add(upper(rest)));
    }

    /** Writes to whole vectors' places but for the ends, so that stores do not cross cache lines. */
    @Override
    public long copyAndSum(final long from, final long to, final int length, final long initial) {
        final int head = (int) -to & STEP - 1;
        if (length < 2 * STEP || ((length | head) & 1) != 0) {
            return plainCopyAndSum(from, to, length, initial);
        }
        // Both ends first: where they overlap what is between, that is what stays and what is summed, also if memory
        // changes meanwhile.
        final LongVector first = load(from);
        final LongVector last = load(from + length - STEP);
        store(last, to + length - STEP);
        store(first, to);
        final LongVector begin = first.and(load(MASKS + 2 * STEP - head));
        LongVector sum = begin;
        LongVector high = upper(begin);
        LongVector otherSum = LongVector.zero(SPECIES);
        LongVector otherHigh = LongVector.zero(SPECIES);
        int i = head;
        for (; i <= length - 2 * STEP; i += 2 * STEP) {
            final LongVector a = load(from + i);
            final LongVector b = load(from + i + STEP);
            store(a, to + i);
            store(b, to + i + STEP);
            sum = sum.add(a);
            high = high.add(upper(a));
            otherSum = otherSum.add(b);
            otherHigh = otherHigh.add(upper(b));
        }
        if (i <= length - STEP) {
            final LongVector a = load(from + i);
            store(a, to + i);
            sum = sum.add(a);
            high = high.add(upper(a));
            i += STEP;
        }
        final LongVector rest = last.and(load(MASKS + length - i));
        return initial + total(sum.add(otherSum).add(rest), high.add(otherHigh).add(upper(rest)));
    }

    private static LongVector load(final long address) {
        return LongVector.fromMemorySegment(SPECIES, Memory.all(), address, ORDER);
    }

    private static void store(final LongVector vector, final long address) {
        vector.intoMemorySegment(Memory.all(), address, ORDER);
    }

    private static LongVector upper(final LongVector words) {
        return words.lanewise(VectorOperators.LSHR, 32);
    }

    /** What both halves of all words add up to, as a folded sum in network order. */
    private static long total(final LongVector sum, final LongVector high) {
        final LongVector low = sum.sub(high.lanewise(VectorOperators.LSHL, 32));
        return ScalarKernels.swap(low.add(high).reduceLanes(VectorOperators.ADD));
    }

    /** An odd length, or less than a vector. */
    private static long plainSum(final long address, final int length, final long initial) {
        LongVector sum = LongVector.zero(SPECIES);
        LongVector high = LongVector.zero(SPECIES);
        int i = 0;
        for (; i <= length - STEP; i += STEP) {
            final LongVector words = load(address + i);
            sum = sum.add(words);
            high = high.add(upper(words));
        }
        return initial + total(sum, high) + ScalarKernels.swap(ScalarKernels.wordSum(address + i, length - i));
    }

    private static long plainCopyAndSum(final long from, final long to, final int length, final long initial) {
        LongVector sum = LongVector.zero(SPECIES);
        LongVector high = LongVector.zero(SPECIES);
        int i = 0;
        for (; i <= length - STEP; i += STEP) {
            final LongVector words = load(from + i);
            store(words, to + i);
            sum = sum.add(words);
            high = high.add(upper(words));
        }
        Memory.copy(from + i, to + i, length - i);
        return initial + total(sum, high) + ScalarKernels.swap(ScalarKernels.wordSum(to + i, length - i));
    }

    @Override
    public void copy(final long from, final long to, final int length) {
        Memory.copy(from, to, length);
    }
}
