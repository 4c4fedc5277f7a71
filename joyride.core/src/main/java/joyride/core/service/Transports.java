package joyride.core.service;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import joyride.api.admin.AdminException;
import joyride.api.admin.StackAdmin.VariantView;
import joyride.api.socket.IpcTransport;
import joyride.core.engine.Engine;
import joyride.core.engine.EventLoop;

/** The transports that bring applications in; of one name one is attached. On configuration threads, one at a time. */
final class Transports {
    private static final System.Logger LOG = System.getLogger(Transports.class.getName());

    private final Engine engine;
    private final LoopCalls calls;
    private final Candidates<IpcTransport> candidates = new Candidates<>();
    private final Set<IpcTransport> attached = Collections.newSetFromMap(new IdentityHashMap<>());

    Transports(final EventLoop loop, final LoopCalls calls) {
        this.engine = loop.engine();
        this.calls = calls;
    }

    synchronized void add(final Candidate<IpcTransport> candidate) {
        candidates.add(candidate);
        refresh(candidate.name());
    }

    synchronized void remove(final IpcTransport transport) {
        final Candidate<IpcTransport> left = candidates.remove(transport);
        if (left == null) {
            return;
        }
        try {
            detach(transport, left.name());
            refresh(left.name());
        } catch (final AdminException e) {
            LOG.log(System.Logger.Level.ERROR, "bundle " + left.bundle() + " is stuck: " + e.getMessage());
        }
    }

    /** Attaches the best of {@code name} in place of what is attached of that name. */
    private void refresh(final String name) {
        final Candidate<IpcTransport> best = candidates.best(name);
        for (final Candidate<IpcTransport> candidate : candidates.all()) {
            if (candidate.name().equals(name) && candidate != best) {
                detach(candidate.service(), name);
            }
        }
        if (best != null && attached.add(best.service())) {
            try {
                calls.run("transport " + name, () -> engine.attachTransport(best.service()));
                LOG.log(System.Logger.Level.INFO, "transport {0} of {1} is in service", name, best.bundle());
            } catch (final RuntimeException e) {
                attached.remove(best.service());
                LOG.log(System.Logger.Level.ERROR, "transport " + name + " is not in service: " + e.getMessage(), e);
            }
        }
    }

    private void detach(final IpcTransport transport, final String name) {
        if (attached.remove(transport)) {
            calls.run("transport " + name, () -> engine.detachTransport(transport));
        }
    }

    /** {@link joyride.api.admin.StackAdmin#swap}: of one name the best is attached already. */
    synchronized String swap(final String name) {
        final Candidate<IpcTransport> best = candidates.best(name);
        if (best == null) {
            throw new AdminException("there is no transport '" + name + "'; there are " + candidates.names());
        }
        throw new AdminException("transport " + name + " of " + best.bundle()
                + " is in service; update its bundle, or drop one that is ranked higher into load/");
    }

    synchronized void close() {
        for (final Candidate<IpcTransport> candidate : candidates.all()) {
            try {
                detach(candidate.service(), candidate.name());
            } catch (final RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, e.getMessage());
            }
        }
    }

    synchronized List<VariantView> views() {
        final List<VariantView> views = new ArrayList<>();
        for (final Candidate<IpcTransport> candidate : candidates.all()) {
            final boolean used = attached.contains(candidate.service());
            views.add(new VariantView(
                    "ipc", candidate.name(), candidate.bundle(), used ? "in service" : "waiting", used ? 1 : 0));
        }
        return views;
    }
}
