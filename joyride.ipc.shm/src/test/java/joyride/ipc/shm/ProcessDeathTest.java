package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Random;
import joyride.api.memory.Memory;
import joyride.linux.Descriptors;
import joyride.linux.EventDescriptor;
import joyride.linux.Poll;
import joyride.linux.Sockets;
import joyride.linux.TimerDescriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // Guards against hanging for good.
class ProcessDeathTest {
    @TempDir
    Path directory;

    private Rig rig;
    private SyntheticProgram server;
    private SyntheticProgram client;
    private int listener;

    @BeforeEach
    void attach() {
        rig = new Rig(directory);
        server = rig.program("server");
        client = rig.program("client");
        server.listen("127.77.0.1", 80, 16);
        rig.turn();
        assertEquals(0, server.result());
        listener = server.callSlot;
    }

    @AfterEach
    void detach() {
        rig.close();
    }

    private int connect() {
        client.connect("127.77.0.1", 80);
        rig.turn();
        assertEquals(0, client.result());
        return client.callSlot;
    }

    /** Forks a program as the layer does: the parent asks, the child introduces itself. */
    private SyntheticProgram fork(final SyntheticProgram parent) {
        final int[] pair = Pairs.make();
        parent.send(parent.out.begin(JR_MSG_FORK), pair[0]);
        Descriptors.close(pair[0]);
        rig.turn();
        assertEquals(JR_MSG_FORKED, parent.receive());
        assertEquals(0, parent.in.status());
        final SyntheticProgram child = new SyntheticProgram(parent, pair[1]);
        child.send(child.out.begin(JR_MSG_CHILD).value(4242));
        rig.turn();
        child.welcomed();
        assertEquals(parent.in.value(), child.number);
        return child;
    }

    @Test
    void shouldEndThePeersStreamWhenAProcessDies() {
        final int near = connect();
        final int far = server.accept(listener);
        rig.turn();
        client.write(near, "last words");
        client.die();
        rig.turns(3);
        assertEquals("last words", server.readText(far));
        assertEquals(JR_SOCKET_RX_EOF, server.state(far) & JR_SOCKET_RX_EOF);
    }

    @Test
    void shouldCloseAConnectionWhenItIsClosedInTheSameTurnAsItWasAccepted() {
        final int near = connect();
        final int far = server.accept(listener);
        // As if the claim came after the service had looked at sockets in this turn.
        Memory.getAndSetLong(server.base + HEADER_RUNG, 0);
        server.closeSocket(far);
        rig.turns(3);
        assertEquals(JR_SOCKET_RX_EOF, client.state(near) & JR_SOCKET_RX_EOF);
        assertEquals(1, rig.instance(0).sockets().inUse(), "the listener alone");
    }

    @Test
    void shouldFreeAllMemoryWhenTheLastProcessOfAnInstanceDies() {
        connect();
        client.die();
        rig.turns(3);
        assertEquals(1, rig.transport.instances().size());
        assertNotEquals(null, rig.host.cores.get(1).ended);
    }

    @Test
    void shouldKeepSocketsOpenWhenAForkedChildStillHoldsThem() {
        final int near = connect();
        final int far = server.accept(listener);
        rig.turn();
        final SyntheticProgram child = fork(server);
        server.die();
        rig.turns(2);
        assertEquals(0, client.state(near) & JR_SOCKET_RX_EOF);
        child.write(far, "from the child");
        rig.turn();
        assertEquals("from the child", client.readText(near));
        child.die();
        rig.turns(3);
        assertEquals(JR_SOCKET_RX_EOF, client.state(near) & JR_SOCKET_RX_EOF);
    }

    @Test
    void shouldLetTheChildHoldAConnectionThatTheParentAcceptedJustBeforeFork() {
        final int near = connect();
        final int far = server.accept(listener);
        final SyntheticProgram child = fork(server);
        server.closeSocket(far);
        rig.turns(2);
        assertEquals(0, client.state(near) & JR_SOCKET_RX_EOF);
        child.closeSocket(far);
        rig.turns(3);
        assertEquals(JR_SOCKET_RX_EOF, client.state(near) & JR_SOCKET_RX_EOF);
    }

    @Test
    void shouldLeaveUnclaimedConnectionsToTheOtherAcceptorWhenOneDies() {
        final SyntheticProgram worker = fork(server);
        connect();
        worker.die();
        rig.turns(2);
        assertNotEquals(-1, server.accept(listener));
    }

    @Test
    void shouldResetUnclaimedConnectionsWhenTheListenerGoes() {
        final int near = connect();
        server.closeSocket(listener);
        rig.turns(3);
        assertEquals(JR_SOCKET_RESET, client.state(near) & JR_SOCKET_RESET);
        assertEquals(104, client.error(near));
        assertEquals(0, rig.instance(0).sockets().inUse());
    }

    @Test
    void shouldGiveMagazineAndHalfWrittenChunksBackWhenAWriterIsKilled() {
        final int near = connect();
        rig.turn();
        final SyntheticProgram child = fork(client);
        // Killed between putting a chunk into the table and publishing.
        final int chunk = child.takeChunk();
        Memory.putInt(child.socket(near) + SOCKET_TX_TABLE, chunk + 1);
        child.die();
        rig.turns(2);
        assertEquals("".length(), client.error(near));
        assertEquals(3, client.write(near, "abc"));
        rig.turn();
        final int far = server.accept(listener);
        assertEquals("abc", server.readText(far));
        client.closeSocket(near);
        rig.turns(3);
        client.die();
        final ChunkPool pool = rig.instance(1).pool();
        rig.turns(2);
        assertEquals(pool.capacity(), pool.free());
    }

    @Test
    void shouldKeepAHalfWrittenChunkForTheSocketWhenAWriterClosedItAndEnded() {
        final int near = connect();
        rig.turn();
        final SyntheticProgram child = fork(client);
        final int chunk = child.takeChunk();
        Memory.putInt(child.socket(near) + SOCKET_TX_TABLE, chunk + 1);
        child.closeSocket(near);
        rig.turn();
        child.die();
        rig.turns(2);
        assertEquals(3, client.write(near, "abc"));
        rig.turn();
        assertEquals("abc", server.readText(server.accept(listener)));
        assertFalse(rig.instance(1).ended());
    }

    @Test
    void shouldPassAnExclusiveWakeUpOnWhenTheChosenProcessDoesNotTakeIt() {
        final SyntheticProgram worker = fork(server);
        claimQueue(server, 3);
        claimQueue(worker, 4);
        final long at = server.socket(listener);
        Memory.putLongVolatile(at + SOCKET_QUEUES, 4 | 5 << 16);
        Memory.putLongVolatile(at + SOCKET_EXCLUSIVE, 0xffff_ffffL);
        connect();
        assertEquals(1, told(3) + told(4), "one queue is told at first");
        rig.turns(5);
        assertEquals(2, told(3) + told(4), "then the other");
    }

    private static void claimQueue(final SyntheticProgram program, final int queue) {
        Memory.putInt(program.queue(queue) + QUEUE_OWNER, program.number + 1);
    }

    private int told(final int queue) {
        return Memory.getLong(server.queue(queue) + QUEUE_READY) != 0 ? 1 : 0;
    }

    @Test
    void shouldWakeASleeperOnceWhenDataComes() {
        final int near = connect();
        final int far = server.accept(listener);
        rig.turn();
        final int event = TimerDescriptor.open();
        server.send(server.out.begin(JR_MSG_WAITER).value(9), event);
        rig.turn();
        assertEquals(8, Descriptors.read(event, server.in.at, 8), "registration is answered by one wake-up");
        Memory.putInt(server.socket(far) + SOCKET_RX_WAITER, 10);
        Memory.putIntVolatile(server.waiter(9) + WAITER_ASLEEP, 1);
        client.write(near, "a");
        rig.turn();
        assertEquals(8, Descriptors.read(event, server.in.at, 8));
        assertEquals(0, Memory.getInt(server.waiter(9) + WAITER_ASLEEP));
        assertEquals(0, Memory.getInt(server.socket(far) + SOCKET_RX_WAITER));
        client.write(near, "b");
        rig.turn();
        assertTrue(Descriptors.read(event, server.in.at, 8) < 0, "nobody sleeps, nobody is woken");
    }

    @Test
    void shouldRingTheDoorbellDescriptorWhenArmed() {
        rig.transport.disarm();
        rig.transport.poll();
        rig.transport.arm();
        final int[] wake = rig.transport.wakeDescriptors();
        assertEquals(0, Poll.await(wake[0], Poll.IN, 0));
        assertEquals(1, Memory.getAndSetInt(client.base + HEADER_ASLEEP, 0));
        EventDescriptor.signal(client.doorbell);
        assertEquals(Poll.IN, Poll.await(wake[0], Poll.IN, 0));
        rig.transport.disarm();
        rig.turn();
        assertEquals(0, Poll.await(wake[0], Poll.IN, 0), "an edge is seen once, without a read");
        EventDescriptor.signal(client.doorbell);
        assertEquals(Poll.IN, Poll.await(wake[0], Poll.IN, 0));
    }

    @Test
    void shouldFindAnEscalatedSocketByItsDescriptorWhenAnotherProgramOfTheProcessComes() {
        final int near = connect();
        final int[] pair = Pairs.streams();
        client.send(client.out.begin(JR_MSG_ESCALATE).process(near).value(client.generation(near)), pair[0], pair[1]);
        Descriptors.close(pair[0]);
        rig.turn();
        assertEquals(JR_MSG_ESCALATED, client.receive());
        assertEquals(0, client.in.status());
        client.die();
        rig.turns(2);
        final SyntheticProgram next = rig.program("next");
        next.send(next.out.begin(JR_MSG_FIND), pair[1]);
        rig.turn();
        assertEquals(JR_MSG_FOUND, next.receive());
        assertEquals(0, next.in.status());
        assertEquals(near, next.in.process());
        next.write(near, "after exec");
        rig.turn();
        final int far = server.accept(listener);
        assertEquals("after exec", server.readText(far));
        Descriptors.close(pair[1]);
        next.closeSocket(near);
        // What FIND passed is closed by another thread.
        while ((server.state(far) & JR_SOCKET_RX_EOF) == 0) {
            rig.turn();
        }
    }

    @Test
    void shouldRelayBytesBothWaysWhenAProgramWithoutTheLayerHoldsTheSocket() {
        final int near = connect();
        final int far = server.accept(listener);
        rig.turn();
        server.write(far, "before ");
        rig.turn();
        final int[] pair = Pairs.streams();
        client.send(client.out.begin(JR_MSG_ESCALATE).process(near).value(client.generation(near)), pair[1]);
        Descriptors.close(pair[1]);
        rig.turn();
        assertEquals(JR_MSG_ESCALATED, client.receive());
        assertEquals(0, client.in.status());
        assertTrue(
                Sockets.receive(pair[0], client.in.at, 1) < 0, "nothing is taken from a process that still holds it");
        client.closeSocket(near);
        rig.turns(2);
        assertEquals("before ", text(pair[0]));
        server.write(far, "after");
        rig.turns(2);
        assertEquals("after", text(pair[0]));
        write(pair[0], "from outside");
        rig.turns(2);
        assertEquals("from outside", server.readText(far));
        server.shutdownSend(far);
        rig.turns(3);
        assertEquals(0, Sockets.receive(pair[0], client.in.at, 100), "end of stream");
        write(pair[0], "last");
        Descriptors.close(pair[0]);
        rig.turns(4);
        assertEquals("last", server.readText(far));
        assertEquals(JR_SOCKET_RX_EOF, server.state(far) & JR_SOCKET_RX_EOF);
        assertEquals(0, rig.instance(1).sockets().inUse());
    }

    @Test
    void shouldRelayMuchMoreThanAnyBufferHolds() {
        final int near = connect();
        final int far = server.accept(listener);
        final int[] pair = Pairs.streams();
        client.send(client.out.begin(JR_MSG_ESCALATE).process(near).value(client.generation(near)), pair[1]);
        Descriptors.close(pair[1]);
        client.closeSocket(near);
        rig.turns(2);
        final byte[] sent = new byte[2_000_000];
        new Random(3).nextBytes(sent);
        final ByteArrayOutputStream received = new ByteArrayOutputStream();
        int written = 0;
        for (int turn = 0; received.size() < sent.length && turn < 5000; turn++) {
            written += server.write(far, sent, written);
            rig.turn();
            final int length = Sockets.receive(pair[0], client.in.at, MESSAGE_SIZEOF);
            for (int more = length; more > 0; more = Sockets.receive(pair[0], client.in.at, MESSAGE_SIZEOF)) {
                final byte[] bytes = new byte[more];
                Memory.copyOut(client.in.at, bytes, 0, more);
                received.writeBytes(bytes);
            }
        }
        assertArrayEquals(sent, received.toByteArray());
    }

    private String text(final int fd) {
        final int length = Sockets.receive(fd, client.in.at, MESSAGE_SIZEOF);
        final byte[] bytes = new byte[Math.max(length, 0)];
        Memory.copyOut(client.in.at, bytes, 0, bytes.length);
        return new String(bytes);
    }

    private void write(final int fd, final String text) {
        final byte[] bytes = text.getBytes();
        Memory.copyIn(bytes, 0, client.in.at, bytes.length);
        assertEquals(bytes.length, Sockets.send(fd, client.in.at, bytes.length));
    }
}
