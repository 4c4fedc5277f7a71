package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import joyride.testkit.live.Program;
import joyride.testkit.netns.Laboratory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** One NIC and one address for both: Joyride's programs and the kernel's, and what the kernel changes meanwhile. */
@ParameterizedClass
@MethodSource("setups")
@Timeout(300)
final class ShareIT {
    private static final int WEB = 8080;
    private static final int KERNELS = 8081;
    private static final int SIZE = 20_000_000;
    private static final int REFUSED = 7;
    private static final Duration LIMIT = Duration.ofSeconds(120);

    @Parameter
    TwoHosts.Setup setup;

    @TempDir
    Path folder;

    private TwoHosts hosts;
    private Host stranger;
    private Nginx ours;
    private Path file;

    static List<TwoHosts.Setup> setups() {
        return Setups.all().stream().filter(TwoHosts.Setup::shared).toList();
    }

    @BeforeEach
    void start() throws Exception {
        Setups.needs(setup);
        Machine.needs("nginx", "curl", "ping", "ethtool");
        hosts = TwoHosts.create(setup).start();
        stranger = hosts.stranger();
        ours = Nginx.start(hosts.joyride(), "0.0.0.0", WEB);
        file = ours.file("file", SIZE);
        ours.file("small", 612);
    }

    @AfterEach
    void stop() {
        if (hosts != null) {
            hosts.close();
        }
    }

    private static String at(final String address, final int port, final String name) {
        return "http://" + address + ":" + port + "/" + name;
    }

    private static int curl(final Host client, final String url) throws Exception {
        return client.run(LIMIT, "curl", "-sSf", "-m", "60", "-o", "/dev/null", url)
                .exitCode();
    }

    @Test
    void shouldServeBothWhenBothHaveProgramsOnOneAddress() throws Exception {
        Host kernel = hosts.kernel();
        Nginx theirs = Nginx.start(kernel, "0.0.0.0", KERNELS);
        theirs.file("small", 612);
        Carried carried = Carried.from(hosts.joyride());
        assertEquals(0, curl(stranger, at(TwoHosts.KERNEL, WEB, "file")));
        carried.check(1, SIZE);
        assertEquals(0, curl(stranger, at(TwoHosts.KERNEL, KERNELS, "small")), "the kernel's server, from there");
        assertEquals(
                REFUSED, curl(stranger, at(TwoHosts.KERNEL, 9, "small")), "a closed port is the kernel's to refuse");
        assertEquals(0, curl(kernel, at(TwoHosts.KERNEL, WEB, "small")), "ours by the kernel's stack, from here");
        assertEquals(0, curl(hosts.joyride(), at(TwoHosts.KERNEL, KERNELS, "small")), "the kernel's from ours, here");
        assertEquals(0, curl(hosts.joyride(), at(TwoHosts.KERNEL, WEB, "small")), "ours from ours");
        stranger.run(LIMIT, "ping", "-c", "3", "-i", "0.2", "-W", "5", TwoHosts.KERNEL)
                .checked("ping");
    }

    @Test
    void shouldSayThatAPortIsInUseWhoeverHasIt() throws Exception {
        Host kernel = hosts.kernel();
        Nginx.start(kernel, "0.0.0.0", KERNELS);
        String listen = "import socket,sys\ns=socket.socket()\ns.bind(('0.0.0.0',int(sys.argv[1])))\ns.listen()";
        Program.Result joyride = hosts.joyride().run(LIMIT, "python3", "-c", listen, Integer.toString(KERNELS));
        assertTrue(joyride.output().contains("Address already in use"), joyride.output());
        Program.Result plain = kernel.run(LIMIT, "python3", "-c", listen, Integer.toString(WEB));
        assertTrue(plain.output().contains("Address already in use"), plain.output());
    }

    @Test
    void shouldFollowTheKernelWhenItsAddressesAndMtuChange() throws Exception {
        Carried carried = Carried.from(hosts.joyride());
        Program curl = download();
        hosts.nic().address("10.78.0.2/24");
        hosts.laboratory().theirs().address("10.78.0.9/24");
        awaitInterface("10.78.0.2/24");
        assertEquals(0, curl(stranger, at("10.78.0.2", WEB, "small")), "an address that came");
        hosts.laboratory().here().ip("link", "set", Laboratory.OURS, "mtu", "1400");
        awaitInterface(" 1400 ");
        assertEquals(0, curl(stranger, at("10.78.0.2", WEB, "small")), "with another MTU");
        hosts.laboratory().here().ip("address", "del", TwoHosts.KERNEL + "/24", "dev", Laboratory.OURS);
        awaitInterface(" 10.78.0.2/24 ");
        assertTrue(curl.isAlive(), "it had all: nothing was tested");
        hosts.nic().address(TwoHosts.KERNEL + "/24");
        finish(curl);
        carried.check(1, SIZE);
    }

    private void awaitInterface(final String text) throws Exception {
        hosts.joyride()
                .service()
                .process()
                .await(
                        "'" + text + "' in joyride:interfaces",
                        LIMIT,
                        () -> hosts.joyride()
                                .service()
                                .shell("joyride:interfaces")
                                .lines()
                                .anyMatch(
                                        line -> line.startsWith(Laboratory.OURS + " ") && (line + " ").contains(text)));
    }

    @Test
    void shouldKeepTheKernelSilentWhenThereIsNoDriver() throws Exception {
        Carried carried = Carried.from(hosts.joyride());
        Program curl = download();
        hosts.joyride().service().shell("stop joyride.nic." + setup.driver());
        Thread.sleep(3_000); // time for the stranger to send, and for a kernel that is not silent to reset
        assertTrue(curl.isAlive(), "a connection ended without a driver: " + curl.output());
        assertTrue(kept() > 0, "nothing came to the guard, so nothing was tested");
        hosts.joyride().service().shell("start joyride.nic." + setup.driver());
        finish(curl);
        carried.check(1, SIZE);
    }

    private long kept() throws Exception {
        return hosts.joyride()
                .service()
                .shell("joyride:stats")
                .lines()
                .filter(line -> line.contains("guard.kept"))
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void shouldLeaveTheKernelAsItWasWhenItEnds() throws Exception {
        assertEquals("49152-65535", reserved());
        Program curl = download();
        hosts.joyride().service().close();
        curl.await("the stranger hears of the end", LIMIT, () -> !curl.isAlive());
        assertNotEquals(SIZE, size(), "it had all: nothing was tested");
        assertEquals("", reserved());
    }

    /** The stranger may have nothing to say when the service dies, and then hears of it by its own keepalive, after a minute if it does not ask earlier. */
    @Test
    void shouldCleanUpAfterADeadServiceWhenOneStarts() throws Exception {
        Program curl = download("--keepalive-time", "2");
        hosts.joyride().killService();
        curl.await("the kernel resets what nobody has any more", LIMIT, () -> !curl.isAlive());
        assertFalse(reserved().isEmpty(), "the dead service left nothing: nothing was tested");
        hosts.joyride().start("");
        assertEquals("", reserved());
    }

    private String reserved() throws Exception {
        return hosts.laboratory()
                .here()
                .must("cat", "/proc/sys/net/ipv4/ip_local_reserved_ports")
                .strip();
    }

    private Path copy() {
        return folder.resolve("copy");
    }

    private long size() throws IOException {
        return Files.exists(copy()) ? Files.size(copy()) : 0;
    }

    private Program download(final String... options) throws Exception {
        List<String> line = new ArrayList<>(List.of("curl", "-sSf", "--limit-rate", "1M", "-o", copy().toString()));
        line.addAll(List.of(options));
        line.add(at(TwoHosts.KERNEL, WEB, "file"));
        Program curl = stranger.launch("curl", line.toArray(String[]::new));
        curl.await("bytes flow", LIMIT, () -> size() > 500_000);
        return curl;
    }

    private void finish(final Program curl) throws Exception {
        curl.await("curl has ended", LIMIT, () -> !curl.isAlive());
        assertEquals(Bytes.hash(file), Bytes.hash(copy()), curl.output());
    }
}
