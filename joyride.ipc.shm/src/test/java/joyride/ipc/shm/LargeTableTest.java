package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.JR_CHUNK;
import static joyride.ipc.shm.ShmLayout.JR_LARGE_TABLES;
import static joyride.ipc.shm.ShmLayout.JR_TABLE;
import static joyride.ipc.shm.ShmLayout.SOCKET_RX_LARGE;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_LARGE;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_LIMIT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import joyride.api.memory.Memory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Buffers that outgrow the chunk tables of the slots. */
class LargeTableTest extends TwoPrograms {
    private static final int SMALL = (JR_TABLE - 1) * JR_CHUNK;
    private static final int LARGE = 2 << 20;

    private int near;
    private int far;

    @BeforeEach
    void connect() {
        connect(16, 1);
        near = super.near[0];
        far = super.far[0];
    }

    private void buffers(final int bytes) {
        for (final LoopedSocket socket : rig.host.network.sockets) {
            if (socket.peer != null) {
                socket.window = bytes;
                socket.endpoint.sendRing().limit(bytes);
            }
        }
    }

    private int word(final SyntheticProgram of, final int slot, final int field) {
        return Memory.getInt(of.socket(slot) + field);
    }

    private void carry(final int length, final Random random, final boolean handingOver) {
        final byte[] sent = new byte[length];
        random.nextBytes(sent);
        final ByteArrayOutputStream received = new ByteArrayOutputStream();
        int written = 0;
        for (int turn = 0; turn < 100_000 && received.size() < length; turn++) {
            if (written < length && random.nextInt(3) != 0) {
                written += client.write(near, sent, written);
            }
            if (handingOver && random.nextInt(20) == 0) {
                rig.handOver();
            }
            rig.turn();
            if (random.nextInt(4) == 0) {
                received.writeBytes(server.read(far, random.nextInt(LARGE)));
            }
        }
        assertArrayEquals(sent, received.toByteArray());
        rig.host.cores.forEach(core -> assertNull(core.ended));
    }

    private void idle() {
        for (int i = 0;
                i < 200 && (word(client, near, SOCKET_TX_LARGE) | word(server, far, SOCKET_RX_LARGE)) != 0;
                i++) {
            rig.turns(10);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldCarryEveryByteWhileBuffersGrowAndFallIdle(final boolean handingOver) {
        for (int seed = 0; seed < 10; seed++) {
            final Random random = new Random(seed);
            carry(random.nextInt(300_000), random, handingOver);
            buffers(SMALL + 1 + random.nextInt(LARGE - SMALL));
            carry(1_500_000 + random.nextInt(500_000), random, handingOver);
            assertTrue(word(client, near, SOCKET_TX_LARGE) != 0, "no large table to send from");
            buffers(random.nextInt(LARGE) + 1);
            carry(random.nextInt(2_000_000), random, handingOver);
            idle();
        }
    }

    @Test
    void shouldGiveLargeTablesBackWhenIdleAndTakeThemAgainWhenUsed() {
        buffers(LARGE);
        carry(3_000_000, new Random(1), false);
        idle();
        assertEquals(0, word(client, near, SOCKET_TX_LARGE));
        assertEquals(SMALL, word(client, near, SOCKET_TX_LIMIT));
        client.write(near, "x");
        rig.turn();
        assertEquals(LARGE, word(client, near, SOCKET_TX_LIMIT));
        assertTrue(word(client, near, SOCKET_TX_LARGE) != 0);
        assertEquals("x", server.readText(far));
    }

    @Test
    void shouldGiveLargeTablesBackWhenTheConnectionEndsWhileTheyAreInUse() {
        buffers(LARGE);
        carry(3_000_000, new Random(1), false);
        client.write(near, new byte[1_500_000], 0);
        rig.turn();
        assertTrue(word(client, near, SOCKET_TX_LARGE) != 0 || word(server, far, SOCKET_RX_LARGE) != 0);
        client.closeSocket(near);
        server.closeSocket(far);
        rig.turns(20);
        for (int instance = 0; instance < 2; instance++) {
            assertNull(rig.host.cores.get(instance).ended);
            int left = 0;
            while (rig.instance(instance).largeTables().take() != null) {
                left++;
            }
            assertEquals(JR_LARGE_TABLES, left, "of instance " + instance);
        }
    }

    @Test
    void shouldGoOnWithSmallBuffersWhenNoLargeTableIsLeft() {
        final List<LargeTables.Table> others = new ArrayList<>();
        for (int instance = 0; instance < 2; instance++) {
            LargeTables.Table table;
            while ((table = rig.instance(instance).largeTables().take()) != null) {
                others.add(table);
            }
        }
        assertEquals(2 * JR_LARGE_TABLES, others.size());
        buffers(LARGE);
        assertEquals(SMALL, word(client, near, SOCKET_TX_LIMIT));
        carry(2_000_000, new Random(2), false);
        assertEquals(0, word(client, near, SOCKET_TX_LARGE) | word(server, far, SOCKET_RX_LARGE));
    }

    @Test
    void shouldEndTheInstanceAloneWhenAProgramPointsToATableOfItsOwnChoice() {
        buffers(LARGE);
        Memory.putInt(client.socket(near) + SOCKET_TX_LARGE, JR_LARGE_TABLES);
        final byte[] bytes = new byte[1_000_000];
        for (int turn = 0; turn < 50; turn++) {
            client.write(near, bytes, 0);
            rig.turn();
        }
        final String reason = rig.host.cores.get(1).ended;
        assertNotNull(reason);
        assertTrue(reason.contains("tx_table"), reason);
        assertNull(rig.host.cores.get(0).ended);
    }
}
