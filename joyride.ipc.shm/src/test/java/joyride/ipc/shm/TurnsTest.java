package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import joyride.api.memory.Memory;
import joyride.linux.Descriptors;
import joyride.linux.TimerDescriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Of many sockets that wait a turn looks at some, and programs are woken when all were looked at. */
class TurnsTest extends TwoPrograms {
    private static final int QUEUE = 3;
    private static final int SLEEPER = 9;
    private static final int CONNECTIONS = 4 * Turns.SOCKETS;

    private int waker;

    @BeforeEach
    void connect() {
        connect(32, CONNECTIONS);
        waker = TimerDescriptor.open();
        server.send(server.out.begin(JR_MSG_WAITER).value(SLEEPER), waker);
        rig.turn();
        assertTrue(woken(), "registration is answered by a wake-up");
        Memory.putInt(server.queue(QUEUE) + QUEUE_OWNER, server.number + 1);
        Memory.putLongVolatile(server.socket(far[0]) + SOCKET_QUEUES, QUEUE + 1);
        Memory.putInt(server.queue(QUEUE) + QUEUE_SLEEPER, SLEEPER + 1);
        Memory.putIntVolatile(server.waiter(SLEEPER) + WAITER_ASLEEP, 1);
    }

    @AfterEach
    void closeWaker() {
        Descriptors.close(waker);
    }

    private boolean woken() {
        return Descriptors.read(waker, server.in.at, 8) == 8;
    }

    private boolean told() {
        return Memory.getLong(server.queue(QUEUE) + QUEUE_READY) != 0;
    }

    /** Everything of the client's waits to be looked at. */
    private void markAll() {
        for (int slot = 0; slot < CONNECTIONS; slot++) {
            client.markDirty(slot);
        }
    }

    @Test
    void shouldWakeWhenAllThatWaitedIsLookedAt() {
        client.write(near[0], "data");
        markAll();
        rig.turn();
        assertTrue(told());
        assertFalse(woken(), "others wait");
        rig.turns(CONNECTIONS / Turns.SOCKETS);
        assertTrue(woken());
    }

    @Test
    void shouldWakeInTimeThoughMoreKeepsComing() {
        client.write(near[0], "data");
        for (int turn = 1; turn < Turns.TURNS_A_WAKE; turn++) {
            markAll();
            rig.turn();
            assertFalse(woken(), "turn " + turn);
        }
        markAll();
        rig.turn();
        assertTrue(woken());
    }

    @Test
    void shouldLookAtOtherProgramsThoughOneKeepsItBusy() {
        server.write(far[0], "data");
        for (int turn = 0; turn <= Turns.TURNS_A_WAKE; turn++) {
            markAll();
            rig.turn();
        }
        assertEquals("data", client.readText(near[0]));
    }

    @Test
    void shouldLookAtEachSocketOfAProgramThoughAllAreWrittenToAllTheTime() {
        final int last = CONNECTIONS - 1;
        for (int turn = 0; turn < 2 * CONNECTIONS / Turns.SOCKETS; turn++) {
            if (turn == 1) {
                client.write(near[last], "data");
            }
            markAll();
            rig.turn();
        }
        assertEquals("data", server.readText(far[last]));
    }

    @Test
    void shouldWakeAtOnceThoughManyCallsAreMade() {
        final List<SyntheticProgram> others = new ArrayList<>();
        for (int i = 0; i <= Turns.SOCKETS; i++) {
            others.add(rig.program("other" + i));
        }
        for (final SyntheticProgram other : others) {
            other.listen("127.77.0.1", 9000 + others.indexOf(other), 16);
        }
        client.write(near[0], "data");
        rig.turn();
        assertTrue(woken());
        others.forEach(SyntheticProgram::close);
    }

    @Test
    void shouldAnswerCallsAtOnceThoughAnotherProgramKeepsItBusy() {
        for (int turn = 0; turn < Turns.TURNS_A_WAKE; turn++) {
            markAll();
            server.listen("127.77.0.1", 9000 + turn, 16);
            rig.turn();
            assertEquals(0, server.result());
        }
    }

    @Test
    void shouldOweNobodyAWakeUpWhenItsSuccessorComes() {
        client.write(near[0], "data");
        markAll();
        rig.turn();
        assertFalse(woken());
        rig.handOver();
        assertTrue(woken());
    }
}
