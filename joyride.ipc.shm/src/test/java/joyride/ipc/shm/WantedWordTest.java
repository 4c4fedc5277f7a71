package joyride.ipc.shm;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The protocol of {@code rx_wanted} on a model of a machine whose stores wait in buffers, as x86's do (and a weaker machine's, whose fences are as full): every order in which
 * reader, service and buffers can move is tried. Whatever it is, one of the two sees what the other did; without either fence there is an order in
 * which neither does, so that the model can tell.
 */
class WantedWordTest {
    private static final int WANTED = 0;
    private static final int CONS = 1;
    private static final int NEVER = 99;
    private static final int FENCE = -1;

    /** What the reader reads, one after the other; the service wants to hear from the last on. */
    private static final int[] READS = {1, 2};

    private final Set<String> seen = new HashSet<>();
    private boolean lost;

    /** Memory, what each side still has to do, what waits in its buffer, and whether anybody noticed. */
    private record State(
            int[] memory, int reader, int service, int[] readerBuffer, int[] serviceBuffer, boolean noticed) {
        String key() {
            return Arrays.toString(memory) + reader + "," + service + Arrays.toString(readerBuffer)
                    + Arrays.toString(serviceBuffer) + noticed;
        }

        /** What a side sees of a word: its own last store that waits, or memory. */
        int load(final int[] buffer, final int word) {
            for (int i = buffer.length - 2; i >= 0; i -= 2) {
                if (buffer[i] == word) {
                    return buffer[i + 1];
                }
            }
            return memory[word];
        }
    }

    private boolean losesAWakeUp(final boolean readerFence, final boolean serviceFence) {
        seen.clear();
        lost = false;
        explore(
                new State(new int[] {NEVER, 0}, 0, 0, new int[0], new int[0], false),
                readerFence ? FENCE : 0,
                serviceFence ? FENCE : 0);
        assertTrue(seen.size() > 20, () -> "only " + seen.size() + " states");
        return lost;
    }

    private void explore(final State state, final int readerFence, final int serviceFence) {
        if (!seen.add(state.key())) {
            return;
        }
        boolean moved = false;
        if (state.readerBuffer.length > 0) {
            moved = true;
            explore(drained(state, true), readerFence, serviceFence);
        }
        if (state.serviceBuffer.length > 0) {
            moved = true;
            explore(drained(state, false), readerFence, serviceFence);
        }
        if (state.reader < 3 * READS.length
                && (state.reader % 3 != 1 || readerFence == 0 || state.readerBuffer.length == 0)) {
            moved = true;
            explore(readerStep(state), readerFence, serviceFence);
        }
        if (state.service < 3 && (state.service != 1 || serviceFence == 0 || state.serviceBuffer.length == 0)) {
            moved = true;
            explore(serviceStep(state), readerFence, serviceFence);
        }
        lost |= !moved && !state.noticed;
    }

    /** The oldest store that waits reaches memory. */
    private static State drained(final State state, final boolean reader) {
        final int[] buffer = reader ? state.readerBuffer : state.serviceBuffer;
        final int[] memory = state.memory.clone();
        memory[buffer[0]] = buffer[1];
        final int[] rest = Arrays.copyOfRange(buffer, 2, buffer.length);
        return new State(
                memory,
                state.reader,
                state.service,
                reader ? rest : state.readerBuffer,
                reader ? state.serviceBuffer : rest,
                state.noticed);
    }

    private static int[] with(final int[] buffer, final int word, final int value) {
        final int[] longer = Arrays.copyOf(buffer, buffer.length + 2);
        longer[buffer.length] = word;
        longer[buffer.length + 1] = value;
        return longer;
    }

    /** Publishes rx_cons, passes the fence, looks at rx_wanted. */
    private static State readerStep(final State state) {
        final int position = READS[state.reader / 3];
        int[] buffer = state.readerBuffer;
        boolean noticed = state.noticed;
        switch (state.reader % 3) {
            case 0 -> buffer = with(buffer, CONS, position);
            case 2 -> noticed |= position >= state.load(buffer, WANTED);
            default -> {}
        }
        return new State(state.memory, state.reader + 1, state.service, buffer, state.serviceBuffer, noticed);
    }

    /** Sets rx_wanted, passes the fence, looks at rx_cons. */
    private static State serviceStep(final State state) {
        final int wanted = READS[READS.length - 1];
        int[] buffer = state.serviceBuffer;
        boolean noticed = state.noticed;
        switch (state.service) {
            case 0 -> buffer = with(buffer, WANTED, wanted);
            case 2 -> noticed |= state.load(buffer, CONS) >= wanted;
            default -> {}
        }
        return new State(state.memory, state.reader, state.service + 1, state.readerBuffer, buffer, noticed);
    }

    @Test
    void shouldLoseNoWakeUpWhenBothSidesPassAFence() {
        assertFalse(losesAWakeUp(true, true));
    }

    @Test
    void shouldLoseAWakeUpWhenEitherFenceIsMissing() {
        assertTrue(losesAWakeUp(false, true), "the reader's");
        assertTrue(losesAWakeUp(true, false), "the service's");
        assertTrue(losesAWakeUp(false, false), "both");
    }
}
