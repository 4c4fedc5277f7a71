package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.JR_CHUNK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import joyride.api.socket.Errno;
import joyride.api.socket.ReceiveRing;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Instances of 1 MiB, 64 chunks, with more connections than that serves at once. */
class MemoryPressureTest extends TwoPrograms {
    private static final int CONNECTIONS = 15;

    @BeforeEach
    void connect() {
        connect(1, CONNECTIONS);
    }

    @Test
    void shouldDeliverEveryByteWhenMemoryIsFarTooSmallForAllAtOnce() {
        final byte[] sent = new byte[300_000];
        new Random(5).nextBytes(sent);
        final int[] written = new int[CONNECTIONS];
        final ByteArrayOutputStream[] received = new ByteArrayOutputStream[CONNECTIONS];
        for (int i = 0; i < CONNECTIONS; i++) {
            received[i] = new ByteArrayOutputStream();
        }
        final Random random = new Random(6);
        for (int turn = 0; turn < 20_000 && !complete(received, sent.length); turn++) {
            for (int i = 0; i < CONNECTIONS; i++) {
                if (written[i] < sent.length) {
                    written[i] += client.write(near[i], sent, written[i]);
                }
                if (random.nextInt(3) == 0) {
                    received[i].writeBytes(server.read(far[i], 1 + random.nextInt(60_000)));
                }
            }
            rig.turn();
        }
        for (int i = 0; i < CONNECTIONS; i++) {
            assertArrayEquals(sent, received[i].toByteArray(), "connection " + i);
        }
        for (final LoopedInstance core : rig.host.cores) {
            assertEquals(null, core.ended);
        }
    }

    private static boolean complete(final ByteArrayOutputStream[] received, final int length) {
        for (final ByteArrayOutputStream stream : received) {
            if (stream.size() < length) {
                return false;
            }
        }
        return true;
    }

    @Test
    void shouldNeverPromiseMoreThanIsFreeAndKeepTwoChunksForEveryWindowWhenManyOpen() {
        final ChunkPool pool = rig.instance(0).pool();
        for (int i = 0; i < CONNECTIONS; i++) {
            final ReceiveRing ring = rig.instance(0)
                    .sockets()
                    .find(far[i], server.generation(far[i]))
                    .receiveRing();
            final long until = ring.reserve(0, 1 << 20);
            assertTrue(pool.promised() <= pool.free(), () -> pool.promised() + " of " + pool.free());
            assertTrue(until >= 2 * JR_CHUNK, () -> "a window has " + until);
        }
    }

    @Test
    void shouldRefuseMoreSocketsThanCanHaveWindows() {
        client.connect("127.77.0.1", 8080);
        rig.turns(2);
        final int extra = client.callSlotOf();
        assertEquals(Errno.ECONNRESET, client.error(extra), "the server's instance has no room");
        client.connect("127.77.0.1", 8080);
        rig.turn();
        assertEquals(-Errno.ENOBUFS, client.result());
    }

    @Test
    void shouldTellAStarvedWindowWhenMemoryComesBack() {
        final ChunkPool pool = rig.instance(0).pool();
        final ShmEndpoint starved = rig.instance(0).sockets().find(far[0], server.generation(far[0]));
        final int taken = pool.available();
        while (pool.available() > 0) {
            pool.promise(1, 0);
        }
        assertTrue(starved.receiveRing().reserve(0, 10 * JR_CHUNK) < 10 * JR_CHUNK);
        final LoopedSocket socket = (LoopedSocket) starved.socket();
        final int before = socket.reads;
        rig.transport.poll();
        assertEquals(before, socket.reads, "there is nothing yet");
        pool.unpromise(taken);
        for (int i = 0; i < CONNECTIONS; i++) {
            rig.transport.poll();
        }
        assertEquals(before + 1, socket.reads, "once is enough");
    }

    @Test
    void shouldLetTheLoopRestWhenAllThatIsFreeIsKeptForOthers() {
        final ChunkPool pool = rig.instance(0).pool();
        final LoopedSocket[] sockets = new LoopedSocket[CONNECTIONS];
        for (int i = 0; i < CONNECTIONS; i++) {
            final ShmEndpoint hungry = rig.instance(0).sockets().find(far[i], server.generation(far[i]));
            hungry.receiveRing().reserve(0, 1 << 20);
            sockets[i] = (LoopedSocket) hungry.socket();
        }
        rig.turns(2);
        assertTrue(pool.available() > 0 && !pool.hasMore(), "what is free is kept");
        final int[] before =
                Arrays.stream(sockets).mapToInt(socket -> socket.reads).toArray();
        for (int i = 0; i < CONNECTIONS; i++) {
            assertEquals(0, rig.transport.poll(), "nothing has changed, so there is nothing to do");
        }
        assertArrayEquals(
                before, Arrays.stream(sockets).mapToInt(socket -> socket.reads).toArray());
    }
}
