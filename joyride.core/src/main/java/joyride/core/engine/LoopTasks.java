package joyride.core.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** What runs on an engine's thread between two turns. One that throws does not keep the next from its turn. */
final class LoopTasks {
    private static final System.Logger LOG = System.getLogger(Engine.class.getName());

    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private List<Runnable> nextTurn = new ArrayList<>();
    private List<Runnable> thisTurn = new ArrayList<>();
    private Runnable waker = () -> {};

    /** How {@link #execute} wakes a loop that sleeps. */
    void waker(final Runnable wake) {
        waker = wake;
    }

    /** Any thread. */
    void execute(final Runnable task) {
        tasks.add(task);
        waker.run();
    }

    /** On the engine's thread: a turn follows at once. */
    void executeNextTurn(final Runnable task) {
        nextTurn.add(task);
    }

    /** Runs what is due. On the engine's thread. @return how many */
    int run() {
        return tasks.isEmpty() && nextTurn.isEmpty() ? 0 : runDue();
    }

    private int runDue() {
        int done = 0;
        final List<Runnable> due = nextTurn;
        nextTurn = thisTurn;
        thisTurn = due;
        for (int i = 0; i < due.size(); i++) {
            run(due.get(i));
            done++;
        }
        due.clear();
        Runnable task;
        while ((task = tasks.poll()) != null) {
            run(task);
            done++;
        }
        return done;
    }

    private static void run(final Runnable task) {
        try {
            task.run();
        } catch (final RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "a task on the event loop failed", e);
        }
    }
}
