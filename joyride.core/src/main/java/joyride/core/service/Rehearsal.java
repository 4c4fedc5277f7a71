package joyride.core.service;

import java.util.function.BooleanSupplier;
import joyride.api.memory.Kernels;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpVariant;
import joyride.core.warmup.SyntheticDuty;

/**
 * Runs a variant or congestion control on a private engine until it is as fast as it gets: what replaces something in service
 * starts interpreted, and may not work at all. On the calling thread, never an event loop's.
 */
final class Rehearsal {
    private static final long ROUND_NANOS = 200_000_000L;
    private static final long LEAST_NANOS = 1_000_000_000L;
    private static final int ROUNDS_WITHOUT_GAIN = 4;
    private static final double GAIN = 1.05;

    private final Kernels kernels;
    private final long mostNanos;

    Rehearsal(final Kernels kernels) {
        this(kernels, 4_000_000_000L);
    }

    /** @param mostNanos when it ends whatever the speed */
    Rehearsal(final Kernels kernels, final long mostNanos) {
        this.kernels = kernels;
        this.mostNanos = mostNanos;
    }

    /** @return null, or what went wrong, as the end of a sentence */
    String run(final TcpVariant variant, final CongestionControl control) {
        return run(variant, control, () -> false);
    }

    /** @param cut ends it early when true */
    String run(final TcpVariant variant, final CongestionControl control, final BooleanSupplier cut) {
        try (SyntheticDuty duty = new SyntheticDuty(kernels, variant, control)) {
            final String failure = duty.run(new Plateau(duty, cut));
            if (failure == null && duty.lives() == 0 && !cut.getAsBoolean()) {
                return "carried no connection to its end";
            }
            return failure;
        } catch (final RuntimeException | LinkageError e) {
            return "threw " + e;
        }
    }

    /** Says enough once the speed no longer grows. */
    private final class Plateau implements BooleanSupplier {
        private final SyntheticDuty duty;
        private final BooleanSupplier cut;
        private final long begin = System.nanoTime();
        private long roundBegin = begin;
        private long livesBefore;
        private double best;
        private int roundsWithoutGain;

        Plateau(final SyntheticDuty duty, final BooleanSupplier cut) {
            this.duty = duty;
            this.cut = cut;
        }

        @Override
        public boolean getAsBoolean() {
            final long now = System.nanoTime();
            if (cut.getAsBoolean() || now - begin > mostNanos) {
                return true;
            }
            if (now - roundBegin < ROUND_NANOS) {
                return false;
            }
            final double speed = (double) (duty.lives() - livesBefore) / (now - roundBegin);
            livesBefore = duty.lives();
            roundBegin = now;
            if (speed > best * GAIN) {
                best = speed;
                roundsWithoutGain = 0;
            } else {
                roundsWithoutGain++;
            }
            return roundsWithoutGain >= ROUNDS_WITHOUT_GAIN && now - begin > LEAST_NANOS;
        }
    }
}
