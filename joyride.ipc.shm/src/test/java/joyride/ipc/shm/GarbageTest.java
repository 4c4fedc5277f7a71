package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Random;
import joyride.api.memory.Memory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A program may write anything anywhere in its memory: the service ends its instance at worst, and nothing else. */
class GarbageTest {
    private static final int TURNS = 400;
    private static final int[] SOCKET_WORDS = {
        SOCKET_GENERATION,
        SOCKET_STATE,
        SOCKET_RX_PROD,
        SOCKET_TX_CONS,
        SOCKET_TX_LIMIT,
        SOCKET_RX_CONS,
        SOCKET_RX_LOCK,
        SOCKET_RX_WAITER,
        SOCKET_RX_SHUT,
        SOCKET_CLAIMED,
        SOCKET_TX_PROD,
        SOCKET_TX_LOCK,
        SOCKET_TX_WAITER,
        SOCKET_TX_SHUT,
        SOCKET_TX_WANT,
        SOCKET_TX_MORE,
        SOCKET_QUEUES,
        SOCKET_EXCLUSIVE,
        SOCKET_OPTION_SEQ,
        SOCKET_OPTION_FLAGS,
        SOCKET_SNDBUF,
        SOCKET_LINGER,
        SOCKET_RX_TABLE,
        SOCKET_TX_TABLE,
        SOCKET_TX_TABLE + 4,
        SOCKET_RX_TABLE + 4
    };
    private static final int[] HEADER_WORDS = {
        HEADER_MAGIC,
        HEADER_TOTAL_SIZE,
        HEADER_SOCKETS_OFFSET,
        HEADER_CHUNKS_OFFSET,
        HEADER_CHUNK_COUNT,
        HEADER_STATE,
        HEADER_RUNG,
        HEADER_ASLEEP,
        HEADER_DIRTY,
        HEADER_DIRTY + 56,
        HEADER_CALLS,
        HEADER_CALLS + 8,
        HEADER_PROCESS_ATTENTION,
        HEADER_PROCESS_ATTENTION + 120,
        HEADER_POLICY_SEQ,
        HEADER_POLICY_COUNT
    };
    private static final int[] PROCESS_WORDS = {
        PROCESS_STATE,
        PROCESS_PID,
        PROCESS_MAGAZINE_PROD,
        PROCESS_COMMAND_CONS,
        PROCESS_MAGAZINE_CONS,
        PROCESS_MAGAZINE_WANT,
        PROCESS_COMMAND_PROD,
        PROCESS_MAGAZINE,
        PROCESS_MAGAZINE + 4,
        PROCESS_COMMANDS,
        PROCESS_COMMANDS + 4,
        PROCESS_COMMANDS + 8
    };
    private static final int[] WAITER_WORDS = {
        WAITER_OWNER,
        WAITER_ASLEEP,
        WAITER_STATUS,
        WAITER_OP,
        WAITER_SOCKET,
        WAITER_GENERATION,
        WAITER_ARGS,
        WAITER_ARGS + 8,
        WAITER_ARGS + 16,
        WAITER_DATA,
        WAITER_DATA + 16,
        WAITER_DATA + 40,
        WAITER_DATA + 48
    };

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void shouldHarmNobodyElseWhenAProgramScribbles(final long seed) {
        final Random random = new Random(seed);
        try (Rig rig = new Rig(directory)) {
            final Pair good = new Pair(rig, 1001);
            int ended = 0;
            Pair bad = new Pair(rig, 1002);
            for (int turn = 0; turn < TURNS; turn++) {
                good.exchange("message " + turn);
                if (rig.host.cores.stream().skip(2).anyMatch(core -> core.ended != null)) {
                    bad.server.die();
                    bad.client.die();
                    rig.host.cores.subList(2, rig.host.cores.size()).clear();
                    rig.turns(2);
                    ended++;
                    bad = new Pair(rig, 1003 + ended);
                }
                bad.traffic(random);
                scribble(bad.client, random);
                rig.turn();
            }
            assertTrue(ended > 0, "nothing was ever noticed");
            assertNull(rig.host.cores.get(0).ended, "a neighbour was ended");
            assertNull(rig.host.cores.get(1).ended, "a neighbour was ended");
        }
    }

    private static void scribble(final SyntheticProgram program, final Random random) {
        final int count = random.nextInt(3);
        for (int i = 0; i < count; i++) {
            final long at = place(program, random);
            final long value = switch (random.nextInt(5)) {
                case 0 -> random.nextLong();
                case 1 -> -1;
                case 2 -> random.nextInt(1 << 16);
                case 3 -> Memory.getLong(at & -8) + random.nextInt(100_000) - 50_000;
                default -> random.nextInt(10);
            };
            if (random.nextBoolean()) {
                Memory.putLong(at & -8, value);
            } else {
                Memory.putInt(at, (int) value);
            }
        }
        program.markDirty(random.nextInt(4));
        program.callAttention();
        if (random.nextInt(4) == 0) {
            program.submit(random.nextInt(8), random.nextInt(4) - 1, random.nextInt(4));
        }
    }

    private static long place(final SyntheticProgram program, final Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> program.base + HEADER_WORDS[random.nextInt(HEADER_WORDS.length)];
            case 1 -> program.process() + PROCESS_WORDS[random.nextInt(PROCESS_WORDS.length)];
            case 2 -> program.base + InstanceMemory.WAITERS_OFFSET + WAITER_WORDS[random.nextInt(WAITER_WORDS.length)];
            default ->
                program.base
                        + InstanceMemory.SOCKETS_OFFSET
                        + (long) random.nextInt(3) * SOCKET_SIZEOF
                        + SOCKET_WORDS[random.nextInt(SOCKET_WORDS.length)];
        };
    }

    @Test
    void shouldEndTheInstanceAndNameTheValueWhenAPositionRunsAhead() {
        try (Rig rig = new Rig(directory)) {
            final Pair pair = new Pair(rig, 1001);
            Memory.putLong(pair.client.socket(pair.near) + SOCKET_TX_PROD, 123_456_789L);
            pair.client.markDirty(pair.near);
            rig.turn();
            final String reason = rig.host.cores.get(1).ended;
            assertNotNull(reason);
            assertTrue(reason.contains("tx_prod") && reason.contains("123456789"), reason);
            assertEquals(JR_INSTANCE_ENDED, Memory.getInt(pair.client.base + HEADER_STATE));
            rig.turns(2);
            assertEquals(0, pair.client.receive(), "the attach socket is closed");
            assertNull(rig.host.cores.get(0).ended);
        }
    }

    @Test
    void shouldEndTheInstanceWhenAChunkThatIsNotLentIsSent() {
        try (Rig rig = new Rig(directory)) {
            final Pair pair = new Pair(rig, 1001);
            final long at = pair.client.socket(pair.near);
            Memory.putInt(at + SOCKET_TX_TABLE, 900);
            Memory.putLong(at + SOCKET_TX_PROD, 10);
            pair.client.markDirty(pair.near);
            rig.turn();
            assertTrue(rig.host.cores.get(1).ended.contains("tx_table"), rig.host.cores.get(1).ended);
        }
    }

    @Test
    void shouldEndTheInstanceWhenASocketNamesAQueueThatIsNone() {
        try (Rig rig = new Rig(directory)) {
            final Pair pair = new Pair(rig, 1001);
            Memory.putLongVolatile(pair.client.socket(pair.near) + SOCKET_QUEUES, JR_QUEUES + 1L);
            pair.server.write(pair.far, "news");
            rig.turns(2);
            final String reason = rig.host.cores.get(1).ended;
            assertNotNull(reason, "nobody noticed");
            assertTrue(reason.contains("queues") && reason.contains(Integer.toString(JR_QUEUES + 1)), reason);
            assertNull(rig.host.cores.get(0).ended);
        }
    }

    @Test
    void shouldEndTheInstanceWhenMoreCommandsArePublishedThanTheRingHolds() {
        try (Rig rig = new Rig(directory)) {
            final Pair pair = new Pair(rig, 1001);
            final long at = pair.client.process() + PROCESS_COMMAND_PROD;
            for (int i = 0; i < JR_COMMANDS; i++) {
                // Of a socket that is not there: commands that do nothing.
                final long command = pair.client.process() + PROCESS_COMMANDS + (long) i * COMMAND_SIZEOF;
                Memory.putInt(command + COMMAND_OP, JR_COMMAND_CLOSE);
                Memory.putInt(command + COMMAND_SOCKET, 77);
            }
            Memory.putIntRelease(at, Memory.getInt(at) + JR_COMMANDS);
            pair.client.callAttention();
            rig.turns(2);
            assertNull(rig.host.cores.get(1).ended, "as many as it holds are right");
            Memory.putIntRelease(at, Memory.getInt(at) + JR_COMMANDS + 1);
            pair.client.callAttention();
            rig.turns(2);
            final String reason = rig.host.cores.get(1).ended;
            assertNotNull(reason, "nobody noticed");
            assertTrue(reason.contains("command_prod"), reason);
        }
    }

    @Test
    void shouldEndTheInstanceWhenPartOfAWaitingConnectionIsTaken() {
        try (Rig rig = new Rig(directory)) {
            final SyntheticProgram server = rig.program("server");
            final SyntheticProgram client = rig.program("client");
            server.listen("127.77.0.1", 1001, 8);
            rig.turn();
            final int listener = server.callSlot;
            client.connect("127.77.0.1", 1001);
            rig.turn();
            assertEquals(0, client.result());
            Memory.putLongRelease(server.socket(listener) + SOCKET_RX_CONS, 4);
            server.markDirty(listener);
            rig.turns(2);
            final String reason = rig.host.cores.get(0).ended;
            assertNotNull(reason, "nobody noticed");
            assertTrue(reason.contains("rx_cons of a listener"), reason);
            assertNull(rig.host.cores.get(1).ended);
        }
    }

    /** Two programs with a connection between them. */
    private static final class Pair {
        final Rig rig;
        final SyntheticProgram server;
        final SyntheticProgram client;
        int near;
        int far;

        Pair(final Rig rig, final int port) {
            this.rig = rig;
            server = rig.program("server " + port);
            client = rig.program("client " + port);
            server.listen("127.77.0.1", port, 8);
            rig.turn();
            assertEquals(0, server.result());
            final int listener = server.callSlot;
            client.connect("127.77.0.1", port);
            rig.turn();
            assertEquals(0, client.result());
            near = client.callSlot;
            far = server.accept(listener);
            rig.turn();
        }

        void exchange(final String text) {
            client.write(near, text);
            rig.turn();
            assertEquals(text, server.readText(far));
            server.write(far, text);
            rig.turn();
            assertEquals(text, client.readText(near));
        }

        /** Some bytes either way, as far as the scribbled memory lets us. */
        void traffic(final Random random) {
            try {
                server.write(far, new byte[random.nextInt(40_000)], 0);
                if (random.nextInt(8) == 0) {
                    client.connect("127.77.0.1", 1001);
                }
            } catch (final RuntimeException e) {
                // Our own writer met garbage; the service is what is tested.
                return;
            }
        }
    }
}
