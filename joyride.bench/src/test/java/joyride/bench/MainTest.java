package joyride.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MainTest {
    private final PrintStream out = System.out;
    private final PrintStream err = System.err;
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final ByteArrayOutputStream refused = new ByteArrayOutputStream();

    @AfterEach
    void restore() {
        System.setOut(out);
        System.setErr(err);
    }

    private int status(final String... arguments) throws Exception {
        System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(refused, true, StandardCharsets.UTF_8));
        return Main.status(arguments);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "driver nosuch # no row is called 'nosuch'; one of null, ring, memif",
                "memif mtu1500 nosuch # no row is called 'nosuch'; one of mtu1500, cut1500, segments, mtu9000, mtu64000, dpdk1500, dpdk64000",
                "nic nosuch # no row is called 'nosuch'; one of send, receive, nginx, connect, redis, pingpong",
                "redis nosuch # no row is called 'nosuch'; one of redis, iperf3, pingpong, nginx, connect, idle; "
                        + "or a bench of its own: nic, driver, memif, figures, connections, stalls, cwnd",
                "figures --figure 99 # --figure is '99'; give a number in 1..5"
            })
    void shouldNameWhatThereIsBeforeAnythingElseIsSaid(final String line, final String expected) throws Exception {
        assertEquals(2, status(line.split(" ")));
        assertEquals("", said.toString(StandardCharsets.UTF_8));
        assertEquals("joyride bench: " + expected + "\n", refused.toString(StandardCharsets.UTF_8));
    }

    @Test
    void shouldEndWell() throws Exception {
        assertEquals(0, status("nic", "--help"));
    }
}
