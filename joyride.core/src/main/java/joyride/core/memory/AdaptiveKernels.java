package joyride.core.memory;

import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;

/**
 * Scalar kernels at first, and vector kernels once {@link #warmUp} has seen that they are compiled and allocate nothing.
 * Callers keep this object.
 */
public final class AdaptiveKernels implements Kernels {
    private static final System.Logger LOG = System.getLogger(AdaptiveKernels.class.getName());

    /** Below this many bytes a vector has no advantage. */
    private static final int VECTOR_FROM = 128;

    private static final int WARM_LENGTH = 4096;
    private static final int ROUND = 200;
    private static final int QUIET_ROUNDS = 20;
    private static final long GIVE_UP_NANOS = 15_000_000_000L;

    private final ScalarKernels scalar = new ScalarKernels();
    private final Kernels vector = load();

    /** Read without a fence: a loop that sees the change late runs scalar kernels a little longer. */
    private boolean useVector;

    private static Kernels load() {
        try {
            return new VectorKernels();
        } catch (final LinkageError e) {
            return null;
        }
    }

    @Override
    public long sum(final long address, final int length, final long initial) {
        return useVector && length >= VECTOR_FROM
                ? vector.sum(address, length, initial)
                : scalar.sum(address, length, initial);
    }

    @Override
    public long copyAndSum(final long from, final long to, final int length, final long initial) {
        return useVector && length >= VECTOR_FROM
                ? vector.copyAndSum(from, to, length, initial)
                : scalar.copyAndSum(from, to, length, initial);
    }

    @Override
    public void copy(final long from, final long to, final int length) {
        Memory.copy(from, to, length);
    }

    /** Whether vector kernels run. */
    public boolean vectorized() {
        return useVector;
    }

    /**
     * Runs the vector kernels until they are compiled, then switches to them. On a background thread; returns when done, at the latest after
     * 15 s, and earlier if the thread is interrupted.
     *
     * @return one line on what runs now
     */
    public String warmUp() {
        if (vector == null) {
            return "scalar checksum kernels (module jdk.incubator.vector is not there: add --add-modules jdk.incubator.vector)";
        }
        try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
            final long from = arena.allocate(WARM_LENGTH, 64).address();
            final long to = arena.allocate(WARM_LENGTH, 64).address();
            final long begin = System.nanoTime();
            int quiet = 0;
            while (quiet < QUIET_ROUNDS) {
                if (Thread.interrupted() || System.nanoTime() - begin > GIVE_UP_NANOS) {
                    return "scalar checksum kernels (the vector kernels were not compiled in time)";
                }
                quiet = round(from, to) ? quiet + 1 : 0;
            }
            useVector = true;
            return "vector checksum kernels, compiled after " + (System.nanoTime() - begin) / 1_000_000 + " ms";
        } catch (final LinkageError e) {
            LOG.log(System.Logger.Level.WARNING, "vector kernels do not run here", e);
            return "scalar checksum kernels";
        }
    }

    /** @return whether the vector kernels allocated nothing and were the faster ones */
    private boolean round(final long from, final long to) {
        final long allocated = Allocation.ofThisThread();
        final long begin = System.nanoTime();
        final long vectorSum = run(vector, from, to);
        final long vectorTime = System.nanoTime() - begin;
        final boolean quiet = Allocation.ofThisThread() == allocated;
        final long scalarBegin = System.nanoTime();
        final long scalarSum = run(scalar, from, to);
        final long scalarTime = System.nanoTime() - scalarBegin;
        if (Kernels.fold(vectorSum) != Kernels.fold(scalarSum)) {
            throw new LinkageError("vector and scalar kernels differ");
        }
        return quiet && vectorTime < scalarTime;
    }

    private static long run(final Kernels kernels, final long from, final long to) {
        long sum = 0;
        for (int i = 0; i < ROUND; i++) {
            final int length = 64 + i * 7 % (WARM_LENGTH - 64);
            sum = kernels.copyAndSum(from, to, length, sum);
            sum = kernels.sum(to, length, sum);
        }
        return sum;
    }
}
