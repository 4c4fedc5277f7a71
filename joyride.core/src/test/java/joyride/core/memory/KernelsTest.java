package joyride.core.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.Random;
import java.util.stream.Stream;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KernelsTest {
    private static final int MOST = 400;
    private static final int ALIGNMENTS = 9;
    private static final int LINE = 64;

    static Stream<Kernels> kernels() {
        return Stream.of(new ScalarKernels(), new VectorKernels(), new AdaptiveKernels());
    }

    private static int naive(final long address, final int length) {
        long sum = 0;
        for (int i = 0; i < length; i++) {
            final int octet = Memory.getUnsignedByte(address + i);
            sum += i % 2 == 0 ? octet << 8 : octet;
        }
        return Kernels.fold(sum);
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void shouldSumAsTheNaiveLoopDoesWhateverLengthAndAlignment(final Kernels kernels) {
        try (Arena arena = Arena.ofConfined()) {
            final long base = arena.allocate(MOST + ALIGNMENTS, 64).address();
            fill(base, MOST + ALIGNMENTS, 7);
            for (int alignment = 0; alignment < ALIGNMENTS; alignment++) {
                for (int length = 0; length <= MOST; length++) {
                    final int sum = Kernels.fold(kernels.sum(base + alignment, length, 0));
                    assertEquals(naive(base + alignment, length), sum, "length " + length + " at " + alignment);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void shouldCopyAndSumInOnePassWhateverLengthAndAlignment(final Kernels kernels) {
        try (Arena arena = Arena.ofConfined()) {
            final long from = arena.allocate(MOST + ALIGNMENTS, 64).address();
            final long to = arena.allocate(MOST + 2 * LINE, 64).address();
            fill(from, MOST + ALIGNMENTS, 11);
            for (int alignment = 0; alignment < ALIGNMENTS; alignment++) {
                for (int length = 0; length <= MOST; length += 1 + alignment) {
                    Memory.zero(to, MOST + 2 * LINE);
                    final long target = to + alignment * 15 % LINE + 1;
                    final long sum = kernels.copyAndSum(from + alignment, target, length, 0);
                    assertEquals(naive(from + alignment, length), Kernels.fold(sum));
                    assertEquals(0, Memory.getByte(target - 1));
                    assertEquals(0, Memory.getByte(target + length));
                    for (int i = 0; i < length; i++) {
                        assertEquals(Memory.getByte(from + alignment + i), Memory.getByte(target + i));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void shouldNotLoseCarriesWhenAllBitsAreSet(final Kernels kernels) {
        try (Arena arena = Arena.ofConfined()) {
            final int length = 65536;
            final var segment = arena.allocate(length, 64).fill((byte) 0xff);
            assertEquals(0xffff, Kernels.fold(kernels.sum(segment.address(), length, 0)));
            assertEquals(0xffff, Kernels.fold(kernels.sum(segment.address(), length, 0xffff_ffff_ffffL)));
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void shouldAddToTheInitialSumWhenPiecesAreSummed(final Kernels kernels) {
        try (Arena arena = Arena.ofConfined()) {
            final long base = arena.allocate(MOST, 64).address();
            fill(base, MOST, 3);
            for (int cut = 0; cut <= MOST; cut += 2) {
                final long first = kernels.sum(base, cut, 0);
                final long sum = kernels.sum(base + cut, MOST - cut, first);
                assertEquals(naive(base, MOST), Kernels.fold(sum), "cut at " + cut);
            }
        }
    }

    @org.junit.jupiter.api.Test
    void shouldRunVectorKernelsWithoutAllocationWhenWarm() {
        final AdaptiveKernels kernels = new AdaptiveKernels();
        kernels.warmUp();
        assertTrue(kernels.vectorized());
        try (Arena arena = Arena.ofConfined()) {
            final long from = arena.allocate(2048, 64).address();
            final long to = arena.allocate(2048, 64).address();
            long sum = 0;
            for (int i = 0; i < 20_000; i++) {
                sum += kernels.copyAndSum(from, to, 1460, i);
            }
            // A round in which the JIT replaces code may allocate; most do not.
            long allocated = 1;
            for (int round = 0; round < 20 && allocated > 0; round++) {
                final long before = Allocation.ofThisThread();
                for (int i = 0; i < 10_000; i++) {
                    sum += kernels.copyAndSum(from, to, 1460, i);
                }
                allocated = Allocation.ofThisThread() - before;
            }
            assertEquals(0, allocated, "sum " + sum);
        }
    }

    private static void fill(final long address, final int length, final long seed) {
        final Random random = new Random(seed);
        for (int i = 0; i < length; i++) {
            Memory.putByte(address + i, random.nextInt());
        }
    }
}
