package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the console says of programs that run over the service, by the command that a user types. */
@Timeout(120)
final class ConsoleIT {
    private static final String ADDRESS = "127.77.8.1";
    private static final String PORT = "7900";
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int PCAP_HEADER = 24;
    private static final int PCAP_RECORD = 16;
    private static final List<Integer> PCAP_MAGIC = List.of(0xa1b2c3d4, 0xa1b23c4d);

    private static World world;
    private static Program server;

    @BeforeAll
    static void start() throws Exception {
        world = World.create().start();
        server = world.launch("server", Machine.own("echo_server"), ADDRESS, PORT, "thread");
        server.await("it listens", LIMIT, () -> server.output().contains("listening"));
        Program client = world.launch("client", Machine.own("echo_client"), ADDRESS, PORT, "hold");
        client.await("the first message is back", LIMIT, () -> client.output().contains("ready"));
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    private static String shell(final String line) throws Exception {
        return world.service().runByCommand(line).checked(line);
    }

    @Test
    void shouldShowBothEndsAcceleratedWhenAConnectionIsHeld() throws Exception {
        String sockets = shell("joyride:sockets -s ESTAB " + ADDRESS + ":" + PORT);
        List<String> rows = sockets.lines().skip(1).toList();
        assertEquals(2, rows.size(), sockets);
        rows.forEach(row -> assertTrue(row.contains(" yes "), sockets));
        assertEquals("1\n", shell("joyride:sockets -l | grep " + PORT + " | count"));
    }

    @Test
    void shouldNameProgramsAndProcessesWhenInstancesAreListed() throws Exception {
        String instances = shell("joyride:instances");
        assertTrue(instances.contains("echo_server"), instances);
        assertTrue(instances.contains("echo_client"), instances);
        assertTrue(instances.contains(Long.toString(server.pid())), instances);
    }

    @Test
    void shouldChangeOnlyThatInstanceWhenSysctlNamesOne() throws Exception {
        Matcher id =
                Pattern.compile("^ *([0-9]+) +echo_server", Pattern.MULTILINE).matcher(shell("joyride:instances"));
        assertTrue(id.find());
        String name = "net.inet.tcp.delacktime";
        String before = shell("sysctl " + name);
        assertTrue(shell("sysctl -i " + id.group(1) + " " + name + "=20").endsWith(" -> 20\n"));
        assertEquals(before, shell("sysctl " + name));
        assertTrue(shell("sysctl -i " + id.group(1) + " " + name).contains(" 20\n"));
    }

    @Test
    void shouldFailWithOneLineWhenTheValueIsOutOfRange() throws Exception {
        Program.Result result = world.service().runByCommand("sysctl net.inet.tcp.delacktime=-5");
        assertEquals(1, result.exitCode());
        assertEquals(1, result.output().lines().count(), result.output());
    }

    @Test
    void shouldWriteEveryPacketWhenCapturing(@TempDir final Path folder) throws Exception {
        Path file = folder.resolve("lo0.pcap");
        shell("pcap start lo0 " + file);
        world.run(LIMIT, Machine.own("echo_client"), ADDRESS, PORT, "count", "100000")
                .checked("echo_client");
        Matcher said = Pattern.compile("([0-9]+) packets of lo0 captured").matcher(shell("pcap stop lo0"));
        assertTrue(said.find());
        ByteBuffer pcap = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
        assertTrue(PCAP_MAGIC.contains(pcap.getInt(0)), () -> Integer.toHexString(pcap.getInt(0)));
        long packets = 0;
        int at = PCAP_HEADER;
        while (at < pcap.limit()) {
            at += PCAP_RECORD + pcap.getInt(at + 8);
            packets++;
        }
        assertEquals(pcap.limit(), at);
        assertEquals(Long.parseLong(said.group(1)), packets);
        assertTrue(packets > 10, "only " + packets + " packets");
    }
}
