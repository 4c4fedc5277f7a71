package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.stream.Stream;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A program's TCP_MD5SIG (RFC 2385) over Joyride with the kernel's TCP-MD5 at the other end of the cable, both ways. */
@ParameterizedClass
@MethodSource("setups")
@Timeout(120)
final class SignedIT {
    private static final long SIZE = 1_000_003;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static TwoHosts hosts;
    private static World joyride;
    private static Host stranger;

    SignedIT(final TwoHosts.Setup setup) {
        assertEquals(setup, hosts.setup());
    }

    static Stream<TwoHosts.Setup> setups() {
        return Stream.of(
                new TwoHosts.Setup("afpacket", false, false),
                new TwoHosts.Setup("afpacket", false, true),
                new TwoHosts.Setup("afxdp", true, false));
    }

    @BeforeParameterizedClassInvocation
    static void start(final TwoHosts.Setup setup) throws Exception {
        Setups.needs(setup);
        hosts = TwoHosts.create(setup).start();
        joyride = hosts.joyride();
        stranger = hosts.stranger();
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        if (hosts != null) {
            hosts.close();
            hosts = null;
        }
    }

    private static Program serve(final Host host, final String address, final int port, final String peer)
            throws Exception {
        Program server = host.launch(
                "signed-" + port, Machine.own("signed_echo"), "serve", address, Integer.toString(port), peer, "secret");
        server.await("it listens", LIMIT, () -> server.output().contains("listening"));
        return server;
    }

    private static String ask(final Host host, final String address, final int port, final String key, final int wait)
            throws Exception {
        return host.run(
                        LIMIT,
                        Machine.own("signed_echo"),
                        "ask",
                        address,
                        Integer.toString(port),
                        key,
                        Long.toString(SIZE),
                        Integer.toString(wait))
                .checked("signed_echo")
                .strip();
    }

    @Test
    void shouldServeOnlyThoseWhoSignWithTheKey() throws Exception {
        String net = hosts.strangersAddress() + (hosts.setup().six() ? "/64" : "/24");
        Carried carried = Carried.from(joyride);
        try (Program server = serve(joyride, hosts.address(), 1790, net)) {
            assertEquals("echoed " + SIZE, ask(stranger, hosts.address(), 1790, "secret", 20));
            carried.check(SIZE, SIZE);
            assertEquals("no connection", ask(stranger, hosts.address(), 1790, "-", 1));
            assertEquals("no connection", ask(stranger, hosts.address(), 1790, "guess", 1));
            assertTrue(server.isAlive(), server.output());
        }
    }

    @Test
    void shouldConnectToThoseWhoWantTheKey() throws Exception {
        Carried carried = Carried.from(joyride);
        try (Program server = serve(stranger, hosts.strangersAddress(), 1791, hosts.address())) {
            assertEquals("echoed " + SIZE, ask(joyride, hosts.strangersAddress(), 1791, "secret", 20));
            carried.check(SIZE, SIZE);
            assertEquals("no connection", ask(joyride, hosts.strangersAddress(), 1791, "-", 1));
            assertEquals("no connection", ask(joyride, hosts.strangersAddress(), 1791, "guess", 1));
            assertTrue(server.isAlive(), server.output());
        }
    }
}
