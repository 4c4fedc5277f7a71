package joyride.core.service;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import joyride.api.admin.AdminException;
import joyride.api.memory.Kernels;
import joyride.api.socket.IpcTransport;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpVariant;
import joyride.core.warmup.Stage;

/**
 * Runs a variant, a congestion control and a transport together on private engines until the compiler rests: what replaces something
 * in service starts interpreted, and may not work at all. On a thread of its own, for which the caller, never an event loop, waits a bounded
 * time. Where memory is too short for it nothing is rehearsed, and a line in the log says so.
 */
final class Rehearsal implements AutoCloseable {
    /** What it takes for a while: two stacks, their wire, and programs' ring memory. */
    static final long NEEDED_MIB = 128;

    private static final System.Logger LOG = System.getLogger(Rehearsal.class.getName());
    private static final long MOST_SECONDS = 20;

    /** Of the rehearsing thread's own time. */
    private static final long ROUND_NANOS = 100_000_000L;

    private static final int CALM_ROUNDS = 6;

    /** The compiler is still busy if it worked more than that part of a round. */
    private static final double COMPILING = 0.25;

    /** Where others want its core, the rehearsing thread rests after so much time of its own, until that was a fifth of all. */
    private static final long BURST_NANOS = 3_000_000L;

    private static final int RESTING = 5;

    private final Kernels kernels;
    private final Supplier<List<IpcTransport>> transports;
    private final MemoryRoom room;
    private final Limit most;
    private final Courtesy courtesy;
    private volatile boolean closed;

    /** When it ends even if the compiler does not rest. @param nanos by the clock @param runNanos that it ran */
    record Limit(long nanos, long runNanos) {}

    /**
     * @param transports those in service: their programs do the work; if none can, simpler ones do
     * @param courtesy null: nobody has to go first
     */
    Rehearsal(
            final Kernels kernels,
            final Supplier<List<IpcTransport>> transports,
            final MemoryRoom room,
            final Limit most,
            final Courtesy courtesy) {
        this.kernels = kernels;
        this.transports = transports;
        this.room = room;
        this.most = most;
        this.courtesy = courtesy;
    }

    /** Of what comes while programs are served: they go first, and whoever updates waits. */
    static Rehearsal ofSuccessors(
            final Kernels kernels, final Supplier<List<IpcTransport>> transports, final Courtesy courtesy) {
        return new Rehearsal(
                kernels, transports, MemoryRoom.ofSystem(), new Limit(10_000_000_000L, 3_000_000_000L), courtesy);
    }

    /** Of what there is, after the start: nobody waits for it. */
    static Rehearsal ofStart(final Kernels kernels, final Supplier<List<IpcTransport>> transports) {
        return new Rehearsal(
                kernels, transports, MemoryRoom.ofSystem(), new Limit(10_000_000_000L, 10_000_000_000L), null);
    }

    /** Of what is to be replaced, on the transports in service. @return null, or what went wrong, as the end of a sentence */
    String run(final TcpVariant variant, final CongestionControl control) {
        return bounded(cut -> {
            boolean worked = false;
            for (final IpcTransport transport : transports.get()) {
                final Calm calm = new Calm(cut);
                final String failure = play(transport, variant, control, calm);
                if (failure != null) {
                    return failure;
                }
                worked |= calm.asked;
            }
            return worked ? null : alone(variant, control, cut);
        });
    }

    /** Of a transport. @return null, or what went wrong, as the end of a sentence */
    String run(final IpcTransport transport, final TcpVariant variant, final CongestionControl control) {
        return bounded(cut -> play(transport, variant, control, new Calm(cut)));
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
        final Courtesy.Turn background = courtesy == null ? null : courtesy.background();
        final Callable<String> work = () -> {
            if (background != null) {
                background.beginAlone();
            }
            return play.run(() -> closed || abandoned.get());
        };
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
            if (background != null) {
                background.close();
            }
        }
    }

    private String play(
            final IpcTransport transport, final TcpVariant variant, final CongestionControl control, final Calm calm) {
        try (Stage stage = new Stage(kernels, variant, control, false, calm)) {
            calm.stage = stage;
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
        final Calm calm = new Calm(cut);
        try (Stage stage = new Stage(kernels, variant, control, true, calm)) {
            calm.stage = stage;
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

    /**
     * Says enough once the compiler rests. Counts by what the rehearsing thread itself ran: it may get little of a busy core, and so may the
     * compiler, which is busy for longer then.
     */
    private final class Calm implements BooleanSupplier {
        private final BooleanSupplier cut;
        private final CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        private final long begin = System.nanoTime();
        private final long ranAtBegin = threads.getCurrentThreadCpuTime();
        private Stage stage;
        private boolean asked;
        private long burstBegin = begin;
        private long burstRan = ranAtBegin;
        private long roundBegin = begin;
        private long ranBefore = ranAtBegin;
        private long compiledBefore = compiled();
        private int calmRounds;

        Calm(final BooleanSupplier cut) {
            this.cut = cut;
        }

        private long compiled() {
            return compiler == null ? 0 : compiler.getTotalCompilationTime();
        }

        @Override
        public boolean getAsBoolean() {
            asked = true;
            final long now = System.nanoTime();
            final long ran = threads.getCurrentThreadCpuTime();
            if (cut.getAsBoolean() || now - begin > most.nanos() || ran - ranAtBegin > most.runNanos()) {
                return true;
            }
            if (courtesy != null && ran - burstRan >= BURST_NANOS) {
                rest(now - burstBegin, ran - burstRan);
                burstBegin = System.nanoTime();
                burstRan = ran;
            }
            if (ran - ranBefore < ROUND_NANOS) {
                return false;
            }
            final long compiledNow = compiled();
            final boolean compiling = (compiledNow - compiledBefore) * 1e6 > COMPILING * (now - roundBegin);
            ranBefore = ran;
            compiledBefore = compiledNow;
            roundBegin = now;
            calmRounds = compiling ? 0 : calmRounds + 1;
            return calmRounds >= CALM_ROUNDS;
        }

        /** @param nanos by the clock @param ranNanos that it ran; the rest of them others did */
        private static void rest(final long nanos, final long ranNanos) {
            if (nanos - ranNanos > ranNanos / RESTING) {
                LockSupport.parkNanos(RESTING * ranNanos - nanos);
            }
        }
    }
}
