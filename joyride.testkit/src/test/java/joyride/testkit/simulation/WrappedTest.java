package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import joyride.api.net.IpAddress;
import joyride.api.socket.SocketOption;
import joyride.core.instance.Instance;
import joyride.nic.wire.Faults;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Streams whose segments go in UDP (draft-cheng-tcp-over-udp), with a digest (RFC 2385), or both. */
class WrappedTest {
    private static final long BYTES = 400_000;
    private static final int PORT = 5001;
    private static final int TUNNEL = 9899;
    private static final long HOUR = 3600 * 1_000_000_000L;

    private static Simulation simulation(final boolean wire, final boolean six) {
        final Faults faults = Faults.NONE.withLoss(0.03).withDelay(1_000_000, 500_000);
        return wire ? new Simulation(11, six, 1500, false, faults, faults) : new Simulation(11, six);
    }

    private static void wrap(final ProgramTransport programs, final boolean udp, final boolean md5, final String key) {
        if (udp) {
            ((Instance) programs.instance())
                    .tunables()
                    .set("net.inet.tcp.udp_tunneling_port", Integer.toString(TUNNEL));
        }
        programs.prepare(socket -> {
            if (udp) {
                assertEquals(0, socket.setOption(SocketOption.TCP_REMOTE_UDP_ENCAPS_PORT, TUNNEL));
            }
            if (md5) {
                final byte[] secret = key.getBytes(StandardCharsets.UTF_8);
                assertEquals(0, socket.md5Key(IpAddress.ANY, 0, secret));
            }
        });
    }

    private static StreamProgram start(final Simulation simulation, final StreamProgram[] accepted) {
        final ProgramTransport server = simulation.programsB();
        server.start(new ListenerProgram(server, PORT, 1, 1, endpoint -> {
            accepted[0] = new StreamProgram(server, StreamPlan.bulk(2, BYTES, 1, BYTES), new SeededRandom(3), endpoint);
            return accepted[0];
        }));
        simulation.b().engine().turn();
        final StreamProgram client = new StreamProgram(
                simulation.programsA(),
                StreamPlan.bulk(1, BYTES, 2, BYTES),
                new SeededRandom(4),
                simulation.b().address(),
                PORT,
                0);
        simulation.programsA().start(client);
        return client;
    }

    private static long counted(final Simulation simulation, final String counter) {
        final Map<String, Long> tcp = simulation.b().counters().snapshot().get("tcp");
        return tcp.get(counter);
    }

    @ParameterizedTest
    @CsvSource({
        "true, false, true, false", "true, false, false, true", "true, false, true, true",
        "true, true, true, false", "true, true, false, true", "true, true, true, true",
        "false, false, true, false", "false, false, false, true", "false, true, true, true"
    })
    void shouldCarryEveryByte(final boolean wire, final boolean six, final boolean udp, final boolean md5) {
        try (Simulation simulation = simulation(wire, six)) {
            wrap(simulation.programsA(), udp, md5, "a key");
            wrap(simulation.programsB(), udp, md5, "a key");
            final StreamProgram[] accepted = new StreamProgram[1];
            final StreamProgram client = start(simulation, accepted);
            assertTrue(simulation.run(client::isFinished, HOUR), () -> "not finished: " + client);
            assertNull(client.failure());
            assertEquals(BYTES, client.received());
            assertEquals(BYTES, accepted[0].received());
            final long received = counted(simulation, "rcvtotal");
            assertEquals(udp ? received : 0, counted(simulation, "tunneled_pkts"));
            assertEquals(md5 ? received : 0, counted(simulation, "sig_rcvgoodsig"));
            assertEquals(0, counted(simulation, "tunneled_errs"));
        }
    }

    @Test
    void shouldNotOpenWhenKeysDiffer() {
        try (Simulation simulation = simulation(true, false)) {
            wrap(simulation.programsA(), false, true, "one key");
            wrap(simulation.programsB(), false, true, "another");
            final StreamProgram client = start(simulation, new StreamProgram[1]);
            assertTrue(simulation.run(client::isFinished, HOUR), () -> "not finished: " + client);
            assertTrue(client.failure() != null && client.received() == 0, () -> client + " " + client.failure());
            assertTrue(counted(simulation, "sig_rcvbadsig") > 3);
            assertEquals(0, counted(simulation, "accepts"));
        }
    }

    @Test
    void shouldNotOpenWhenOneSideAloneSigns() {
        for (final boolean client : new boolean[] {true, false}) {
            try (Simulation simulation = simulation(true, false)) {
                wrap(client ? simulation.programsA() : simulation.programsB(), false, true, "a key");
                final StreamProgram program = start(simulation, new StreamProgram[1]);
                assertTrue(simulation.run(program::isFinished, HOUR), () -> "not finished: " + program);
                assertEquals(0, program.received());
                assertTrue(counted(simulation, client ? "sig_err_sigopt" : "sig_err_nosigopt") > 3);
            }
        }
    }

    @Test
    void shouldRefuseAnotherUserOfTheTunnelsPort() {
        try (Simulation simulation = simulation(true, false)) {
            wrap(simulation.programsA(), true, false, "");
            simulation.programsA().open(new FlowProgram(simulation.programsA(), FlowProgram.Role.SINK, 0, null));
            final String message = org.junit.jupiter.api.Assertions.assertThrows(
                            IllegalStateException.class,
                            () -> simulation.a().engine().udp().open(IpAddress.ANY_V4, TUNNEL))
                    .getMessage();
            assertTrue(message.contains("9899"), message);
            ((Instance) simulation.programsA().instance()).tunables().set("net.inet.tcp.udp_tunneling_port", "0");
            simulation.a().engine().udp().open(IpAddress.ANY_V4, TUNNEL).close();
        }
    }
}
