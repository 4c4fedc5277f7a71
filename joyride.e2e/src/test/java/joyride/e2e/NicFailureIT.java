package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import joyride.testkit.live.Program;
import joyride.testkit.netns.Veth;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What goes wrong with a NIC, and that connections outlive it. */
@ParameterizedClass
@MethodSource("joyride.e2e.Setups#all")
@Timeout(300)
final class NicFailureIT {
    private static final int WEB = 8080;
    private static final int SIZE = 20_000_000;
    private static final Duration LIMIT = Duration.ofSeconds(120);

    @Parameter
    TwoHosts.Setup setup;

    @TempDir
    Path folder;

    private TwoHosts hosts;
    private Nginx ours;
    private Path file;

    @BeforeEach
    void start() throws Exception {
        Setups.needs(setup);
        Machine.needs("nginx", "curl", "ping", "ethtool");
        hosts = TwoHosts.withWire(setup).start();
        ours = Nginx.start(hosts.joyride(), hosts.address(), WEB);
        file = ours.file("file", SIZE);
    }

    @AfterEach
    void stop() {
        if (hosts != null) {
            hosts.close();
        }
    }

    @Test
    void shouldKeepConnectionsWhenTheLinkFlaps() throws Exception {
        Carried carried = Carried.from(hosts.joyride());
        Program curl = download();
        for (Veth end : new Veth[] {hosts.nic(), hosts.laboratory().theirs()}) {
            end.down();
            hosts.joyride().service().process().await("what came so far", LIMIT, () -> stands(copy()));
            long before = size();
            end.up();
            // The kernel forgets the stranger's routes with its link, not its address.
            awaitMore(curl, before);
        }
        finish(curl);
        carried.check(1, SIZE);
    }

    @Test
    void shouldKeepConnectionsWhenTheNicIsReplaced() throws Exception {
        Carried carried = Carried.from(hosts.joyride());
        Program curl = download();
        hosts.laboratory().remove();
        hosts.awaitDown();
        long before = size();
        hosts.laboratory().replace();
        hosts.nic().address(TwoHosts.KERNEL + "/24");
        if (setup.shared()) {
            // The kernel's address is the kernel's to announce: the stranger learns the new MAC address from its
            // question.
            hosts.kernel()
                    .run(LIMIT, "ping", "-c", "3", "-W", "5", TwoHosts.STRANGER)
                    .checked("ping from the kernel");
        }
        hosts.awaitUp();
        awaitMore(curl, before);
        finish(curl);
        carried.check(1, SIZE);
    }

    @Test
    void shouldNotPassAsCarriedWhenTheServiceIsStopped() throws Exception {
        Carried carried = Carried.from(hosts.joyride());
        hosts.joyride().service().close();
        Host stranger = hosts.stranger();
        Program.Result result = stranger.run(
                Duration.ofSeconds(20), "curl", "-sS", "-m", "10", "-o", copy().toString(), ours.url("file"));
        assertThrows(AssertionError.class, () -> carried.check(1, SIZE), result::output);
    }

    private Path copy() {
        return folder.resolve("copy");
    }

    private Program download() throws Exception {
        Program curl = hosts.stranger()
                .launch("curl", "curl", "-sSf", "--limit-rate", "4M", "-o", copy().toString(), ours.url("file"));
        curl.await("bytes flow", LIMIT, () -> size() > 1_000_000);
        return curl;
    }

    private long size() throws IOException {
        return Files.exists(copy()) ? Files.size(copy()) : 0;
    }

    /** Whether nothing came for a while. */
    private boolean stands(final Path copy) throws IOException, InterruptedException {
        long before = Files.size(copy);
        Thread.sleep(500);
        return Files.size(copy) == before;
    }

    /** Waits for more than there was while nothing could come; curl may have had its fill by then. */
    private void awaitMore(final Program curl, final long before) throws Exception {
        hosts.joyride()
                .service()
                .process()
                .await("bytes flow again", LIMIT, () -> !curl.isAlive() || Files.size(copy()) > before);
        assertTrue(size() > before, curl.output());
    }

    private void finish(final Program curl) throws Exception {
        hosts.joyride().service().process().await("curl has ended", LIMIT, () -> !curl.isAlive());
        assertEquals("", curl.output());
        assertEquals(Bytes.hash(file), Bytes.hash(copy()));
    }
}
