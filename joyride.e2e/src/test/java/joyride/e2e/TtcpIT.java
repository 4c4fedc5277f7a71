package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import joyride.testkit.live.Program;
import joyride.testkit.netns.Namespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our ttcp's options do what the original's of these names do; on the kernel's stack. */
@Timeout(100)
final class TtcpIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String HERE = "127.0.0.1";

    @TempDir
    Path folder;

    private Namespace namespace;
    private Program receiver;

    @BeforeEach
    void start() throws Exception {
        namespace = Namespace.create();
    }

    @AfterEach
    void stop() {
        if (receiver != null) {
            receiver.close();
        }
        namespace.close();
    }

    private void receive(final String... options) throws Exception {
        List<String> line = new ArrayList<>(List.of(Machine.own("ttcp"), "-r", "-B", HERE));
        line.addAll(List.of(options));
        receiver = Program.start("ttcp -r", namespace.inside(line), Map.of(), folder.resolve("receiver"));
        receiver.await("it listens", LIMIT, () -> receiver.output().contains("listening"));
    }

    private String received() throws Exception {
        receiver.await("it has read all", LIMIT, () -> !receiver.isAlive());
        return receiver.output();
    }

    private Program.Result transmit(final String... options) throws Exception {
        List<String> line = new ArrayList<>(List.of(options));
        line.add(HERE);
        return namespace.run(LIMIT, line.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-s", "-D", "-N"})
    void shouldMoveAsManyBuffersOfThatLengthAsAskedFor(final String more) throws Exception {
        receive("-p", "7010", more);
        String sent = transmit(Machine.own("ttcp"), "-t", "-p", "7010", "-l", "1000", "-n", "70", more)
                .checked("ttcp -t");
        assertTrue(sent.startsWith("ttcp -t: 70000 bytes, "), sent);
        String received = received();
        assertTrue(received.contains("ttcp -r: 70000 bytes, "), received);
    }

    @Test
    void shouldSendTheOriginals2048BuffersOf8192BytesToPort5001WhenNothingIsSaid() throws Exception {
        receive();
        String sent = transmit(Machine.own("ttcp"), "-t").checked("ttcp -t");
        assertTrue(sent.startsWith("ttcp -t: 16777216 bytes, "), sent);
        assertTrue(received().contains("ttcp -r: 16777216 bytes, "), receiver.output());
    }

    @Test
    void shouldReadNoMoreThanAskedFor() throws Exception {
        receive("-p", "7010", "-l", "500", "-n", "6");
        transmit(Machine.own("ttcp"), "-t", "-p", "7010", "-l", "3000", "-n", "1")
                .checked("ttcp -t");
        assertTrue(received().contains("ttcp -r: 3000 bytes, "), receiver.output());
    }

    @Test
    void shouldSetTheSocketAsAskedFor() throws Exception {
        Machine.needs("strace");
        receive("-p", "7010");
        String[] line = {"strace", "-f", "-e", "trace=setsockopt,fcntl,poll,ppoll", Machine.own("ttcp"), "-t"};
        List<String> all = new ArrayList<>(List.of(line));
        all.addAll(List.of("-p", "7010", "-n", "1", "-b", "16384", "-D", "-N"));
        String calls = transmit(all.toArray(String[]::new)).checked("ttcp -t");
        assertTrue(calls.contains("SO_SNDBUF, [16384]"), calls);
        assertTrue(calls.contains("SO_RCVBUF, [16384]"), calls);
        assertTrue(calls.contains("TCP_NODELAY, [1]"), calls);
        assertTrue(calls.contains("O_NONBLOCK"), calls);
        received();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-t",
                "-t -r 127.0.0.1",
                "-r 127.0.0.1",
                "-t -u 127.0.0.1",
                "-t -l 0 127.0.0.1",
                "-t -p 65536 127.0.0.1",
                "-t -n -1 127.0.0.1",
                "-t -b x 127.0.0.1",
                "-r -T 1"
            })
    void shouldSayWhatIsWrongAndTheUsage(final String options) throws Exception {
        List<String> line = new ArrayList<>(List.of(Machine.own("ttcp")));
        if (!options.isEmpty()) {
            line.addAll(List.of(options.split(" ")));
        }
        Program.Result result = namespace.run(LIMIT, line.toArray(String[]::new));
        assertEquals(2, result.exitCode(), result.output());
        assertTrue(result.output().startsWith("ttcp: "), result.output());
        assertTrue(result.output().contains("\nusage: ttcp -t "), result.output());
    }
}
