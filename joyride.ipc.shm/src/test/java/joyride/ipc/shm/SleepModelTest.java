package joyride.ipc.shm;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * How a thread goes to sleep in a place ({@code wait.c}) and how the service wakes it, all told first and rung for afterwards ({@link Readiness}), step by step on a model
 * of a machine whose stores wait in buffers: every order of the steps is tried. In none does the thread sleep while something waits for it. The
 * model can tell: without the sleeper's fence, with its name noted before it is armed, or with the name taken before the news is there, there is such an order.
 */
class SleepModelTest {
    /** News, in turns of two and one: the first turn tells twice before it rings. */
    private static final String SERVICE = "TTRTR";

    private static final int LOOK = 0;
    private static final int NOTE = 1;
    private static final int ARM = 2;
    private static final int FENCE = 3;
    private static final int LOOK_AGAIN = 4;
    private static final int SLEEP = 5;
    private static final int DISARM = 6;
    private static final int FORGET = 7;

    private boolean fence;
    private boolean newsFirst;
    private boolean armedFirst;
    private final Set<State> seen = new HashSet<>();
    private boolean lost;

    /**
     * @param thread its step
     * @param buffer its stores on their way: a digit each, the oldest last; 1 name, 2 asleep
     * @param turn the service's place in {@link #SERVICE}
     * @param half whether it has done half of telling
     * @param due whom it took the name of
     * @param waker readable
     */
    private record State(
            int thread,
            int buffer,
            boolean news,
            boolean name,
            boolean asleep,
            int turn,
            boolean half,
            boolean due,
            boolean waker) {
        State at(final int step) {
            return new State(step, buffer, news, name, asleep, turn, half, due, waker);
        }

        State memory(final int waiting, final boolean fresh, final boolean named, final boolean sleeps) {
            return new State(thread, waiting, fresh, named, sleeps, turn, half, due, waker);
        }

        State service(final int place, final boolean middle, final boolean owed, final boolean rung) {
            return new State(thread, buffer, news, name, asleep, place, middle, owed, rung);
        }
    }

    private boolean sleepsOn(final boolean withFence, final boolean armingFirst, final boolean tellingFirst) {
        fence = withFence;
        armedFirst = armingFirst;
        newsFirst = tellingFirst;
        seen.clear();
        lost = false;
        explore(new State(LOOK, 0, false, false, false, 0, false, false, false));
        assertTrue(seen.size() > 100, () -> "only " + seen.size() + " states");
        return lost;
    }

    private void explore(final State state) {
        if (!seen.add(state)) {
            return;
        }
        boolean moved = false;
        if (state.buffer != 0) {
            moved = true;
            explore(drained(state));
        }
        if (state.turn < SERVICE.length()) {
            moved = true;
            explore(SERVICE.charAt(state.turn) == 'T' ? told(state) : rung(state));
        }
        if (state.thread != SLEEP || state.waker) {
            if (state.thread != FENCE || !fence || state.buffer == 0) {
                moved = true;
                explore(step(state));
            }
        }
        lost |= !moved && state.news;
    }

    /** The oldest store reaches memory. */
    private static State drained(final State state) {
        final boolean name = state.buffer % 10 == 1;
        return state.memory(state.buffer / 10, state.news, state.name || name, state.asleep || !name);
    }

    private static State stored(final State state, final int what) {
        return state.memory(state.buffer == 0 ? what : what * 10 + state.buffer, state.news, state.name, state.asleep);
    }

    private State step(final State state) {
        return switch (state.thread) {
            case LOOK -> state.news ? taken(state) : state.at(NOTE);
            case NOTE -> stored(state, armedFirst ? 2 : 1).at(ARM);
            case ARM -> stored(state, armedFirst ? 1 : 2).at(FENCE);
            case FENCE -> state.at(LOOK_AGAIN);
            case LOOK_AGAIN -> state.at(state.news ? DISARM : SLEEP);
            case SLEEP ->
                state.service(state.turn, state.half, state.due, false).at(DISARM);
            case DISARM ->
                emptied(state).memory(0, state.news, emptied(state).name, false).at(FORGET);
            default -> state.memory(0, state.news, false, state.asleep).at(LOOK);
        };
    }

    /** An exchange waits until all that was stored before is there. */
    private static State emptied(final State state) {
        State now = state;
        while (now.buffer != 0) {
            now = drained(now);
        }
        return now;
    }

    private static State taken(final State state) {
        return state.memory(state.buffer, false, state.name, state.asleep);
    }

    private State told(final State state) {
        final boolean news = state.half != newsFirst;
        final State next = news
                ? state.memory(state.buffer, true, state.name, state.asleep)
                : state.memory(state.buffer, state.news, false, state.asleep);
        final boolean due = state.due || !news && state.name;
        return next.service(state.half ? state.turn + 1 : state.turn, !state.half, due, state.waker);
    }

    private static State rung(final State state) {
        final boolean wake = state.due && state.asleep;
        return state.memory(state.buffer, state.news, state.name, state.asleep && !wake)
                .service(state.turn + 1, false, false, state.waker || wake);
    }

    @Test
    void shouldNeverSleepWhileNewsWait() {
        assertFalse(sleepsOn(true, true, true));
    }

    @Test
    void shouldFindTheLostWakeUpWhenTheSleeperPassesNoFence() {
        assertTrue(sleepsOn(false, true, true));
    }

    @Test
    void shouldFindTheLostWakeUpWhenTheNameIsTakenBeforeTheNews() {
        assertTrue(sleepsOn(true, true, false));
    }

    @Test
    void shouldFindTheLostWakeUpWhenTheNameIsNotedBeforeTheSleeperIsArmed() {
        assertTrue(sleepsOn(true, false, true));
    }
}
