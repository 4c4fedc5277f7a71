package joyride.ipc.shm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import joyride.api.socket.Attachments;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A transport goes, another comes: its programs notice nothing. */
class HandOverTest {
    private static final int STEPS = 600;
    private static final int SEEDS_A_BLOCK = 15;

    @TempDir
    Path directory;

    private List<String> run(final long seed, final boolean handingOver) throws IOException {
        final Random chance = new Random(~seed);
        try (HandOverScript script = new HandOverScript(Files.createTempDirectory(directory, "run"), seed)) {
            final Runnable between = () -> {
                if (handingOver && chance.nextInt(3) == 0) {
                    script.rig.handOver();
                }
            };
            for (int step = 0; step < STEPS; step++) {
                script.step(between);
            }
            script.end();
            return script.seen;
        }
    }

    /** A seed that fails is its block's number times {@link #SEEDS_A_BLOCK}, and more. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void shouldLookToProgramsAsIfItHadNeverHappened(final int block) throws IOException {
        for (int i = 0; i < SEEDS_A_BLOCK; i++) {
            final long seed = (long) block * SEEDS_A_BLOCK + i;
            final List<String> expected = run(seed, false);
            final List<String> seen = run(seed, true);
            for (int line = 0; line < expected.size(); line++) {
                final String before = String.join("\n", expected.subList(Math.max(0, line - 12), line));
                assertEquals(expected.get(line), seen.get(line), "seed " + seed + ", after\n" + before);
            }
            assertEquals(expected.size(), seen.size());
        }
    }

    @Test
    void shouldLoseNothingOfWhatProgramsDoWhileNobodyServes() {
        try (Rig rig = new Rig(directory);
                SyntheticProgram server = rig.program("server");
                SyntheticProgram client = rig.program("client")) {
            server.listen("127.77.0.1", 80, 16);
            rig.turn();
            final int listener = server.callSlotOf();
            client.connect("127.77.0.1", 80);
            rig.turn();
            final int near = client.callSlotOf();
            final int far = server.accept(listener);
            rig.turns(3);
            final byte[] sent = new byte[100_000];
            new Random(1).nextBytes(sent);
            final ByteArrayOutputStream received = new ByteArrayOutputStream();
            int written = 0;
            while (received.size() < sent.length) {
                final Attachments left = rig.transport.release();
                if (written < sent.length) {
                    written += client.write(near, sent, written);
                }
                received.writeBytes(server.read(far, 30_000));
                final boolean more = received.size() < sent.length / 2;
                if (more) {
                    client.connect("127.77.0.1", 80);
                }
                rig.adopt(left);
                rig.turn();
                if (more) {
                    assertEquals(0, client.result(), "a call waited");
                }
            }
            assertArrayEquals(sent, received.toByteArray());
        }
    }

    @Test
    void shouldTakeNoticeOfAProcessThatDiedWhileNobodyServed() {
        try (Rig rig = new Rig(directory)) {
            final SyntheticProgram server = rig.program("server");
            final SyntheticProgram client = rig.program("client");
            final Attachments left = rig.transport.release();
            client.die();
            rig.adopt(left);
            rig.turns(2);
            assertEquals(1, rig.transport.instances().size());
            assertTrue(rig.host.cores.get(1).ended());
            server.close();
        }
    }

    @Test
    void shouldLetAProgramAttachThatCameWhileNobodyServed() {
        try (Rig rig = new Rig(directory)) {
            final Attachments left = rig.transport.release();
            try (SyntheticProgram late = new SyntheticProgram(rig.path)) {
                late.sayHello("late");
                rig.adopt(left);
                rig.turn();
                late.welcomed();
                assertEquals(0, late.number);
            }
        }
    }

    @Test
    void shouldRefuseDamagedBooksAndLeaveEverythingToTheOneBefore() {
        try (Rig rig = new Rig(directory);
                SyntheticProgram server = rig.program("server");
                SyntheticProgram client = rig.program("client")) {
            server.listen("127.77.0.1", 80, 16);
            rig.turn();
            final int listener = server.callSlotOf();
            client.connect("127.77.0.1", 80);
            rig.turn();
            final int near = client.callSlotOf();
            final int far = server.accept(listener);
            client.write(near, "before");
            rig.turn();
            final Attachments left = rig.transport.release();
            final byte[] books = left.books();
            final ShmTransport before = rig.transport;
            for (int length = 0; length < books.length; length += 37) {
                final Attachments cut = new Attachments(
                        left.format(),
                        Arrays.copyOf(books, length),
                        left.descriptors(),
                        left.mappings(),
                        left.instances(),
                        left.sockets());
                final var refusal = assertThrows(IllegalStateException.class, () -> rig.adopt(cut));
                assertTrue(refusal.getMessage().contains("are damaged at byte"), refusal.getMessage());
            }
            final Attachments foreign = new Attachments(
                    "something else", books, left.descriptors(), left.mappings(), left.instances(), left.sockets());
            assertTrue(assertThrows(IllegalStateException.class, () -> rig.adopt(foreign))
                    .getMessage()
                    .contains("something else"));
            rig.transport = before;
            rig.transport.adopt(rig.host, left);
            client.write(near, " after");
            rig.turns(2);
            assertEquals("before after", server.readText(far));
        }
    }
}
