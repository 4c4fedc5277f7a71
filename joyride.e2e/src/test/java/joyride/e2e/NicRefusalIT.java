package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import joyride.testkit.live.LiveService;
import joyride.testkit.live.Program;
import joyride.testkit.netns.Laboratory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A NIC that the service cannot have: it says why in one line, goes on without it, and takes it once it can. */
@Timeout(300)
final class NicRefusalIT {
    private static final TwoHosts.Setup SETUP = new TwoHosts.Setup("afxdp", false);
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final List<String> AS_NOBODY =
            List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

    private TwoHosts hosts;

    @BeforeEach
    void create() throws Exception {
        Setups.needs(SETUP);
        Machine.needs("ethtool", "ping");
        hosts = TwoHosts.create(SETUP);
    }

    @AfterEach
    void close() {
        if (hosts != null) {
            hosts.close();
        }
    }

    @Test
    void shouldTakeTheNicOnceItIsFreeWhenAnotherProgramHeldIt() throws Exception {
        Path folder = hosts.joyride().folder("other");
        try (LiveService other = new LiveService(
                LiveService.command(),
                folder.resolve("run"),
                hosts.laboratory().here().prefix())) {
            other.start(etc(folder));
            other.process()
                    .await("the other has the NIC", LIMIT, () -> state(other).equals("up"));
            hosts.joyride().start(hosts.configuration());
            Program service = hosts.joyride().service().process();
            service.await("it says why", LIMIT, () -> complaints(service).count() > 0);
            String complaint = complaints(service).findFirst().orElseThrow();
            assertTrue(complaint.contains("another XDP program is attached to " + Laboratory.OURS), complaint);
            assertTrue(
                    state(hosts.joyride().service()).matches("down|missing"),
                    state(hosts.joyride().service()));
            assertEquals(0, ping(), "the other goes on");
        }
        hosts.awaitUp();
        assertEquals(0, ping());
    }

    @Test
    void shouldGoOnWithoutTheNicWhenTheUserMayNotHaveIt() throws Exception {
        Path folder = hosts.joyride().folder("nobody");
        Path run = Files.createDirectory(folder.resolve("run"));
        must(List.of("chown", "65534:65534", run.toString()));
        must(List.of("chmod", "700", run.toString()));
        List<String> readable = new ArrayList<>(AS_NOBODY);
        readable.addAll(List.of("test", "-r", LiveService.command()));
        assumeTrue(
                Program.run(readable, Map.of(), LIMIT).exitCode() == 0,
                () -> "another user cannot read " + LiveService.command());
        List<String> prefix = new ArrayList<>(hosts.laboratory().here().prefix());
        prefix.addAll(AS_NOBODY);
        try (LiveService service = new LiveService(LiveService.command(), run, prefix)) {
            service.start(etc(folder));
            service.process()
                    .await(
                            "it says why",
                            LIMIT,
                            () -> complaints(service.process()).count() > 0);
            String complaint = complaints(service.process()).findFirst().orElseThrow();
            assertTrue(complaint.contains("CAP_"), complaint);
            assertTrue(state(service).matches("down|missing"), state(service));
        }
    }

    private Path etc(final Path folder) throws IOException {
        Path etc = Files.createDirectory(folder.resolve("etc"));
        Files.writeString(etc.resolve("joyride.core.cfg"), hosts.configuration());
        return etc;
    }

    /** Warnings and errors that name the interface. */
    private static java.util.stream.Stream<String> complaints(final Program service) throws IOException {
        return service.output()
                .lines()
                .filter(line -> line.contains(Laboratory.OURS) && (line.contains("WARN") || line.contains("ERROR")));
    }

    private static String state(final LiveService service) throws IOException, InterruptedException {
        return service.shell("joyride:interfaces")
                .lines()
                .filter(line -> line.startsWith(Laboratory.OURS + " "))
                .map(line -> line.split("\\s+")[1])
                .findFirst()
                .orElse("missing");
    }

    private int ping() throws Exception {
        return hosts.stranger()
                .run(LIMIT, "ping", "-c", "2", "-i", "0.2", "-W", "5", hosts.address())
                .exitCode();
    }

    private static void must(final List<String> line) throws Exception {
        Program.run(line, Map.of(), LIMIT).checked(String.join(" ", line));
    }
}
