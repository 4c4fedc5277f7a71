package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import joyride.nic.wire.Faults;
import org.junit.jupiter.api.Test;

/** Hosts that run out: of ring memory, of frames, of room in an accept queue. Slow, but every byte arrives. */
class PressureTest {
    private static final int PORT = 5001;
    private static final int BYTES = 200_000;
    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;

    private final List<StreamProgram> clients = new ArrayList<>();
    private final List<StreamProgram> servers = new ArrayList<>();

    private void play(final Simulation simulation, final int connections, final int backlog) {
        final ProgramTransport server = simulation.programsB();
        final ListenerProgram listener = new ListenerProgram(server, PORT, backlog, connections, endpoint -> {
            final StreamProgram program =
                    new StreamProgram(server, StreamPlan.bulk(2, 0, 1, BYTES), new SeededRandom(3), endpoint);
            servers.add(program);
            return program;
        });
        server.start(listener);
        for (int i = 0; i < connections; i++) {
            final StreamProgram client = new StreamProgram(
                    simulation.programsA(),
                    StreamPlan.bulk(1, BYTES, 2, 0),
                    new SeededRandom(i),
                    simulation.b().address(),
                    PORT,
                    0);
            clients.add(client);
            simulation.programsA().start(client);
        }
        final boolean done = simulation.run(
                () -> clients.stream().allMatch(Program::isFinished)
                        && servers.size() == connections
                        && servers.stream().allMatch(Program::isFinished),
                7200 * SECOND);
        assertTrue(done, () -> "not finished: " + clients + servers);
        for (final StreamProgram each : clients) {
            assertEquals(null, each.failure());
        }
        for (final StreamProgram each : servers) {
            assertEquals(null, each.failure());
            assertEquals(BYTES, each.received());
        }
        simulation.runFor(100 * SECOND);
        assertFalse(simulation.a().programs().instance().ended());
        assertFalse(simulation.b().programs().instance().ended());
        assertEquals(0, simulation.b().memory().used());
        assertEquals(0, simulation.a().memory().used());
        assertEquals(0, SimulatedTcp.connections(simulation.a().engine()));
        assertEquals(0, SimulatedTcp.connections(simulation.b().engine()));
    }

    @Test
    void shouldDeliverEveryByteWhenTheReceiversMemoryIsShort() {
        for (final int chunks : new int[] {1, 3, 10, 30}) {
            clients.clear();
            servers.clear();
            final Faults faults = Faults.NONE.withDelay(MILLI, 0);
            try (Simulation simulation = new Simulation(chunks, 1500, false, faults, faults)) {
                simulation.b().memory().limit(chunks);
                play(simulation, 6, 16);
                assertTrue(simulation.b().memory().mostUsed() <= chunks);
            }
        }
    }

    @Test
    void shouldConnectEveryoneWhenTheAcceptQueueIsShort() {
        final Faults faults = Faults.NONE.withDelay(MILLI, 0);
        try (Simulation simulation = new Simulation(1, 1500, false, faults, faults)) {
            play(simulation, 40, 2);
        }
    }
}
