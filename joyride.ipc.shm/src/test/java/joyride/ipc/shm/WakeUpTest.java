package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.memory.Memory;
import joyride.linux.Descriptors;
import joyride.linux.TimerDescriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is woken at the end of a turn, how often, and when. */
class WakeUpTest extends TwoPrograms {
    private static final int QUEUE = 3;
    private static final int SLEEPER = 9;

    private int waker;

    @BeforeEach
    void connect() {
        connect(16, 2);
        waker = TimerDescriptor.open();
        server.send(server.out.begin(JR_MSG_WAITER).value(SLEEPER), waker);
        rig.turn();
        assertTrue(woken(), "registration is answered by a wake-up");
    }

    @AfterEach
    void closeWaker() {
        Descriptors.close(waker);
    }

    /** Whether the program's thread was woken since the last look. */
    private boolean woken() {
        return Descriptors.read(waker, server.in.at, 8) == 8;
    }

    private void sleep() {
        Memory.putInt(server.queue(QUEUE) + QUEUE_SLEEPER, SLEEPER + 1);
        Memory.putIntVolatile(server.waiter(SLEEPER) + WAITER_ASLEEP, 1);
    }

    private void poll() {
        Memory.putInt(server.queue(QUEUE) + QUEUE_OWNER, server.number + 1);
        for (final int socket : far) {
            Memory.putLongVolatile(server.socket(socket) + SOCKET_QUEUES, QUEUE + 1);
        }
    }

    private boolean told() {
        return Memory.getLong(server.queue(QUEUE) + QUEUE_READY) != 0;
    }

    @Test
    void shouldWakeNobodyBeforeAllIsTold() {
        poll();
        sleep();
        final Readiness readiness = rig.instance(0).readiness();
        for (final int socket : far) {
            readiness.tell(rig.instance(0).sockets().find(socket, server.generation(socket)), true, false);
            assertTrue(told());
            assertFalse(woken(), "the rest of the turn is not told yet");
        }
        readiness.ring();
        assertTrue(woken());
        assertEquals(0, Memory.getInt(server.waiter(SLEEPER) + WAITER_ASLEEP));
        readiness.ring();
        assertFalse(woken(), "once is enough");
    }

    @Test
    void shouldWakeOnceWhenATurnBringsDataOnSeveralSockets() {
        poll();
        sleep();
        for (final int socket : near) {
            client.write(socket, "data");
        }
        rig.turn();
        assertTrue(woken());
        assertEquals(0, Memory.getInt(server.queue(QUEUE) + QUEUE_SLEEPER), "the name holds for one wake-up");
        for (final int socket : near) {
            client.write(socket, "more");
        }
        rig.turn();
        assertFalse(woken(), "nobody sleeps, nobody is woken");
    }

    @Test
    void shouldWakeEverybodyWhenSeveralSleepInOnePlace() {
        final int other = TimerDescriptor.open();
        server.send(server.out.begin(JR_MSG_WAITER).value(SLEEPER + 1), other);
        rig.turn();
        assertEquals(8, Descriptors.read(other, server.in.at, 8));
        Memory.putInt(server.socket(far[0]) + SOCKET_RX_WAITER, JR_WAITER_MANY);
        for (int number = SLEEPER; number <= SLEEPER + 1; number++) {
            Memory.putIntVolatile(server.waiter(number) + WAITER_ASLEEP, 1);
        }
        client.write(near[0], "data");
        rig.turn();
        assertTrue(woken());
        assertEquals(8, Descriptors.read(other, server.in.at, 8));
        Descriptors.close(other);
    }

    @Test
    void shouldWakeWhoSleepsInACallWhenTheTurnEnds() {
        final int caller = TimerDescriptor.open();
        client.send(client.out.begin(JR_MSG_WAITER).value(SyntheticProgram.WAITER), caller);
        rig.turn();
        assertEquals(8, Descriptors.read(caller, client.in.at, 8));
        Memory.putIntVolatile(client.waiter(SyntheticProgram.WAITER) + WAITER_ASLEEP, 1);
        client.connect("127.77.0.1", 8080);
        rig.turn();
        assertEquals(8, Descriptors.read(caller, client.in.at, 8));
        Descriptors.close(caller);
    }
}
