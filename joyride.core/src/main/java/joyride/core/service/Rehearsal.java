package joyride.core.service;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import joyride.api.admin.AdminException;
import joyride.api.memory.Kernels;
import joyride.api.socket.IpcTransport;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpVariant;
import joyride.core.warmup.Stage;

/**
 * Runs a variant, a congestion control and a transport together on private engines until they are as fast as they get: what replaces something
 * in service starts interpreted, and may not work at all. On a thread of its own, for which the caller, never an event loop, waits a bounded
 * time. Where memory is too short for it nothing is rehearsed, and a line in the log says so.
 */
final class Rehearsal implements AutoCloseable {
    /** What it takes for a while: two stacks, their wire, and programs' ring memory. */
    static final long NEEDED_MIB = 128;

    private static final System.Logger LOG = System.getLogger(Rehearsal.class.getName());
    private static final long MOST_SECONDS = 20;
    private static final long ROUND_NANOS = 200_000_000L;
    private static final long LEAST_NANOS = 500_000_000L;
    private static final int ROUNDS_WITHOUT_GAIN = 4;
    private static final double GAIN = 1.05;

    /** The compiler is still busy if it worked more than that part of a round. */
    private static final double COMPILING = 0.25;

    private final Kernels kernels;
    private final Supplier<List<IpcTransport>> transports;
    private final MemoryRoom room;
    private final long mostNanos;
    private volatile boolean closed;

    /**
     * @param transports those in service: their programs do the work; if none can, simpler ones do
     * @param mostNanos when it ends whatever the speed
     */
    Rehearsal(
            final Kernels kernels,
            final Supplier<List<IpcTransport>> transports,
            final MemoryRoom room,
            final long mostNanos) {
        this.kernels = kernels;
        this.transports = transports;
        this.room = room;
        this.mostNanos = mostNanos;
    }

    /** Of what comes while programs are served: whoever updates waits for it. */
    static Rehearsal ofSuccessors(final Kernels kernels, final Supplier<List<IpcTransport>> transports) {
        return new Rehearsal(kernels, transports, MemoryRoom.ofSystem(), 6_000_000_000L);
    }

    /** Of what there is, after the start: nobody waits for it. */
    static Rehearsal ofStart(final Kernels kernels, final Supplier<List<IpcTransport>> transports) {
        return new Rehearsal(kernels, transports, MemoryRoom.ofSystem(), 10_000_000_000L);
    }

    /** Of what is to be replaced, on the transports in service. @return null, or what went wrong, as the end of a sentence */
    String run(final TcpVariant variant, final CongestionControl control) {
        return bounded(cut -> {
            boolean worked = false;
            for (final IpcTransport transport : transports.get()) {
                final Plateau plateau = new Plateau(cut);
                final String failure = play(transport, variant, control, plateau);
                if (failure != null) {
                    return failure;
                }
                worked |= plateau.asked;
            }
            return worked ? null : alone(variant, control, cut);
        });
    }

    /** Of a transport. @return null, or what went wrong, as the end of a sentence */
    String run(final IpcTransport transport, final TcpVariant variant, final CongestionControl control) {
        return bounded(cut -> play(transport, variant, control, new Plateau(cut)));
    }

    /** Why there is none, one line; null: there can be one. */
    String obstacle() {
        final long free = room.mebibytes();
        return free >= NEEDED_MIB
                ? null
                : "not rehearsed, so slow in its first seconds: a rehearsal takes " + NEEDED_MIB + " MiB, and " + free
                        + " MiB are free; raise the service's memory limit";
    }

    /** Something to rehearse. */
    private interface Play {
        String run(BooleanSupplier cut) throws Exception;
    }

    private String bounded(final Play play) {
        final String obstacle = obstacle();
        if (obstacle != null) {
            LOG.log(System.Logger.Level.WARNING, obstacle);
            return null;
        }
        final AtomicBoolean abandoned = new AtomicBoolean();
        final Callable<String> work = () -> play.run(() -> closed || abandoned.get());
        try {
            final String failure = Bounded.call("rehearsal", MOST_SECONDS, work);
            return closed ? null : failure;
        } catch (final TimeoutException e) {
            return "has not come to an end in " + MOST_SECONDS + " s";
        } catch (final AdminException e) {
            return "was interrupted";
        } catch (final Exception | LinkageError | AssertionError | VirtualMachineError e) {
            return "threw " + e;
        } finally {
            abandoned.set(true);
        }
    }

    private String play(
            final IpcTransport transport,
            final TcpVariant variant,
            final CongestionControl control,
            final Plateau plateau) {
        try (Stage stage = new Stage(kernels, variant, control, false, plateau)) {
            plateau.stage = stage;
            try {
                transport.rehearse(stage);
            } catch (final RuntimeException | LinkageError | AssertionError e) {
                // What the stage has seen is the cause of what the transport's programs miss.
                final String failure = stage.failure();
                return failure == null ? "threw " + e : failure;
            }
            return stage.failure();
        }
    }

    private String alone(final TcpVariant variant, final CongestionControl control, final BooleanSupplier cut) {
        final Plateau plateau = new Plateau(cut);
        try (Stage stage = new Stage(kernels, variant, control, true, plateau)) {
            plateau.stage = stage;
            stage.run();
            final String failure = stage.failure();
            return failure == null && stage.lives() == 0 && !cut.getAsBoolean()
                    ? "carried no connection to its end"
                    : failure;
        }
    }

    /** Ends the one that runs, and all later ones at once: the service stops. */
    @Override
    public void close() {
        closed = true;
    }

    /** Says enough once the speed no longer grows and the compiler rests. */
    private final class Plateau implements BooleanSupplier {
        private final BooleanSupplier cut;
        private final CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        private final long begin = System.nanoTime();
        private Stage stage;
        private boolean asked;
        private long roundBegin = begin;
        private long workBefore;
        private long ranBefore = threads.getCurrentThreadCpuTime();
        private long compiledBefore = compiled();
        private double best;
        private int roundsWithoutGain;

        Plateau(final BooleanSupplier cut) {
            this.cut = cut;
        }

        private long compiled() {
            return compiler == null ? 0 : compiler.getTotalCompilationTime();
        }

        @Override
        public boolean getAsBoolean() {
            asked = true;
            final long now = System.nanoTime();
            if (cut.getAsBoolean() || now - begin > mostNanos) {
                return true;
            }
            if (now - roundBegin < ROUND_NANOS) {
                return false;
            }
            final long ran = threads.getCurrentThreadCpuTime();
            // Without what others had of the core; a round in which it hardly ran says nothing.
            final double speed = (double) (stage.work() - workBefore) / Math.max(ran - ranBefore, ROUND_NANOS / 16);
            final long compiledNow = compiled();
            final boolean compiling = (compiledNow - compiledBefore) * 1e6 > COMPILING * (now - roundBegin);
            workBefore = stage.work();
            ranBefore = ran;
            compiledBefore = compiledNow;
            roundBegin = now;
            if (speed > best * GAIN || compiling) {
                best = Math.max(best, speed);
                roundsWithoutGain = 0;
            } else {
                roundsWithoutGain++;
            }
            return now - begin > LEAST_NANOS && roundsWithoutGain >= ROUNDS_WITHOUT_GAIN;
        }
    }
}
