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
import joyride.api.socket.Errno;
import joyride.api.socket.SocketOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShmTransportTest {
    @TempDir
    Path directory;

    private Rig rig;
    private SyntheticProgram server;
    private SyntheticProgram client;
    private int listener;
    private int near;
    private int far;

    @BeforeEach
    void attach() {
        rig = new Rig(directory);
        server = rig.program("server");
        client = rig.program("client");
    }

    @AfterEach
    void detach() {
        rig.close();
    }

    private void listen() {
        server.listen("127.77.0.1", 8080, 16);
        rig.turn();
        assertEquals(0, server.result());
        listener = server.callSlot;
    }

    private void connect() {
        listen();
        client.connect("127.77.0.1", 8080);
        rig.turn();
        assertEquals(0, client.result());
        near = client.callSlot;
        far = server.accept(listener);
        rig.turn();
        assertNotEquals(-1, far);
    }

    @Test
    void shouldGiveEachApplicationAnInstanceWhenTheyAttach() {
        assertEquals(2, rig.transport.instances().size());
        assertEquals("server", rig.host.cores.get(0).name());
        assertEquals(JR_MAGIC, Memory.getLong(server.base + HEADER_MAGIC));
        assertEquals(server.size, Memory.getLong(server.base + HEADER_TOTAL_SIZE));
        assertNotEquals(
                Memory.getLong(server.base + HEADER_INSTANCE_ID), Memory.getLong(client.base + HEADER_INSTANCE_ID));
    }

    @Test
    void shouldShowProgramsWhereTheLoopLooksOnWhenItHasNoWork() {
        rig.transport.place(true, 3);
        for (final SyntheticProgram program : new SyntheticProgram[] {server, client}) {
            assertEquals(1, Memory.getInt(program.base + HEADER_IDLE));
            assertEquals(4, Memory.getInt(program.base + HEADER_CPU));
        }
        rig.transport.place(false, 3);
        assertEquals(0, Memory.getInt(client.base + HEADER_IDLE));
        assertEquals(4, Memory.getInt(client.base + HEADER_CPU));
        rig.transport.place(false, -1);
        assertEquals(0, Memory.getInt(client.base + HEADER_CPU));
    }

    @Test
    void shouldKnowOnceWhereAProgramWaitsWhenItSaysSo() {
        assertEquals(-1, rig.transport.waitingCpu());
        Memory.putInt(client.base + HEADER_WAITING_CPU, 6);
        assertEquals(5, rig.transport.waitingCpu());
        assertEquals(-1, rig.transport.waitingCpu());
        Memory.putInt(server.base + HEADER_WAITING_CPU, -7); // nonsense
        assertEquals(-1, rig.transport.waitingCpu());
    }

    @Test
    void shouldCarryBytesBothWaysWhenConnected() {
        connect();
        assertEquals(JR_SOCKET_CONNECTED, client.state(near));
        assertEquals(8080, Memory.getShort(client.socket(near) + SOCKET_REMOTE_PORT));
        assertEquals(5, client.write(near, "hello"));
        rig.turn();
        assertEquals("hello", server.readText(far));
        server.write(far, "world!");
        rig.turn();
        assertEquals("world!", client.readText(near));
    }

    @Test
    void shouldKeepEveryByteWhenMuchIsWrittenThroughSmallWindows() {
        connect();
        final byte[] sent = new byte[3_000_000];
        new Random(7).nextBytes(sent);
        final ByteArrayOutputStream received = new ByteArrayOutputStream();
        int written = 0;
        for (int turn = 0; received.size() < sent.length && turn < 2000; turn++) {
            if (written < sent.length) {
                written += client.write(near, sent, written);
            }
            rig.turn();
            received.writeBytes(server.read(far, 50_000));
        }
        assertArrayEquals(sent, received.toByteArray());
    }

    @Test
    void shouldAnswerUseKernelWhenNobodyListensOnALocalAddress() {
        client.connect("127.77.0.1", 9);
        rig.turn();
        assertEquals(-JR_USE_KERNEL, client.result());
    }

    private LoopedSocket reader() {
        return rig.host.network.sockets.stream()
                .filter(candidate -> candidate.core.id() == 1 && candidate.localPort == 8080 && !candidate.listening)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldHearOfAReadingAtOnceWhenThePeerWaitsForTheWindow() {
        connect();
        client.write(near, new byte[70_000], 0);
        rig.turn();
        final int before = reader().reads;
        assertEquals(1, server.read(far, 1).length);
        rig.turn();
        assertEquals(before + 1, reader().reads);
    }

    @Test
    void shouldHearOfAReadingThatCameBeforeItWasAskedFor() {
        connect();
        client.write(near, new byte[70_000], 0);
        rig.transport.poll();
        rig.host.network.pump();
        final int before = reader().reads;
        assertEquals(1, server.read(far, 1).length);
        assertEquals(before, reader().reads);
        rig.transport.flush();
        rig.turn();
        assertEquals(before + 1, reader().reads);
    }

    @Test
    void shouldNotHearOfSmallReadingsWhenThePeerCanSend() {
        connect();
        Memory.putInt(server.socket(far) + SOCKET_RX_LIMIT, 65536);
        client.write(near, new byte[1000], 0);
        rig.turns(2);
        final int before = reader().reads;
        assertEquals(1000, server.read(far, 1000).length);
        rig.turns(2);
        assertEquals(before, reader().reads);
    }

    @Test
    void shouldReportAddressInUseWhenAPortIsTaken() {
        listen();
        client.listen("127.77.0.1", 8080, 1);
        rig.turn();
        assertEquals(-Errno.EADDRINUSE, client.result());
        rig.turns(2);
        assertEquals(0, rig.instance(1).sockets().inUse());
    }

    @Test
    void shouldTellEndOfStreamWhenThePeerShutsDown() {
        connect();
        client.write(near, "bye");
        client.shutdownSend(near);
        rig.turns(2);
        assertEquals("bye", server.readText(far));
        assertEquals(JR_SOCKET_RX_EOF, server.state(far) & JR_SOCKET_RX_EOF);
        assertEquals(0, client.state(near) & JR_SOCKET_RX_EOF);
    }

    @Test
    void shouldReuseTheSlotWithANewGenerationWhenEverybodyClosed() {
        connect();
        final int generation = client.generation(near);
        client.closeSocket(near);
        server.closeSocket(far);
        rig.turns(3);
        assertEquals(generation + 1, client.generation(near));
        client.connect("127.77.0.1", 8080);
        rig.turn();
        assertEquals(0, client.result());
        assertEquals(near, client.callSlot);
        assertEquals(generation + 2, client.callGeneration);
    }

    @Test
    void shouldGiveEveryChunkBackWhenConnectionsAreIdleOrClosed() {
        connect();
        final ChunkPool pool = rig.instance(0).pool();
        client.write(near, "some bytes");
        rig.turn();
        server.readText(far);
        server.write(far, "and back");
        rig.turn();
        client.readText(near);
        rig.turns(2000);
        final int lentToServer = 8;
        assertTrue(pool.free() >= pool.capacity() - lentToServer - 1, () -> "free " + pool.free());
        assertEquals("", server.readText(far));
        client.write(near, "again");
        rig.turn();
        assertEquals("again", server.readText(far));
        client.closeSocket(near);
        server.closeSocket(far);
        server.closeSocket(listener);
        rig.turns(3);
        assertEquals(0, rig.instance(0).sockets().inUse());
        assertEquals(0, pool.promised());
        server.die();
        rig.turn();
        assertEquals(pool.capacity(), pool.free());
    }

    @Test
    void shouldCarryOutOptionsWhenTheirSequenceMoves() {
        connect();
        final long at = client.socket(near);
        Memory.putInt(at + SOCKET_OPTION_FLAGS, JR_OPTION_NODELAY | JR_OPTION_KEEPALIVE);
        Memory.putInt(at + SOCKET_KEEPIDLE, 30);
        Memory.putIntRelease(at + SOCKET_OPTION_SEQ, 1);
        client.markDirty(near);
        rig.turn();
        final LoopedSocket socket = rig.host.network.sockets.stream()
                .filter(candidate -> candidate.core.id() == 2)
                .findFirst()
                .orElseThrow();
        assertEquals(1, socket.options.get(SocketOption.TCP_NODELAY));
        assertEquals(1, socket.options.get(SocketOption.SO_KEEPALIVE));
        assertEquals(30, socket.options.get(SocketOption.TCP_KEEPIDLE));
        assertFalse(socket.options.containsKey(SocketOption.TCP_NOPUSH));
        Memory.putInt(at + SOCKET_TX_MORE, 1);
        client.markDirty(near);
        rig.turn();
        assertEquals(1, socket.options.get(SocketOption.TCP_NOPUSH));
    }

    @Test
    void shouldTellAWriterWhenThereIsRoomAgain() {
        connect();
        final byte[] much = new byte[1 << 20];
        int written = 0;
        for (int i = 0; i < 40; i++) {
            written += client.write(near, much, written);
            rig.turn();
        }
        final long at = client.socket(near);
        assertEquals(1, Memory.getInt(at + SOCKET_TX_WANT));
        final int edges = Memory.getInt(at + SOCKET_TX_EDGES);
        while (server.read(far, 1 << 20).length > 0) {
            rig.turns(2);
        }
        assertEquals(0, Memory.getInt(at + SOCKET_TX_WANT));
        assertTrue(Memory.getInt(at + SOCKET_TX_EDGES) > edges);
    }

    @Test
    void shouldRefuseInOneLineWhenTheVersionIsUnknown() {
        final SyntheticProgram program = new SyntheticProgram(rig.path);
        program.out.begin(JR_MSG_HELLO);
        Memory.putInt(program.out.at + MESSAGE_ABI_VERSION, 99);
        program.send(program.out);
        rig.turn();
        assertEquals(JR_MSG_REFUSED, program.receive());
        assertTrue(program.in.text().contains("99"), program.in.text());
        assertEquals(0, program.receive());
    }

    @Test
    void shouldRefuseWhenTheMagicIsWrong() {
        final SyntheticProgram program = new SyntheticProgram(rig.path);
        program.send(program.out);
        rig.turn();
        assertEquals(JR_MSG_REFUSED, program.receive());
        assertEquals(2, rig.transport.instances().size());
    }

    @Test
    void shouldNoticeAClaimWhenIdleMemoryWasSweptMeanwhile() {
        listen();
        client.connect("127.77.0.1", 8080);
        rig.turns(50);
        far = server.accept(listener);
        // The sweep reads the listener's position before the listener's dirty bit is looked at.
        Memory.getAndSetLong(server.base + HEADER_RUNG, 0);
        rig.turns(50);
        server.ring(JR_RING_SOCKETS);
        rig.turn();
        assertEquals(
                1,
                rig.host.network.sockets.stream()
                        .mapToInt(socket -> socket.accepted)
                        .sum());
        server.closeSocket(far);
        rig.turns(3);
        assertEquals(1, rig.instance(0).sockets().inUse(), "the listener alone");
    }
}
