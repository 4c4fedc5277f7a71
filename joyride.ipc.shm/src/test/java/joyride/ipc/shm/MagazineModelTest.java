package joyride.ipc.shm;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * How a program waits for chunks and how the service refills its magazine ({@code magazine.c}, {@code send.c}, {@link ShmProcess#refill}), step by step on a
 * model: every order of the steps is tried, also those in which the service stands still for longer than the program looks on. In none may
 * the program wait for ever. The model can tell: with the rules before, by which only a magazine found empty at the first look had the waiting told and
 * the program did not ask again once it waits, and without the fence behind the published position, there is such an order.
 */
class MagazineModelTest {
    private static final int LEVEL = 2;
    private static final int WANTED = 4;

    // The program's steps.
    private static final int TAKE = 0;
    private static final int ASK = 1;
    private static final int LOOK_AGAIN = 2;
    private static final int WANT_ROOM = 3;
    private static final int ROOM_NOW = 4;
    private static final int AWAIT = 5;
    private static final int SLEEP = 6;
    private static final int DONE = 7;
    /** After a chunk that left few: asks, and goes on. */
    private static final int ASK_LOW = 8;
    /** Once it has said that it waits. */
    private static final int ASK_WAITING = 9;

    // The service's.
    private static final int IDLE = 0;
    private static final int LOOK = 1;
    private static final int PUBLISH = 2;
    private static final int WANTS = 3;
    private static final int CLEAR = 4;
    private static final int TELL = 5;

    private boolean fence;
    private boolean looksAgain;
    private boolean asksAgain;
    private final Set<State> seen = new HashSet<>();
    private boolean lost;

    /**
     * @param prod as memory has it
     * @param buffered of the service, a position that waits in its store buffer; -1: none
     * @param cons chunks taken
     * @param want the program asks
     * @param marked the service is to look at the program
     * @param txWant the program waits to be told
     * @param spent chunks whose bytes the service has seen, for each of which it fills up
     * @param before what had been lent when the refill began
     * @param left what it found
     */
    private record State(
            int program,
            int service,
            int prod,
            int buffered,
            int cons,
            boolean want,
            boolean marked,
            boolean txWant,
            int spent,
            int lent,
            int before,
            int left) {
        State program(final int step) {
            return new State(step, service, prod, buffered, cons, want, marked, txWant, spent, lent, before, left);
        }

        State service(final int step) {
            return new State(program, step, prod, buffered, cons, want, marked, txWant, spent, lent, before, left);
        }

        State took() {
            return new State(
                    program, service, prod, buffered, cons + 1, want, marked, txWant, spent, lent, before, left);
        }

        State asks(final boolean asking, final boolean mark) {
            return new State(program, service, prod, buffered, cons, asking, mark, txWant, spent, lent, before, left);
        }

        State waits(final boolean waiting) {
            return new State(program, service, prod, buffered, cons, want, marked, waiting, spent, lent, before, left);
        }

        State published(final int position, final int waiting, final int all) {
            return new State(program, service, position, waiting, cons, want, marked, txWant, spent, all, before, left);
        }

        State looked() {
            return new State(
                    program, service, prod, buffered, cons, want, marked, txWant, cons, lent, lent, lent - cons);
        }
    }

    private boolean hangs(final boolean withFence, final boolean lookingAgain, final boolean askingAgain) {
        fence = withFence;
        looksAgain = lookingAgain;
        asksAgain = askingAgain;
        seen.clear();
        lost = false;
        explore(new State(TAKE, IDLE, LEVEL, -1, 0, false, false, false, 0, LEVEL, LEVEL, LEVEL));
        assertTrue(seen.size() > 100, () -> "only " + seen.size() + " states");
        return lost;
    }

    private void explore(final State state) {
        if (!seen.add(state)) {
            return;
        }
        boolean moved = false;
        if (state.buffered >= 0) {
            moved = true;
            explore(state.published(state.buffered, -1, state.lent));
        }
        if (state.program != DONE && (state.program != SLEEP || !state.txWant)) {
            moved = true;
            program(state);
        }
        if (state.service != IDLE || state.marked || state.spent < state.cons) {
            moved = true;
            service(state);
        }
        lost |= !moved && state.program != DONE;
    }

    private void program(final State state) {
        final boolean any = state.prod != state.cons;
        switch (state.program) {
            case TAKE -> explore(any ? taken(state) : state.program(ASK));
            case ASK, ASK_LOW -> {
                final State asked = state.want ? state : state.asks(true, true);
                explore(asked.program(state.program == ASK ? LOOK_AGAIN : TAKE));
            }
            case LOOK_AGAIN -> explore(any ? taken(state) : state.program(WANT_ROOM));
            case WANT_ROOM -> explore(state.waits(true).program(ROOM_NOW));
            case ROOM_NOW -> explore(state.program(any ? TAKE : asksAgain ? ASK_WAITING : AWAIT));
            case ASK_WAITING -> explore((state.want ? state : state.asks(true, true)).program(AWAIT));
            case AWAIT -> {
                if (any) {
                    explore(state.program(TAKE));
                } else {
                    explore(state.program(SLEEP)); // so long has the service stood still
                }
            }
            default -> explore(state.program(TAKE));
        }
    }

    private static State taken(final State state) {
        final State taken = state.took();
        if (taken.cons == WANTED) {
            return taken.program(DONE);
        }
        return taken.program(taken.prod - taken.cons <= 1 ? ASK_LOW : TAKE);
    }

    private void service(final State state) {
        switch (state.service) {
            case IDLE -> explore(state.asks(state.want, false).service(LOOK));
            case LOOK -> explore(state.looked().service(PUBLISH));
            case PUBLISH -> {
                final int all = state.lent + LEVEL - state.left;
                final boolean waits = !fence && all != state.lent;
                explore(state.published(waits ? state.prod : all, waits ? all : -1, all)
                        .service(WANTS));
            }
            case WANTS -> explore(state.service(state.want ? CLEAR : IDLE));
            case CLEAR -> {
                // A full fence: what waited in the buffer is there.
                final State drained = state.buffered < 0 ? state : state.published(state.buffered, -1, state.lent);
                explore(drained.asks(false, drained.marked).service(TELL));
            }
            default -> {
                final boolean tell = looksAgain ? state.cons >= state.before : state.left == 0;
                explore((tell ? state.waits(false) : state).service(IDLE));
            }
        }
    }

    @Test
    void shouldNeverLeaveAProgramWaitingForChunksThatAreThere() {
        assertFalse(hangs(true, true, true));
    }

    @Test
    void shouldFindTheHangWhenOnlyTheFirstLookCounts() {
        assertTrue(hangs(true, false, true));
    }

    @Test
    void shouldFindTheHangWhenThePublishedPositionIsNotFenced() {
        assertTrue(hangs(false, true, true));
    }

    @Test
    void shouldFindTheHangWhenTheProgramDoesNotAskAgain() {
        assertTrue(hangs(true, true, false));
    }
}
