package joyride.core.memory;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;

/**
 * Kernels by the Vector API: the only class that names it, so that core runs without the module. Until C2 has compiled
 * them these loops allocate and are a thousand times slower, so {@link AdaptiveKernels} decides when they are called.
 */
final class VectorKernels implements Kernels {
    private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;
    private static final int STEP = SPECIES.vectorByteSize();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final long LOW = 0xffff_ffffL;

    @Override
    public long sum(final long address, final int length, final long initial) {
        final MemorySegment all = Memory.all();
        LongVector low = LongVector.zero(SPECIES);
        LongVector high = LongVector.zero(SPECIES);
        int i = 0;
        for (; i <= length - STEP; i += STEP) {
            final LongVector words = LongVector.fromMemorySegment(SPECIES, all, address + i, ORDER);
            low = low.add(words.and(LOW));
            high = high.add(words.lanewise(VectorOperators.LSHR, 32));
        }
        final long sum = low.add(high).reduceLanes(VectorOperators.ADD);
        return initial + ScalarKernels.swap(sum + ScalarKernels.wordSum(address + i, length - i));
    }

    @Override
    public long copyAndSum(final long from, final long to, final int length, final long initial) {
        final MemorySegment all = Memory.all();
        LongVector low = LongVector.zero(SPECIES);
        LongVector high = LongVector.zero(SPECIES);
        int i = 0;
        for (; i <= length - STEP; i += STEP) {
            final LongVector words = LongVector.fromMemorySegment(SPECIES, all, from + i, ORDER);
            words.intoMemorySegment(all, to + i, ORDER);
            low = low.add(words.and(LOW));
            high = high.add(words.lanewise(VectorOperators.LSHR, 32));
        }
        final long sum = low.add(high).reduceLanes(VectorOperators.ADD);
        Memory.copy(from + i, to + i, length - i);
        return initial + ScalarKernels.swap(sum + ScalarKernels.wordSum(to + i, length - i));
    }

    @Override
    public void copy(final long from, final long to, final int length) {
        Memory.copy(from, to, length);
    }
}
