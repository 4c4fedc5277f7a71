package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import joyride.linux.Descriptors;
import joyride.linux.Sockets;
import joyride.linux.UnixSockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A listener of Joyride's stands beside one of the kernel's, which tells whether anybody has a descriptor of it still. */
class TwinTest {
    private static final ValueLayout.OfShort NETWORK_SHORT = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    @TempDir
    Path directory;

    private Rig rig;
    private SyntheticProgram server;
    private SyntheticProgram client;
    private int twin;
    private int port;
    private int listener;

    @BeforeEach
    void listen() {
        rig = new Rig(directory);
        server = rig.program("server");
        client = rig.program("client");
        twin = Sockets.socket(Sockets.AF_INET, Sockets.SOCK_STREAM | Sockets.SOCK_CLOEXEC, 0);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment address = arena.allocate(16, 4);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) Sockets.AF_INET);
            address.set(ValueLayout.JAVA_INT, 4, 0x0100007f); // 127.0.0.1
            assertEquals(0, Sockets.bind(twin, address.address(), 16));
            assertEquals(0, Sockets.listen(twin, 8));
            assertEquals(16, Sockets.name(twin, address.address(), 16));
            port = address.get(NETWORK_SHORT, 2) & 0xffff;
        }
        listener = open(server);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private int open(final SyntheticProgram program) {
        program.listen("127.77.0.1", port, 8, UnixSockets.cookie(twin));
        rig.turn();
        return program.callSlotOf();
    }

    /** What connect says: 0, or that the kernel is to be tried. */
    private int connect() {
        client.connect("127.77.0.1", port);
        rig.turn();
        return client.result();
    }

    private SyntheticProgram forked() {
        final int[] pair = Pairs.make();
        server.send(server.out.begin(JR_MSG_FORK), pair[0]);
        rig.turn();
        assertEquals(JR_MSG_FORKED, server.receive());
        final SyntheticProgram child = new SyntheticProgram(server, pair[1]);
        child.send(child.out.begin(JR_MSG_CHILD).value(4242));
        rig.turn();
        child.welcomed();
        return child;
    }

    @Test
    void shouldServeOnWhenOneOfTwoProcessesClosesItsListener() {
        final SyntheticProgram child = forked();
        child.closeSocket(listener);
        rig.turns(2);
        assertEquals(0, connect());
        assertNotEquals(-1, server.accept(listener));
    }

    @Test
    void shouldServeOnWhenOneOfTwoProcessesIsKilled() {
        forked().die();
        rig.turns(2);
        assertEquals(0, connect());
    }

    @Test
    void shouldCloseTheListenerWhenTheKernelsIsGoneThoughAProcessIsOnRecord() {
        final SyntheticProgram child = forked();
        Descriptors.close(twin);
        child.closeSocket(listener);
        rig.turns(2);
        assertEquals(-JR_USE_KERNEL, connect(), "nobody would ever accept");
        assertEquals(0, rig.instance(0).sockets().inUse());
    }

    @Test
    void shouldCloseTheListenerWhenTheKernelsIsGoneAndAProcessWasKilled() {
        forked().die();
        Descriptors.close(twin);
        rig.turns(2);
        assertEquals(-JR_USE_KERNEL, connect());
    }

    @Test
    void shouldLeaveItToTheKernelsWhenItsLastHolderIsKilledAndAStrangerHasThat() {
        server.die();
        rig.turns(2);
        assertEquals(-JR_USE_KERNEL, connect(), "the stranger accepts from the kernel");
        assertTrue(new Twins().exists(Sockets.AF_INET, port, UnixSockets.cookie(twin)));
    }

    @Test
    void shouldGiveThePortAwayWhenTheKernelsListenerThereIsGone() {
        final int stale = twin;
        Descriptors.close(stale);
        client.listen("127.77.0.1", port, 8);
        rig.turn();
        assertEquals(0, client.result());
    }

    @Test
    void shouldRefuseThePortWhenTheKernelsListenerThereIsAlive() {
        client.listen("127.77.0.1", port, 8);
        rig.turn();
        assertEquals(-joyride.api.socket.Errno.EADDRINUSE, client.result());
    }

    @Test
    void shouldFindNothingAndCountWhenTheSystemHasNoSuchService() {
        try (Twins blind = new Twins(null)) {
            assertFalse(blind.exists(Sockets.AF_INET, port, UnixSockets.cookie(twin)));
            blind.countUnseen();
            assertEquals(1, blind.unseen());
        }
    }

    @Test
    void shouldBelieveProgramsAloneAndSaySoWhenTheTwinIsOutOfSight() {
        client.listen("127.77.0.1", port + 1, 8, 999_999_999_999L);
        rig.turn();
        final ShmEndpoint endpoint = rig.instance(1).sockets().at(client.callSlotOf());
        assertTrue(endpoint.note().contains("cannot be seen"), endpoint.note());
        assertFalse(endpoint.closeIfTwinGone());
        assertEquals("", rig.instance(0).sockets().at(listener).note());
    }
}
