package joyride.core.service;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import joyride.api.admin.AdminException;
import joyride.api.admin.StackAdmin.VariantView;
import joyride.api.socket.IpcTransport;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpVariant;
import joyride.core.engine.Engine;
import joyride.core.engine.EventLoop;
import joyride.core.instance.Instance;
import joyride.core.transport.HandOver;

/**
 * TCP variants and congestion controls as they come and go, and the swaps between them. On configuration threads, one at a
 * time; connections change hands on the loop.
 */
final class TcpServices {
    private static final String NEWRENO = "newreno";
    private static final String STAND_IN = NEWRENO + " (joyride.core)";
    private static final System.Logger LOG = System.getLogger(TcpServices.class.getName());

    private final Engine engine;
    private final LoopCalls calls;
    private final Rehearsal rehearsal;
    private final SwapLog log;
    private final Candidates<TcpVariant> variants = new Candidates<>();
    private final Candidates<CongestionControl> controls = new Candidates<>();
    private final Map<String, Object> serving = new HashMap<>();

    /** What served each name last and until when, {@link System#nanoTime}, where nothing does now. */
    private final Map<String, Gone> gone = new HashMap<>();

    /** Who serves each name, for people. */
    private final Map<String, String> bundles = new HashMap<>();

    private final Set<Object> stuck = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Object> rehearsed = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Object> broken = Collections.newSetFromMap(new IdentityHashMap<>());

    private record Gone(String bundle, long since) {}

    TcpServices(final EventLoop loop, final LoopCalls calls, final Rehearsal rehearsal, final SwapLog log) {
        this.engine = loop.engine();
        this.calls = calls;
        this.rehearsal = rehearsal;
        this.log = log;
    }

    /** Blocks while one rehearses that may have to take over from what is in service, now or when that leaves. */
    void add(final Candidate<TcpVariant> candidate) {
        variants.add(candidate);
        final String failure =
                isUsed("tcp", candidate.name(), engine.defaultVariant()) ? rehearse(candidate.service()) : null;
        synchronized (this) {
            judge("tcp", candidate, failure);
            refresh("tcp", candidate.name(), variants, engine.transport()::variant);
        }
    }

    /** Whether connections have what serves under {@code name}, or will: what nobody has rehearses when somebody chooses it. */
    private boolean isUsed(final String kind, final String name, final String standard) {
        final Object old;
        synchronized (this) {
            old = serving.get(kind + ":" + name);
        }
        return old != null
                && (name.equals(standard)
                        || calls.call(
                                        "users of " + name,
                                        () -> engine.transport().users(old))
                                > 0);
    }

    private void judge(final String kind, final Candidate<?> candidate, final String failure) {
        if (failure != null) {
            broken.add(candidate.service());
            LOG.log(
                    System.Logger.Level.ERROR,
                    "{0} {1} of {2} is not put in service: in its rehearsal it {3}",
                    kind,
                    candidate.name(),
                    candidate.bundle(),
                    failure);
        }
    }

    synchronized void remove(final TcpVariant service) {
        leave("tcp", service, variants, engine.transport()::variant);
    }

    /** As {@link #add}. */
    void addControl(final Candidate<CongestionControl> candidate) {
        controls.add(candidate);
        final String failure = isUsed("cc", candidate.name(), engine.defaultCongestionControl())
                ? rehearse(candidate.service())
                : null;
        synchronized (this) {
            judge("cc", candidate, failure);
            refresh("cc", candidate.name(), controls, engine.transport()::congestionControl);
        }
    }

    /** The variants ({@code tcp}) or congestion controls ({@code cc}) that there are, by name. */
    synchronized Set<String> names(final String kind) {
        final Set<String> names = new TreeSet<>(kind.equals("tcp") ? variants.names() : controls.names());
        if (!kind.equals("tcp")) {
            names.add(NEWRENO);
        }
        return names;
    }

    /** What new instances are configured to have and nobody serves: a line each for the log. It may come yet. */
    synchronized List<String> missing() {
        final List<String> missing = new ArrayList<>();
        final String variant = engine.defaultVariant();
        if (!serving.containsKey("tcp:" + variant)) {
            missing.add(
                    "tcp.variant=" + variant + ": no TCP variant of that name is in service, so that programs cannot"
                            + " connect or listen; there are " + names("tcp") + ", others come with their bundles");
        }
        final String control = engine.defaultCongestionControl();
        if (!control.equals(NEWRENO) && !serving.containsKey("cc:" + control)) {
            missing.add("tcp.cc=" + control + ": no congestion control of that name is in service, newreno stands in;"
                    + " there are " + names("cc") + ", others come with their bundles");
        }
        return missing;
    }

    /** What serves new instances, for the warm-up at start; null: nothing yet. */
    synchronized TcpVariant servingVariant() {
        return (TcpVariant) serving.get("tcp:" + engine.defaultVariant());
    }

    /** As {@link #servingVariant}; null: NewReno. */
    synchronized CongestionControl servingControl() {
        return (CongestionControl) serving.get("cc:" + engine.defaultCongestionControl());
    }

    synchronized void removeControl(final CongestionControl service) {
        leave("cc", service, controls, engine.transport()::congestionControl);
    }

    /** Puts the best of {@code name} in service, if it is not. */
    private <T> void refresh(
            final String kind, final String name, final Candidates<T> candidates, final BiConsumer<String, T> install) {
        final Candidate<T> best = candidates.best(name, service -> !broken.contains(service));
        final T next = best == null ? null : best.service();
        @SuppressWarnings("unchecked")
        final T old = (T) serving.get(kind + ":" + name);
        if (next == old) {
            return;
        }
        final String key = kind + ":" + name;
        final long begin = System.nanoTime();
        final HandOver result = calls.handOver(kind + " " + name, () -> install.accept(name, next));
        if (next == null) {
            serving.remove(key);
            final Gone left = new Gone(bundles.remove(key), begin);
            gone.put(key, left);
            tellGone(kind, name, left.bundle(), result);
            return;
        }
        if (result.failure() != null && old != null && isThere(candidates, old)) {
            broken.add(next);
            calls.handOver(kind + " " + name, () -> install.accept(name, old));
            LOG.log(
                    System.Logger.Level.ERROR,
                    "{0} {1} of {2} refused a connection ({3}); the one before it stays in service",
                    kind,
                    name,
                    best.bundle(),
                    result.failure());
            return;
        }
        serving.put(key, next);
        rehearsed.add(next);
        tell(kind, name, best.bundle(), result);
    }

    private void tellGone(final String kind, final String name, final String bundle, final HandOver result) {
        final boolean tcp = kind.equals("tcp");
        LOG.log(
                result.movedCount() == 0 ? System.Logger.Level.INFO : System.Logger.Level.WARNING,
                "no {0} {1} is in service any more; {2} connections {3}",
                kind,
                name,
                result.movedCount(),
                tcp ? "wait for one" : "have " + NEWRENO + " meanwhile");
        if (!tcp && result.movedCount() > 0) {
            log.add(kind, "all", name + " (" + bundle + ")", STAND_IN, 0, result.movedCount());
        }
    }

    private void tell(final String kind, final String name, final String bundle, final HandOver result) {
        final String key = kind + ":" + name;
        final Gone before = gone.remove(key);
        final String old = before == null ? bundles.get(key) : before.bundle();
        bundles.put(key, bundle);
        if (old == null) {
            LOG.log(System.Logger.Level.INFO, "{0} {1} of {2} is in service", kind, name, bundle);
            return;
        }
        final boolean stoodIn = before != null && kind.equals("cc");
        // With a successor there, or newreno, each connection changes hands between two of its packets.
        final long pause = before == null || stoodIn ? 0 : System.nanoTime() - before.since();
        final String from = stoodIn ? STAND_IN : name + " (" + old + ")";
        log.add(kind, "all", from, name + " (" + bundle + ")", pause, result.movedCount());
    }

    private static <T> boolean isThere(final Candidates<T> candidates, final T service) {
        return candidates.all().stream().anyMatch(candidate -> candidate.service() == service);
    }

    private <T> void leave(
            final String kind, final T service, final Candidates<T> candidates, final BiConsumer<String, T> install) {
        final Candidate<T> left = candidates.remove(service);
        broken.remove(service);
        rehearsed.remove(service);
        if (left == null) {
            return;
        }
        try {
            refresh(kind, left.name(), candidates, install);
        } catch (final AdminException e) {
            stuck.add(service);
            LOG.log(System.Logger.Level.ERROR, "bundle " + left.bundle() + " is stuck: " + e.getMessage());
        }
    }

    /**
     * {@link joyride.api.admin.StackAdmin#swap}. Blocks while the newcomer warms up, if it has not yet.
     *
     * @param connection {@code LOCAL REMOTE}; empty: all
     */
    String swap(final String kind, final String name, final long instance, final String connection) {
        final boolean tcp = kind.equals("tcp");
        final Candidates<?> candidates = tcp ? variants : controls;
        final Candidate<?> best = candidates.best(name);
        if (best == null && (tcp || !name.equals(NEWRENO))) {
            throw new AdminException("there is no " + kind + " '" + name + "'; there are "
                    + String.join(", ", candidates.names()) + (tcp ? "" : ", " + NEWRENO));
        }
        final String failure = best == null ? null : rehearse(best.service());
        if (failure != null) {
            throw new AdminException(kind + " " + name + " is not put in service: in its rehearsal it " + failure);
        }
        return connection.isEmpty() ? change(tcp, kind, name, instance) : changeOne(tcp, name, instance, connection);
    }

    private synchronized String changeOne(
            final boolean tcp, final String name, final long instance, final String connection) {
        final long begin = System.nanoTime();
        final String kind = tcp ? "tcp" : "cc";
        final String before = calls.call("swap " + kind + " " + name, () -> {
            try {
                return tcp
                        ? engine.transport().variant(instance, connection, name)
                        : engine.transport().congestionControl(instance, connection, name);
            } catch (final IllegalStateException e) {
                throw new AdminException(e.getMessage());
            }
        });
        if (before == null) {
            throw new AdminException("there is no connection '" + connection + "'"
                    + (instance == 0 ? "" : " of instance " + instance)
                    + "; write LOCAL and REMOTE as joyride:sockets shows them");
        }
        return log.add(kind, connection, before, name, 0, 1)
                + ", %.1f ms in all".formatted((System.nanoTime() - begin) / 1e6);
    }

    /** {@link joyride.api.admin.StackAdmin#prefer}. */
    synchronized void prefer(final String bundle) {
        variants.prefer(bundle).forEach(name -> refresh("tcp", name, variants, engine.transport()::variant));
        controls.prefer(bundle).forEach(name -> refresh("cc", name, controls, engine.transport()::congestionControl));
    }

    private String rehearse(final Object service) {
        final TcpVariant variant;
        synchronized (this) {
            variant = service instanceof TcpVariant own ? own : servingVariant();
            if (variant == null || rehearsed.contains(service)) {
                return null;
            }
        }
        final String failure =
                rehearsal.run(variant, service instanceof CongestionControl control ? control : servingControl());
        if (failure == null) {
            synchronized (this) {
                rehearsed.add(service);
            }
        }
        return failure;
    }

    /** A transport's, over what serves new instances. @return null, or what went wrong, as the end of a sentence */
    String rehearse(final IpcTransport transport) {
        final TcpVariant variant = servingVariant();
        return variant == null ? null : rehearsal.run(transport, variant, servingControl());
    }

    private synchronized String change(final boolean tcp, final String kind, final String name, final long instance) {
        final Map<Instance, String> before = new HashMap<>();
        final long begin = System.nanoTime();
        final HandOver result = calls.handOver("swap " + kind + " " + name, () -> choose(tcp, name, instance, before));
        if (result.failure() != null && tcp) {
            calls.handOver("swap back", () -> before.forEach(Instance::variant));
            throw new AdminException(kind + " " + name + " refused a connection (" + result.failure()
                    + "); all connections keep what they had");
        }
        final String where = instance == 0 ? "all instances" : "instance " + instance;
        final String from =
                String.join(",", before.values().stream().distinct().sorted().toList());
        log.add(kind, where, from.isEmpty() ? "-" : from, name, 0, result.movedCount());
        return "%d connections of %s have %s %s, %d were refused, in %.1f ms"
                .formatted(
                        result.movedCount(),
                        where,
                        kind,
                        name,
                        result.refusedCount(),
                        (System.nanoTime() - begin) / 1e6);
    }

    private void choose(final boolean tcp, final String name, final long instance, final Map<Instance, String> before) {
        boolean found = instance == 0;
        for (final Instance each : engine.instances()) {
            if (instance == 0 || each.id() == instance) {
                found = true;
                before.put(each, tcp ? each.variant() : each.congestionControl());
                if (tcp) {
                    each.variant(name);
                } else {
                    each.congestionControl(name);
                }
            }
        }
        if (!found) {
            throw new AdminException("there is no instance " + instance + "; joyride:instances lists them");
        }
        if (instance == 0) {
            engine.defaults(tcp ? name : engine.defaultVariant(), tcp ? engine.defaultCongestionControl() : name);
        }
    }

    synchronized List<VariantView> views() {
        final List<VariantView> views = new ArrayList<>();
        views("tcp", variants, views);
        views("cc", controls, views);
        if (!controls.names().contains(NEWRENO)) {
            final long users = calls.call("variants", () -> engine.transport().users(null));
            views.add(new VariantView("cc", NEWRENO, "joyride.core", "in service", users));
        }
        return views;
    }

    private <T> void views(final String kind, final Candidates<T> candidates, final List<VariantView> views) {
        final List<Candidate<T>> all = candidates.all();
        final List<Long> users = calls.call(
                "variants",
                () -> all.stream()
                        .map(c -> engine.transport().users(c.service()))
                        .toList());
        for (int i = 0; i < all.size(); i++) {
            final Candidate<T> candidate = all.get(i);
            views.add(
                    new VariantView(kind, candidate.name(), candidate.bundle(), state(kind, candidate), users.get(i)));
        }
    }

    private String state(final String kind, final Candidate<?> candidate) {
        if (broken.contains(candidate.service())) {
            return "refused";
        }
        return serving.get(kind + ":" + candidate.name()) == candidate.service() ? "in service" : "waiting";
    }

    /** Services that did not let go in time. */
    synchronized int stuck() {
        return stuck.size();
    }
}
