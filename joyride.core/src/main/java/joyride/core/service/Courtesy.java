package joyride.core.service;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import joyride.api.admin.StackAdmin.Background;
import joyride.linux.Scheduling;
import joyride.linux.Scheduling.SystemThread;

/**
 * Lets those who serve go first while something rehearses or is updated: the threads that do it and the JIT compiler's run only where nobody else wants to (SCHED_IDLE), but
 * for a small share of the time, so that it comes to an end on a busy machine too. Niceness would not do: the loop and programs yield while they wait,
 * and whoever yields leaves the rest of its turn to however nice a thread; nor is a waking thread sent to a core on which a nice one runs.
 *
 * <p>The compiler's threads get back what they had, and so do threads that were begun meanwhile and stay. Where the system would refuse that (it takes
 * CAP_SYS_NICE or RLIMIT_NICE) only who rehearses stands back, by its niceness.
 */
final class Courtesy {
    /** In each {@code periodMillis} those who stand back are as others for {@code millis}; 0: never. */
    record Share(long millis, long periodMillis) {}

    /** A tenth of what a thread of the usual niceness gets beside it. */
    static final int NICE = 10;

    private static final Share STANDARD = new Share(5, 100);

    /** The JVM may begin more threads for its compiler meanwhile. */
    private static final int PERIODS_A_LOOK = 10;

    private static final long NANOS = 1_000_000;

    private final Share share;
    private final boolean mayTakeBack;

    /** Threads that stand back until they end: who has begun, and who was so before. */
    private final Set<Integer> staying = new HashSet<>();

    private int users;
    private Thread sharing;

    Courtesy() {
        this(STANDARD);
    }

    Courtesy(final Share share) {
        this.share = share;
        mayTakeBack = mayTakeBack();
    }

    /** Whether this process may undo what it does to a thread. Tried on one that ends then, since it may not. */
    static boolean mayTakeBack() {
        final boolean[] done = new boolean[1];
        final Thread thread = Thread.ofPlatform()
                .daemon()
                .name("joyride courtesy")
                .start(() -> {
                    final int self = Scheduling.thisThread().id();
                    done[0] = Scheduling.idle(self, true) && Scheduling.idle(self, false);
                });
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        return done[0];
    }

    /** One that is told on any thread when nobody waits for it any more, also where it never comes to an end. */
    Turn background() {
        return new Turn();
    }

    /** Work for which somebody waits. */
    final class Turn implements Background {
        private int begun;
        private boolean ended;

        @Override
        public synchronized void begin() {
            if (!ended) {
                Courtesy.this.begin();
                begun++;
            }
        }

        /** As {@link #begin}, on a thread that begins none that stays. */
        void beginAlone() {
            if (!mayTakeBack) {
                Scheduling.nice(Scheduling.thisThread().id(), NICE);
            }
            begin();
        }

        @Override
        public synchronized void close() {
            for (; begun > 0; begun--) {
                end();
            }
            ended = true;
        }
    }

    private synchronized void begin() {
        if (!mayTakeBack) {
            return;
        }
        if (users++ == 0) {
            for (final SystemThread thread : Scheduling.threads()) {
                if (thread.idle()) {
                    staying.add(thread.id());
                } else if (isCompiler(thread)) {
                    Scheduling.idle(thread.id(), true);
                }
            }
            if (share.millis() > 0) {
                sharing = Thread.ofPlatform().daemon().name("joyride courtesy").start(this::share);
            }
        }
        final int self = Scheduling.thisThread().id();
        staying.add(self);
        Scheduling.idle(self, true);
    }

    private synchronized void end() {
        if (!mayTakeBack || --users > 0) {
            return;
        }
        sharing = null;
        while (takeBack() > 0) {
            // One of them may have begun another meanwhile, as idle as itself.
        }
        // One that nobody waits for any more may have been in its share.
        staying.forEach(thread -> Scheduling.idle(thread, true));
        staying.clear();
    }

    /** @return how many threads are another way now */
    private int takeBack() {
        int changed = 0;
        for (final SystemThread thread : Scheduling.threads()) {
            if (thread.idle() && !staying.contains(thread.id()) && Scheduling.idle(thread.id(), false)) {
                changed++;
            }
        }
        return changed;
    }

    private void share() {
        List<Integer> threads = List.of();
        for (int period = 0; ; period++) {
            LockSupport.parkNanos((share.periodMillis() - share.millis()) * NANOS);
            if (period % PERIODS_A_LOOK == 0) {
                threads = Scheduling.threads().stream()
                        .filter(SystemThread::idle)
                        .map(SystemThread::id)
                        .toList();
            }
            if (!change(threads, false)) {
                return;
            }
            LockSupport.parkNanos(share.millis() * NANOS);
            if (!change(threads, true)) {
                return;
            }
        }
    }

    /** @return false: it is over */
    private synchronized boolean change(final List<Integer> threads, final boolean idle) {
        if (sharing != Thread.currentThread()) {
            return false;
        }
        threads.forEach(thread -> Scheduling.idle(thread, idle));
        return true;
    }

    /** The JVM calls them {@code C2 CompilerThread0} and so on; the system keeps 15 characters of it. */
    static boolean isCompiler(final SystemThread thread) {
        return thread.name().matches("C[12] CompilerThre.*");
    }
}
