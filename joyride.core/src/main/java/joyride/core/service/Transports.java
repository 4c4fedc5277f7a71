package joyride.core.service;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import joyride.api.admin.AdminException;
import joyride.api.admin.StackAdmin.VariantView;
import joyride.api.socket.IpcTransport;
import joyride.core.engine.Engine;
import joyride.core.engine.EventLoop;
import joyride.core.engine.Parking;
import joyride.core.instance.Instance;

/**
 * The transports that bring applications in; of one name one is in service. Its applications pass to its successor; while there is
 * none they wait. On configuration threads, one at a time.
 */
final class Transports {
    /** How long applications wait for a successor before they end. */
    static final long MOST_WAIT_SECONDS = 120;

    private static final System.Logger LOG = System.getLogger(Transports.class.getName());

    private final Engine engine;
    private final LoopCalls calls;
    private final SwapLog log;
    private final ScheduledExecutorService timer;
    private final Function<IpcTransport, String> rehearsal;
    private final Candidates<IpcTransport> candidates = new Candidates<>();
    private final Map<String, Candidate<IpcTransport>> serving = new HashMap<>();
    private final Map<String, Waiting> waiting = new HashMap<>();
    private final Set<IpcTransport> refused = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<IpcTransport> rehearsing = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Applications without a transport. @param from the bundle that served them @param since ns */
    private record Waiting(Parking parking, String from, long since) {}

    /** @param rehearsal null, or what went wrong in it, as the end of a sentence */
    Transports(
            final EventLoop loop,
            final LoopCalls calls,
            final SwapLog log,
            final ScheduledExecutorService timer,
            final Function<IpcTransport, String> rehearsal) {
        this.rehearsal = rehearsal;
        this.engine = loop.engine();
        this.calls = calls;
        this.log = log;
        this.timer = timer;
        engine.onTransportLost(this::later);
    }

    private void later(final IpcTransport transport) {
        try {
            timer.execute(() -> lost(transport));
        } catch (final RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the service ends");
        }
    }

    /** It threw and core let go of it: the next one of its name serves what comes. */
    private synchronized void lost(final IpcTransport transport) {
        for (final Candidate<IpcTransport> candidate : List.copyOf(serving.values())) {
            if (candidate.service() == transport) {
                refused.add(transport);
                serving.remove(candidate.name());
                final Candidate<IpcTransport> next = candidates.best(candidate.name(), this::isFit);
                if (next != null) {
                    start(candidate.name(), next);
                }
            }
        }
    }

    /** Blocks while one rehearses that may have to take over from the one in service, now or when that leaves. */
    void add(final Candidate<IpcTransport> candidate) {
        final boolean served;
        synchronized (this) {
            candidates.add(candidate);
            served = serving.containsKey(candidate.name());
            if (served) {
                rehearsing.add(candidate.service());
            }
        }
        String failure = null;
        try {
            failure = served ? rehearsal.apply(candidate.service()) : null;
        } finally {
            judge(candidate, failure);
        }
    }

    private synchronized void judge(final Candidate<IpcTransport> candidate, final String failure) {
        rehearsing.remove(candidate.service());
        // One that had to serve meanwhile, since nobody else did, goes on.
        if (failure != null && serving.get(candidate.name()) != candidate) {
            refuse(candidate, new IllegalStateException("in its rehearsal it " + failure));
        }
        refresh(candidate.name());
    }

    private boolean isFit(final IpcTransport transport) {
        return !refused.contains(transport) && !rehearsing.contains(transport);
    }

    /** {@link joyride.api.admin.StackAdmin#prefer}. */
    synchronized void prefer(final String bundle) {
        candidates.prefer(bundle).forEach(this::refresh);
    }

    private void refuse(final Candidate<IpcTransport> candidate, final RuntimeException failure) {
        final Candidate<IpcTransport> old = serving.get(candidate.name());
        refused.add(candidate.service());
        LOG.log(
                System.Logger.Level.ERROR,
                "transport " + candidate.name() + " of " + candidate.bundle() + " does not take over"
                        + (old == null ? "" : " from " + old.bundle() + ", which stays in service") + ": "
                        + failure.getMessage(),
                failure);
    }

    synchronized void remove(final IpcTransport transport) {
        final Candidate<IpcTransport> left = candidates.remove(transport);
        refused.remove(transport);
        if (left == null) {
            return;
        }
        try {
            refresh(left.name());
        } catch (final AdminException e) {
            LOG.log(System.Logger.Level.ERROR, "bundle " + left.bundle() + " is stuck: " + e.getMessage());
        }
    }

    /** Puts the best of {@code name} in service, if it is not. */
    private void refresh(final String name) {
        final Candidate<IpcTransport> old = serving.get(name);
        final boolean oldStays = old != null && candidates.all().contains(old);
        Candidate<IpcTransport> best = candidates.best(name, this::isFit);
        if (best == null && !oldStays) {
            best = candidates.best(name, transport -> !refused.contains(transport));
        }
        if (best == null && !oldStays) {
            best = candidates.best(name);
        }
        if (best == old) {
            return;
        }
        if (old != null && best != null && oldStays) {
            replace(name, old, best);
            return;
        }
        if (old != null) {
            park(name, old);
        }
        if (best != null) {
            start(name, best);
        }
    }

    /** Transports in service, for the warm-up at start. */
    synchronized List<IpcTransport> inService() {
        return serving.values().stream().map(Candidate::service).toList();
    }

    /** Both are there: the applications change hands between two turns, or stay where they are. */
    private void replace(final String name, final Candidate<IpcTransport> old, final Candidate<IpcTransport> next) {
        final long[] pause = new long[1];
        final int[] sockets = new int[1];
        final RuntimeException refusal = calls.call("transport " + name, () -> {
            final long begin = System.nanoTime();
            final Parking parking = engine.park(old.service());
            try {
                take(next.service(), parking);
            } catch (final RuntimeException | LinkageError e) {
                take(old.service(), parking);
                return new IllegalStateException(e.toString(), e);
            }
            pause[0] = System.nanoTime() - begin;
            sockets[0] = parking == null ? 0 : parking.sockets();
            return null;
        });
        if (refusal != null) {
            refuse(next, refusal);
            return;
        }
        serving.put(name, next);
        log.add("ipc", name, old.bundle(), next.bundle(), pause[0], sockets[0]);
    }

    private void take(final IpcTransport transport, final Parking parking) {
        if (parking == null) {
            engine.attachTransport(transport);
        } else {
            engine.adopt(transport, parking);
        }
    }

    /** The one in service goes and there is no other yet: its applications wait. */
    private void park(final String name, final Candidate<IpcTransport> leaving) {
        serving.remove(name);
        final Parking parking = calls.call("transport " + name, () -> engine.park(leaving.service()));
        if (parking == null) {
            return;
        }
        final Waiting wait = new Waiting(parking, leaving.bundle(), System.nanoTime());
        waiting.put(name, wait);
        if (!timer.isShutdown()) {
            timer.schedule(() -> tooLong(name, wait), MOST_WAIT_SECONDS, TimeUnit.SECONDS);
        }
        LOG.log(
                System.Logger.Level.WARNING,
                "transport " + name + " of " + leaving.bundle() + " went; " + parking.applications()
                        + " applications with " + parking.sockets() + " sockets wait for a successor, for "
                        + MOST_WAIT_SECONDS + " s");
    }

    private synchronized void tooLong(final String name, final Waiting wait) {
        if (waiting.remove(name, wait)) {
            end(name, wait, "no transport came within " + MOST_WAIT_SECONDS + " s");
        }
    }

    private void end(final String name, final Waiting wait, final String reason) {
        LOG.log(
                System.Logger.Level.ERROR,
                wait.parking().applications() + " applications of transport " + name + " end: " + reason);
        calls.run("transport " + name, () -> engine.abandon(wait.parking(), reason));
    }

    /** Nobody is in service. */
    private void start(final String name, final Candidate<IpcTransport> next) {
        final Waiting wait = waiting.get(name);
        if (wait != null) {
            waiting.remove(name);
            try {
                calls.run("transport " + name, () -> engine.adopt(next.service(), wait.parking()));
                serving.put(name, next);
                log.add(
                        "ipc",
                        name,
                        wait.from(),
                        next.bundle(),
                        System.nanoTime() - wait.since(),
                        wait.parking().sockets());
                return;
            } catch (final RuntimeException e) {
                end(name, wait, next.bundle() + " does not take them over: " + e.getMessage());
            }
        }
        try {
            calls.run("transport " + name, () -> engine.attachTransport(next.service()));
            serving.put(name, next);
            LOG.log(System.Logger.Level.INFO, "transport {0} of {1} is in service", name, next.bundle());
        } catch (final RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "transport " + name + " is not in service: " + e.getMessage(), e);
        }
    }

    /** {@link joyride.api.admin.StackAdmin#swap}: of one name the best is attached already. */
    synchronized String swap(final String name) {
        final Candidate<IpcTransport> best = candidates.best(name);
        if (best == null) {
            throw new AdminException("there is no transport '" + name + "'; there are " + candidates.names());
        }
        if (refused.remove(best.service())) {
            refresh(name);
            if (serving.get(name) != best) {
                throw new AdminException("transport " + name + " of " + best.bundle()
                        + " does not take over the applications; the log says why");
            }
            return "transport " + name + " of " + best.bundle() + " is in service";
        }
        throw new AdminException("transport " + name + " of " + best.bundle()
                + " is in service; update its bundle, or drop one that is ranked higher into load/");
    }

    synchronized void close() {
        for (final Map.Entry<String, Candidate<IpcTransport>> entry :
                Map.copyOf(serving).entrySet()) {
            try {
                serving.remove(entry.getKey());
                stop(entry.getKey(), entry.getValue());
            } catch (final RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, e.getMessage());
            }
        }
        Map.copyOf(waiting).forEach((name, wait) -> {
            waiting.remove(name);
            try {
                end(name, wait, "the service stops");
            } catch (final RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, e.getMessage());
            }
        });
    }

    /** Without a successor: its applications see the service gone. */
    private void stop(final String name, final Candidate<IpcTransport> last) {
        final int[] lost = calls.call("transport " + name, () -> {
            final int[] before = living();
            engine.detachTransport(last.service());
            final int[] after = living();
            return new int[] {before[0] - after[0], before[1] - after[1]};
        });
        LOG.log(
                System.Logger.Level.INFO,
                "transport {0} of {1} stops; {2} applications with {3} sockets lose the service",
                name,
                last.bundle(),
                lost[0],
                lost[1]);
    }

    /** @return how many applications there are, and how many sockets they have */
    private int[] living() {
        return new int[] {
            engine.instances().size(),
            engine.instances().stream().mapToInt(Instance::sockets).sum()
        };
    }

    synchronized List<VariantView> views() {
        final List<VariantView> views = new ArrayList<>();
        for (final Candidate<IpcTransport> candidate : candidates.all()) {
            final boolean used = serving.get(candidate.name()) == candidate;
            final String state = used ? "in service" : refused.contains(candidate.service()) ? "refused" : "waiting";
            views.add(new VariantView("ipc", candidate.name(), candidate.bundle(), state, used ? 1 : 0));
        }
        return views;
    }
}
