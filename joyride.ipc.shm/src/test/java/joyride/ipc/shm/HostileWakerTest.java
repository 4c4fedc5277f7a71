package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import joyride.api.memory.Memory;
import joyride.linux.Descriptors;
import joyride.linux.EventDescriptor;
import joyride.linux.Poll;
import joyride.linux.Sockets;
import joyride.linux.TimerDescriptor;
import joyride.linux.UnixSockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a program does to the descriptor that it is woken by never makes the loop wait. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // Guards against hanging for good.
class HostileWakerTest {
    private static final int WAKES = 50;
    private static final int F_SETFL = 4;
    private static final long FULL_EVENT_COUNTER = 0xffff_ffff_ffff_fffeL;

    @TempDir
    Path directory;

    /** Clears O_NONBLOCK, for everybody who has the file. */
    private static void block(final int fd) {
        assertEquals(0, Descriptors.control(fd, F_SETFL, 0));
    }

    /** Writes until nothing more goes in, then lets writes block. */
    private static void fill(final int fd, final long value) {
        Descriptors.setNonBlocking(fd);
        try (Arena arena = Arena.ofConfined()) {
            final long eight = arena.allocateFrom(ValueLayout.JAVA_LONG, value).address();
            int written;
            do {
                written = Descriptors.write(fd, eight, 8);
            } while (written > 0);
        }
        block(fd);
    }

    /** Passes {@code descriptor} as the program's waker. */
    private static void register(final Rig rig, final SyntheticProgram program, final int descriptor) {
        program.send(program.out.begin(JR_MSG_WAITER).value(SyntheticProgram.WAITER), descriptor);
        rig.turn();
    }

    /** Lets the service wake the program, which never reads what wakes it. */
    private static void wake(final Rig rig, final SyntheticProgram program) {
        for (int i = 0; i < WAKES; i++) {
            Memory.putInt(program.waiter(SyntheticProgram.WAITER) + WAITER_ASLEEP, 1);
            program.submit(JR_OP_NOP, 0, 0);
            rig.turn();
        }
    }

    private static void assertServed(final Rig rig, final SyntheticProgram neighbour, final int port) {
        neighbour.listen("127.77.0.1", port, 8);
        rig.turn();
        assertEquals(0, neighbour.result());
    }

    @Test
    void shouldServeOthersWhenAWakerIsAnEventCounterThatBlocks() {
        try (Rig rig = new Rig(directory)) {
            final SyntheticProgram neighbour = rig.program("neighbour");
            final SyntheticProgram hostile = rig.program("hostile");
            final int event = EventDescriptor.open();
            register(rig, hostile, event);
            Descriptors.read(event, hostile.in.at, 8);
            fill(event, FULL_EVENT_COUNTER);
            wake(rig, hostile);
            assertServed(rig, neighbour, 80);
            assertNull(rig.host.cores.getFirst().ended);
            final String reason = rig.host.cores.get(1).ended;
            assertTrue(reason.contains("neither a timer nor"), reason);
        }
    }

    @Test
    void shouldServeEverybodyWhenATimersFlagsAreCleared() {
        try (Rig rig = new Rig(directory)) {
            final SyntheticProgram neighbour = rig.program("neighbour");
            final SyntheticProgram hostile = rig.program("hostile");
            final int timer = TimerDescriptor.open();
            register(rig, hostile, timer);
            block(timer);
            wake(rig, hostile);
            assertEquals(Poll.IN, Poll.await(timer, Poll.IN, 0), "the waker is readable");
            assertServed(rig, neighbour, 80);
            assertServed(rig, hostile, 81);
        }
    }

    @Test
    void shouldServeEverybodyWhenASocketsBufferIsFullAndItsFlagsAreCleared() {
        try (Rig rig = new Rig(directory)) {
            final SyntheticProgram neighbour = rig.program("neighbour");
            final SyntheticProgram hostile = rig.program("hostile");
            final int[] pair = Pairs.streams();
            register(rig, hostile, pair[1]);
            assertEquals(Poll.IN, Poll.await(pair[0], Poll.IN, 0), "a wake-up that was due before is there");
            fill(pair[1], 1);
            wake(rig, hostile);
            assertServed(rig, neighbour, 80);
            assertServed(rig, hostile, 81);
            Descriptors.close(pair[0]);
            wake(rig, hostile);
            assertServed(rig, hostile, 82);
        }
    }

    /** UDP and TCP, and datagram sockets of the machine: over none of them does the service speak. */
    @ParameterizedTest
    @CsvSource({"2, 2", "2, 1", "1, 2"})
    void shouldEndTheInstanceWhenAWakerIsAnotherSocket(final int domain, final int type) {
        try (Rig rig = new Rig(directory)) {
            final SyntheticProgram hostile = rig.program("hostile");
            register(rig, hostile, Sockets.socket(domain, type, 0));
            rig.turn();
            assertNotNull(rig.host.cores.getFirst().ended);
        }
    }

    @Test
    void shouldEndTheInstanceWhenTheWakerIsAConnectionToAThirdParty() {
        try (Rig rig = new Rig(directory)) {
            final SyntheticProgram hostile = rig.program("hostile");
            final int third = UnixSockets.connect(rig.path.toString());
            assertNotEquals(-1, third);
            register(rig, hostile, third);
            rig.turn();
            assertNotNull(rig.host.cores.getFirst().ended);
        }
    }
}
