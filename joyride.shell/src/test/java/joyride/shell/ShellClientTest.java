package joyride.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import joyride.shell.client.ShellClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client as a process, as {@code joyride shell} starts it: its output, its exit status. */
@Timeout(120)
final class ShellClientTest {
    @TempDir
    private Path directory;

    @TempDir
    private Path files;

    private Gogo gogo;
    private ShellServer server;

    private record Ended(int status, String out, String err) {}

    @BeforeEach
    void start() throws Exception {
        gogo = new Gogo(new FakeAdmin());
        server = TestClient.server(gogo, directory);
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
        gogo.close();
    }

    private Ended run(final String input, final String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                Path.of(ShellClient.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI())
                        .toString(),
                ShellClient.class.getName(),
                directory.resolve("shell.sock").toString()));
        line.addAll(List.of(arguments));
        Path in = Files.writeString(files.resolve("in"), input);
        Path out = files.resolve("out");
        Path err = files.resolve("err");
        Process process = new ProcessBuilder(line)
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        return new Ended(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    @Test
    void shouldEndWithTheCommandsStatusWhenOneIsGiven() throws Exception {
        Ended good = run("", "-c", "joyride:sockets | grep ESTAB");
        assertEquals(0, good.status(), good.err());
        assertEquals(2, good.out().lines().count());
        assertEquals("", good.err());
        Ended bad = run("", "-c", "swap tcp rack");
        assertEquals(new Ended(1, "", "no TCP variant 'rack'; one of freebsd, newreno\n"), bad);
        assertEquals(127, run("", "-c", "status", "-c", "nothing").status());
    }

    @Test
    void shouldTakeCommandsFromItsInputWhenItIsNoTerminal() throws Exception {
        Ended ended = run("swap cc cubic\n\nsysctl net.inet.tcp.delacktime=20\n");
        assertEquals(0, ended.status(), ended.err());
        assertEquals("3 connections moved to cubic in 1 ms\nnet.inet.tcp.delacktime: 40 -> 20\n", ended.out());
    }

    @Test
    void shouldSayWhyWhenNobodyAnswers() throws Exception {
        server.close();
        Ended ended = run("", "-c", "status");
        assertEquals(69, ended.status());
        assertTrue(ended.err().startsWith("joyride shell: no shell answers at " + directory), ended.err());
        assertEquals(1, ended.err().lines().count());
    }

    @Test
    void shouldShowItsUsageWhenArgumentsAreWrong() throws Exception {
        assertEquals(new Ended(2, "", "usage: joyride shell [-c COMMAND]…\n"), run("", "-x"));
        assertEquals(2, run("", "-c").status());
    }

    @Test
    void shouldSayWhyWhenTheServiceEndsMeanwhile() throws Exception {
        Thread ender = Thread.ofPlatform().start(() -> {
            try {
                // The session is there once its first command has begun; then the server goes.
                while (gogo.processor.getCommands().isEmpty() || !sleeping()) {
                    Thread.sleep(10);
                }
                server.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        Ended ended = run("", "-c", "stats -r 3600");
        ender.join();
        assertTrue(ended.status() == 69 || ended.status() == 130, ended.toString());
    }

    private static boolean sleeping() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().startsWith("pipe-"));
    }
}
