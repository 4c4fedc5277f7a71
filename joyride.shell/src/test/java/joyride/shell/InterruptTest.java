package joyride.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import joyride.shell.protocol.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C while a command prints, and clients that do not read what it prints. */
@Timeout(30)
final class InterruptTest {
    private static final int OFTEN = 100;
    private static final long MOST_PRINTED = 4 << 20;

    @TempDir
    private Path directory;

    private final Endless commands = new Endless();
    private Gogo gogo;
    private ShellServer server;

    /** Commands that print without end. */
    public static final class Endless {
        private static final String LINE = "x".repeat(79);

        private final AtomicLong printed = new AtomicLong();
        private volatile boolean over;

        /** Ends when it is interrupted. */
        public void chatter() {
            while (!Thread.currentThread().isInterrupted()) {
                line();
            }
        }

        /** Takes no notice of an interrupt. */
        public void babble() {
            while (!over) {
                line();
            }
        }

        private void line() {
            System.out.println(LINE);
            printed.addAndGet(LINE.length() + 1);
        }
    }

    @BeforeEach
    void start() throws Exception {
        gogo = new Gogo(new FakeAdmin());
        gogo.processor.addCommand("joyride", commands, "chatter");
        gogo.processor.addCommand("joyride", commands, "babble");
        server = TestClient.server(gogo, directory);
    }

    @AfterEach
    void stop() throws Exception {
        commands.over = true;
        server.close();
        gogo.close();
    }

    private TestClient client() throws Exception {
        return new TestClient(directory.resolve("shell.sock"), 0);
    }

    /** Starts {@code line} and interrupts it once it has printed something. */
    private static TestClient.Answer interrupted(final TestClient client, final String line) throws Exception {
        client.send(Frame.Type.COMMAND, line);
        assertEquals(Frame.Type.OUTPUT, client.frames.read().type());
        client.send(Frame.Type.INTERRUPT, "");
        return client.answer();
    }

    private static void assertServed(final TestClient client) throws Exception {
        assertEquals(new TestClient.Answer(0, "2\n", ""), client.run("$kept"));
    }

    @Test
    void shouldKeepTheSessionWhenACommandIsInterruptedWhileItPrints() throws Exception {
        try (TestClient client = client()) {
            client.run("kept = 2");
            for (int i = 0; i < OFTEN; i++) {
                TestClient.Answer answer = interrupted(client, "chatter");
                assertEquals(130, answer.status());
                assertTrue(answer.err().endsWith("interrupted\n"), answer.err());
                assertServed(client);
            }
        }
    }

    @Test
    void shouldKeepTheSessionWhenAPipeIsInterruptedWhileItPrints() throws Exception {
        try (TestClient client = client()) {
            client.run("kept = 2");
            for (int i = 0; i < OFTEN; i++) {
                assertEquals(130, interrupted(client, "chatter | grep x").status());
                assertServed(client);
            }
        }
    }

    @Test
    void shouldPrintNothingOfItWhenACommandGoesOnAfterItsInterrupt() throws Exception {
        try (TestClient client = client()) {
            client.run("kept = 2");
            for (int i = 0; i < 2; i++) {
                assertEquals(130, interrupted(client, "babble").status());
                for (int k = 0; k < OFTEN; k++) {
                    assertServed(client);
                }
            }
        }
    }

    @Test
    void shouldHoldBackTheCommandWhenItsClientDoesNotRead() throws Exception {
        try (TestClient client = client()) {
            client.run("kept = 2");
            client.send(Frame.Type.COMMAND, "chatter");
            Thread command = untilItWaits();
            assertTrue(commands.printed.get() < MOST_PRINTED, commands.printed + " bytes");
            client.send(Frame.Type.INTERRUPT, "");
            untilOver(command);
            assertEquals(130, client.answer().status());
            assertServed(client);
        }
    }

    @Test
    void shouldEndTheCommandWhenItsClientLeavesWithoutReading() throws Exception {
        Thread command;
        try (TestClient client = client()) {
            client.send(Frame.Type.COMMAND, "chatter");
            command = untilItWaits();
        }
        untilOver(command);
        try (TestClient client = client()) {
            assertEquals(0, client.run("routes").status());
        }
    }

    @Test
    void shouldCloseInBoundedTimeWhenAClientDoesNotRead() throws Exception {
        try (TestClient client = client()) {
            client.send(Frame.Type.COMMAND, "chatter");
            Thread command = untilItWaits();
            server.close();
            untilOver(command);
        }
        while (Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("shell writer"))) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    /** The thread may be used again, under another name. */
    private static void untilOver(final Thread command) throws InterruptedException {
        while (command.isAlive() && isChatter(command)) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    private static boolean isChatter(final Thread thread) {
        return thread.getName().startsWith("pipe-chatter");
    }

    /** The thread of the running command, once it has printed something and waits for its client. */
    private Thread untilItWaits() throws InterruptedException {
        while (true) {
            for (Thread thread : Thread.getAllStackTraces().keySet()) {
                Thread.State state = thread.getState();
                if (isChatter(thread)
                        && commands.printed.get() > 0
                        && state != Thread.State.RUNNABLE
                        && state != Thread.State.BLOCKED) {
                    return thread;
                }
            }
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }
}
