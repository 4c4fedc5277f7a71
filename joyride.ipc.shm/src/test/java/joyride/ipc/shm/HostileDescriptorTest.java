package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import joyride.linux.Descriptors;
import joyride.linux.Messages;
import joyride.linux.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A descriptor that a program passes may be one whose last close waits: the loop is not who waits. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // Guards against hanging for good.
class HostileDescriptorTest {
    private static final int SO_LINGER = 13;
    private static final int LINGER_SECONDS = 600;

    @TempDir
    Path directory;

    private ServerSocket server;
    private Socket deaf;
    private Rig rig;
    private SyntheticProgram neighbour;
    private SyntheticProgram hostile;
    private int lingering;

    /** A TCP connection of the kernel's whose peer never reads, full, with a linger time: its close waits that long. */
    @BeforeEach
    void fill() throws IOException {
        server = new ServerSocket();
        server.setReceiveBufferSize(4096);
        server.bind(new java.net.InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 1);
        lingering = Sockets.socket(Sockets.AF_INET, Sockets.SOCK_STREAM, 0);
        try (Arena arena = Arena.ofConfined()) {
            final byte[] address = ByteBuffer.allocate(16)
                    .order(ByteOrder.nativeOrder())
                    .putShort((short) Sockets.AF_INET)
                    .order(ByteOrder.BIG_ENDIAN)
                    .putShort((short) server.getLocalPort())
                    .put(InetAddress.getByName("127.0.0.1").getAddress())
                    .array();
            final long at = arena.allocateFrom(ValueLayout.JAVA_BYTE, address).address();
            assertEquals(0, Sockets.connect(lingering, at, 16));
            deaf = server.accept();
            final long bytes = arena.allocate(65536).address();
            int sent;
            do {
                sent = Sockets.send(lingering, bytes, 65536);
            } while (sent > 0);
            final long linger =
                    arena.allocateFrom(ValueLayout.JAVA_INT, 1, LINGER_SECONDS).address();
            assertEquals(0, Sockets.setOption(lingering, Sockets.SOL_SOCKET, SO_LINGER, linger, 8));
        }
        rig = new Rig(directory);
        neighbour = rig.program("neighbour");
        hostile = rig.program("hostile");
    }

    @AfterEach
    void close() throws IOException {
        rig.close();
        deaf.close();
        server.close();
    }

    /** Sends a message that carries it, and lets the program's own go: the service's is the last. */
    private void pass(final int type) {
        hostile.send(hostile.out.begin(type), lingering);
        Descriptors.close(lingering);
    }

    private void assertNeighbourServed() {
        rig.turns(3);
        neighbour.listen("127.77.0.1", 80, 8);
        rig.turn();
        assertEquals(0, neighbour.result());
    }

    @ParameterizedTest
    @ValueSource(ints = {JR_MSG_WAITER, JR_MSG_FORK, JR_MSG_ESCALATE, JR_MSG_FIND, JR_MSG_HELLO, 77})
    void shouldServeOthersWhenAMessageCarriesIt(final int type) {
        pass(type);
        assertNeighbourServed();
    }

    @Test
    void shouldServeOthersWhenItLiesInAQueueThatNobodyReads() {
        // The first message is not understood, so that the connection goes with what else it brought.
        joyride.api.memory.Memory.putInt(hostile.out.begin(JR_MSG_FIND).at + MESSAGE_MAGIC, 1);
        hostile.send(hostile.out);
        pass(JR_MSG_FIND);
        assertNeighbourServed();
    }

    @Test
    void shouldServeOthersWhenItComesAmongTheBytesOfARelay() {
        neighbour.listen("127.77.0.1", 80, 8);
        rig.turn();
        final int listener = neighbour.callSlotOf();
        hostile.connect("127.77.0.1", 80);
        rig.turn();
        final int near = hostile.callSlotOf();
        final int far = neighbour.accept(listener);
        final int[] pair = Pairs.streams();
        hostile.send(hostile.out.begin(JR_MSG_ESCALATE).process(near).value(hostile.generation(near)), pair[1]);
        rig.turn();
        assertEquals(JR_MSG_ESCALATED, hostile.receive());
        assertEquals(0, hostile.in.status());
        try (Messages messages = new Messages()) {
            assertTrue(messages.send(pair[0], hostile.in.at, 3, lingering, -1) > 0);
        }
        Descriptors.close(lingering);
        rig.turns(2);
        assertEquals(3, neighbour.read(far, 100).length);
    }
}
