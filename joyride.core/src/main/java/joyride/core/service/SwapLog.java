package joyride.core.service;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import joyride.api.admin.StackAdmin.SwapView;
import joyride.core.counters.CounterStore;

/** The latest replacements, with what the service carried in the second after each. Any thread. */
final class SwapLog {
    private static final System.Logger LOG = System.getLogger(SwapLog.class.getName());
    private static final int KEPT = 64;

    private final CounterStore counters;
    private final ScheduledExecutorService timer;
    private final List<SwapView> views = new ArrayList<>();

    SwapLog(final CounterStore counters, final ScheduledExecutorService timer) {
        this.counters = counters;
        this.timer = timer;
    }

    /** @return the line for people */
    String add(
            final String kind,
            final String where,
            final String from,
            final String to,
            final long pauseNanos,
            final long moved) {
        final SwapView view =
                new SwapView(System.currentTimeMillis(), kind, where, from, to, pauseNanos / 1000, moved, -1);
        synchronized (this) {
            views.add(view);
            if (views.size() > KEPT) {
                views.removeFirst();
            }
        }
        final long begin = System.nanoTime();
        final long before = segments();
        if (!timer.isShutdown()) {
            timer.schedule(() -> measured(view, segments() - before, System.nanoTime() - begin), 1, TimeUnit.SECONDS);
        }
        final String line = line(view);
        LOG.log(System.Logger.Level.INFO, line);
        return line;
    }

    /** What happened, one line. */
    private static String line(final SwapView view) {
        return String.format(
                Locale.ROOT,
                "%s of %s: %s in place of %s; %d %s changed hands, %.1f ms without service",
                view.kind(),
                view.where(),
                view.to(),
                view.from(),
                view.moved(),
                view.kind().equals("nic") ? "port" : "connections",
                view.pauseMicros() / 1e3);
    }

    private synchronized void measured(final SwapView view, final long segments, final long nanos) {
        final int i = views.indexOf(view);
        if (i >= 0) {
            final long rate = Math.max(0, Math.round(segments * 1e9 / nanos));
            views.set(
                    i,
                    new SwapView(
                            view.millis(),
                            view.kind(),
                            view.where(),
                            view.from(),
                            view.to(),
                            view.pauseMicros(),
                            view.moved(),
                            rate));
        }
    }

    private long segments() {
        final Map<String, Long> tcp = counters.snapshot().getOrDefault("tcp", Map.of());
        return tcp.getOrDefault("rcvtotal", 0L) + tcp.getOrDefault("sndtotal", 0L);
    }

    synchronized List<SwapView> views() {
        return List.copyOf(views);
    }
}
