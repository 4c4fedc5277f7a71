package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** One connection from host a of a simulation to host b, to its end: of tests that look at what it left. */
final class OneStream {
    private static final long HOUR = 3_600_000_000_000L;

    private OneStream() {}

    /** Fails if it does not end well, or b did not get {@code bytes}. */
    static void run(
            final Simulation simulation,
            final int port,
            final long bytes,
            final StreamPlan opens,
            final StreamPlan accepts) {
        final ProgramTransport server = simulation.programsB();
        final StreamProgram[] accepted = new StreamProgram[1];
        server.start(new ListenerProgram(server, port, 1, 1, endpoint -> {
            accepted[0] = new StreamProgram(server, accepts, new SeededRandom(3), endpoint);
            return accepted[0];
        }));
        final StreamProgram client = new StreamProgram(
                simulation.programsA(),
                opens,
                new SeededRandom(4),
                simulation.b().address(),
                port,
                0);
        simulation.programsA().start(client);
        assertTrue(simulation.run(client::isFinished, HOUR), () -> "not finished: " + client);
        assertEquals(null, client.failure());
        assertEquals(bytes, accepted[0].received());
        assertEquals(null, accepted[0].failure());
    }
}
