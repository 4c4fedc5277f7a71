package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.JR_CHUNK;
import static joyride.ipc.shm.ShmLayout.SOCKET_RX_NEWEST;
import static joyride.ipc.shm.ShmLayout.SOCKET_RX_TABLE;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_NEWEST;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_TABLE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import joyride.api.memory.Memory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The chunk that a slot names outside its tables. */
class NewestChunkTest extends TwoPrograms {
    private int near;
    private int far;

    @BeforeEach
    void connect() {
        connect(16, 1);
        near = super.near[0];
        far = super.far[0];
    }

    private void say(final String what) {
        client.write(near, what);
        rig.turn();
        assertEquals(what, server.readText(far));
        rig.turn();
    }

    private int entry(final SyntheticProgram of, final int slot, final int table, final long chunk) {
        return Memory.getInt(of.socket(slot) + table + 4 * chunk);
    }

    private long newest(final SyntheticProgram of, final int slot, final int field) {
        return Memory.getLong(of.socket(slot) + field);
    }

    private void fallIdle(final long chunk) {
        for (int i = 0; i < 200 && entry(client, near, SOCKET_TX_TABLE, chunk) != 0; i++) {
            rig.turns(10);
        }
        assertEquals(0, entry(client, near, SOCKET_TX_TABLE, chunk), "the chunk is given back");
    }

    @Test
    void shouldNameWhatTheTablesName() {
        for (int chunk = 0; chunk < 3; chunk++) {
            say("x");
            assertEquals(
                    SocketWords.newest(chunk, entry(server, far, SOCKET_RX_TABLE, chunk)),
                    newest(server, far, SOCKET_RX_NEWEST));
            assertEquals(
                    SocketWords.newest(chunk, entry(client, near, SOCKET_TX_TABLE, chunk)),
                    newest(client, near, SOCKET_TX_NEWEST));
            say("y".repeat(JR_CHUNK - 1));
        }
    }

    @Test
    void shouldNameNoChunkThatAnIdleRingGaveBack() {
        say("a");
        assertNotEquals(0, newest(client, near, SOCKET_TX_NEWEST));
        fallIdle(0);
        assertEquals(0, newest(client, near, SOCKET_TX_NEWEST));
        say("b");
        assertNull(rig.host.cores.get(1).ended);
        assertEquals(
                SocketWords.newest(0, entry(server, far, SOCKET_RX_TABLE, 0)), newest(server, far, SOCKET_RX_NEWEST));
        assertEquals(
                SocketWords.newest(0, entry(client, near, SOCKET_TX_TABLE, 0)), newest(client, near, SOCKET_TX_NEWEST));
    }
}
