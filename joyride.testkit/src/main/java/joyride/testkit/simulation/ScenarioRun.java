package joyride.testkit.simulation;

import java.util.ArrayList;
import java.util.List;
import joyride.core.instance.Instance;
import joyride.nic.wire.WireCounter;
import joyride.nic.wire.WirePort;
import joyride.nic.wire.WireTap;

/** Plays a {@link Scenario} and judges it: bytes, ends, leaks, counters. */
public final class ScenarioRun extends JudgedRun {
    private static final int FIRST_PORT = 1000;
    private static final int BACKLOG = 128;
    private static final long SECOND = 1_000_000_000L;

    /** How long a connection may last at most: keepalive notices a peer that is gone after 2 h 10 min. */
    private static final long LONGEST = 4 * 3600 * SECOND;

    private static final int ETHERNET_HEADER = 14;

    private final Scenario scenario;
    private final WireTap tap;
    private final List<StreamProgram> streams = new ArrayList<>();
    private final List<ListenerProgram> listeners = new ArrayList<>();

    private ScenarioRun(final Scenario scenario, final WireTap tap) {
        this.scenario = scenario;
        this.tap = tap;
    }

    /** Plays it. @param tap sees the frames too; null: none */
    public static ScenarioRun play(final Scenario scenario, final WireTap tap) {
        final ScenarioRun run = new ScenarioRun(scenario, tap);
        run.attempt(run::play);
        return run;
    }

    private void play() {
        try (Simulation simulation = scenario.mtu() == 0
                ? new Simulation(scenario.seed(), scenario.six())
                : new Simulation(
                        scenario.seed(),
                        scenario.six(),
                        scenario.mtu(),
                        scenario.offload(),
                        scenario.fromA(),
                        scenario.fromB())) {
            if (simulation.wire() != null) {
                simulation.wire().tap(noting(tap));
            }
            largeUnits(simulation);
            scenario.sysctlsA().forEach(((Instance) simulation.programsA().instance()).tunables()::set);
            scenario.sysctlsB().forEach(((Instance) simulation.programsB().instance()).tunables()::set);
            scenario.extra().forEach((name, value) -> {
                ((Instance) simulation.programsA().instance()).tunables().set(name, value);
                ((Instance) simulation.programsB().instance()).tunables().set(name, value);
            });
            dig(simulation);
            serve(simulation.a(), simulation.programsA(), 0);
            serve(simulation.b(), simulation.programsB(), 2);
            simulation.eachTurn(new Changes(scenario, simulation));
            for (int i = 0; i < scenario.conversations().size(); i++) {
                begin(simulation, scenario.conversations().get(i), FIRST_PORT + i);
            }
            if (scenario.absentMillis() > 0) {
                simulation
                        .a()
                        .programs()
                        .start(new Absence(simulation.a(), simulation.random().fork()));
            }
            if (scenario.resizeMillis() > 0) {
                resize(simulation.a(), simulation);
                resize(simulation.b(), simulation);
            }
            simulation.run(this::streamsDone, LONGEST);
            simulation.runFor(100 * SECOND);
            listeners.forEach(ListenerProgram::stop);
            simulation.run(
                    () -> streamsDone() && settled(simulation),
                    simulation.clock().nanoTime() + LONGEST);
            judge(simulation);
            turns = simulation.turns();
        }
    }

    private void largeUnits(final Simulation simulation) {
        final int which = scenario.largeUnits();
        if (simulation.wire() != null) {
            simulation.a().largeUnits((which & 1) != 0, (which & 4) != 0);
            simulation.b().largeUnits((which & 2) != 0, (which & 8) != 0);
        }
    }

    /** Makes the hole in the path, if there is one. */
    private void dig(final Simulation simulation) {
        if (scenario.hole() > 0 && simulation.wire() != null) {
            simulation.wire().longest(ETHERNET_HEADER + scenario.hole());
            for (final ProgramTransport programs : List.of(simulation.programsA(), simulation.programsB())) {
                ((Instance) programs.instance()).tunables().set("net.inet.tcp.pmtud_blackhole_detection", "1");
            }
        }
    }

    /** Puts the host's instance on its variant and congestion control. */
    private void serve(final SimulatedHost host, final ProgramTransport programs, final int at) {
        SimulatedTcp.use(host.engine(), scenario.hosts().get(at));
        ((Instance) programs.instance()).congestionControl(scenario.hosts().get(at + 1));
    }

    private void resize(final SimulatedHost host, final Simulation simulation) {
        host.programs().start(new Resizing(host, simulation.random().fork()));
    }

    private void begin(final Simulation simulation, final Scenario.Conversation conversation, final int port) {
        final boolean fromA = conversation.fromA();
        final Side opener = new Side(
                fromA ? simulation.a() : simulation.b(), fromA ? simulation.programsA() : simulation.programsB());
        final Side other = new Side(
                fromA ? simulation.b() : simulation.a(), fromA ? simulation.programsB() : simulation.programsA());
        final SeededRandom random = simulation.random().fork();
        if (conversation.simultaneous() && scenario.slow()) {
            start(opener, conversation.startNanos(), stream(opener, conversation.active(), random, other, port, port));
            start(
                    other,
                    conversation.startNanos(),
                    stream(other, conversation.passive(), random.fork(), opener, port, port));
            return;
        }
        final SeededRandom passive = random.fork();
        final ListenerProgram listener = new ListenerProgram(other.programs(), port, BACKLOG, 1, endpoint -> {
            final StreamProgram program =
                    new StreamProgram(other.programs(), conversation.passive(), passive, endpoint);
            streams.add(program);
            return program;
        });
        listeners.add(listener);
        other.programs().start(listener);
        start(opener, conversation.startNanos(), stream(opener, conversation.active(), random, other, port, 0));
    }

    private StreamProgram stream(
            final Side side,
            final StreamPlan plan,
            final SeededRandom random,
            final Side remote,
            final int remotePort,
            final int localPort) {
        return new StreamProgram(side.programs(), plan, random, remote.host().address(), remotePort, localPort);
    }

    private void start(final Side side, final long when, final StreamProgram program) {
        streams.add(program);
        side.programs().start(new Starter(side.programs(), when, program));
    }

    private boolean streamsDone() {
        for (int i = 0; i < streams.size(); i++) {
            if (!streams.get(i).isFinished()) {
                return false;
            }
        }
        return true;
    }

    private static boolean settled(final Simulation simulation) {
        return settled(simulation.a()) && settled(simulation.b()) && simulation.onTheWay() == 0;
    }

    private static boolean settled(final SimulatedHost host) {
        for (final ProgramTransport application : host.applications()) {
            if (!application.endpoints().isEmpty()) {
                return false;
            }
        }
        return SimulatedTcp.connections(host.engine()) == 0;
    }

    private void judge(final Simulation simulation) {
        for (final StreamProgram stream : streams) {
            if (stream.failure() != null) {
                failures.add(stream.failure());
            }
            if (!stream.isFinished()) {
                failures.add("not finished: " + stream);
            }
            bytes += stream.received();
        }
        judge(simulation.a());
        if (simulation.wire() == null) {
            return;
        }
        judge(simulation.b());
        balance("a", simulation.wire().a(), simulation);
        balance("b", simulation.wire().b(), simulation);
        final Conservation conservation = new Conservation(failures);
        conservation.check(
                simulation.a(), simulation.wire().a(), simulation.wire().b());
        conservation.check(
                simulation.b(), simulation.wire().b(), simulation.wire().a());
        if (simulation.wire().framesHeld() != 0) {
            failures.add(simulation.wire().framesHeld() + " frames held between turns");
        }
    }

    private void judge(final SimulatedHost host) {
        final String name = "host " + host.name() + ": ";
        for (final ProgramTransport application : host.applications()) {
            final Instance instance = (Instance) application.instance();
            if (instance.ended()) {
                failures.add(name + "instance ended: " + instance.endReason());
            }
            if (application.thrown() != null) {
                failures.add(name + "a program threw " + application.thrown());
                thrown = application.thrown();
            }
            for (final MemoryEndpoint endpoint : application.endpoints()) {
                failures.add(name + "socket left: " + endpoint);
            }
        }
        if (host.memory().used() != 0) {
            failures.add(name + host.memory().used() + " chunks of ring memory left");
        }
        failures.addAll(SimulatedTcp.leaks(host));
    }

    private void balance(final String name, final WirePort port, final Simulation simulation) {
        final long in = port.count(WireCounter.SENT) + port.count(WireCounter.DUPLICATED);
        final long out = port.count(WireCounter.DELIVERED)
                + port.count(WireCounter.LOST)
                + port.count(WireCounter.QUEUE_FULL)
                + port.count(WireCounter.NO_PEER)
                + port.count(WireCounter.UNREAD);
        if (in != out && simulation.onTheWay() == 0) {
            failures.add("wire from " + name + ": " + in + " frames in, " + out + " out");
        }
        if (port.count(WireCounter.MALFORMED) != 0) {
            failures.add("wire from " + name + ": " + port.count(WireCounter.MALFORMED) + " malformed frames");
        }
    }

    /** Where a program runs. */
    private record Side(SimulatedHost host, ProgramTransport programs) {}

    /** Starts a program at a time. */
    private static final class Starter extends Program {
        private final ProgramTransport transport;
        private final long when;
        private final Program program;

        Starter(final ProgramTransport transport, final long when, final Program program) {
            this.transport = transport;
            this.when = when;
            this.program = program;
        }

        @Override
        protected void act(final long now) {
            if (now < when) {
                wakeAt(when);
            } else {
                transport.start(program);
                finish();
            }
        }
    }

    /** Changes the MTU of a host's interface now and then, up to what the wire takes. */
    private final class Resizing extends Program {
        private static final int LEAST_FOUR = 576;
        private static final int LEAST_SIX = 1280;

        private final SimulatedHost host;
        private final SeededRandom random;
        private long next;

        Resizing(final SimulatedHost host, final SeededRandom random) {
            this.host = host;
            this.random = random;
        }

        @Override
        protected void act(final long now) {
            if (streamsDone()) {
                finish();
                return;
            }
            if (now >= next) {
                if (next > 0) {
                    final int least = Math.min(scenario.six() ? LEAST_SIX : LEAST_FOUR, scenario.mtu());
                    final int mtu = random.chance(0.3) ? scenario.mtu() : random.between(least, scenario.mtu());
                    host.engine().execute(() -> host.engine().network().mtu(host.ethernet(), mtu));
                }
                next = now + random.between(1, 2 * scenario.resizeMillis()) * 1_000_000L;
            }
            wakeAt(next);
        }
    }

    /** Takes the variant away now and then, and brings it back. */
    private final class Absence extends Program {
        private static final long MILLI = 1_000_000L;

        private final SimulatedHost host;
        private final SeededRandom random;
        private boolean absent;
        private long next;

        Absence(final SimulatedHost host, final SeededRandom random) {
            this.host = host;
            this.random = random;
        }

        @Override
        protected void act(final long now) {
            if (now < next) {
                wakeAt(next);
                return;
            }
            if (absent) {
                final long dice = random.nextLong();
                host.engine().execute(() -> SimulatedTcp.handOver(host.engine(), dice));
            } else if (streamsDone()) {
                finish();
                return;
            } else {
                host.engine().execute(() -> SimulatedTcp.remove(host.engine()));
            }
            absent = !absent;
            next = now + (absent ? scenario.absentMillis() : random.between(500, 5000)) * MILLI;
            wakeAt(next);
        }
    }

    /** Changes variant and congestion control under the connections. */
    private static final class Changes implements Runnable {
        private final Scenario scenario;
        private final Simulation simulation;

        Changes(final Scenario scenario, final Simulation simulation) {
            this.scenario = scenario;
            this.simulation = simulation;
        }

        @Override
        public void run() {
            final long turn = simulation.turns();
            if (scenario.handOverEvery() > 0 && scenario.absentMillis() == 0 && turn % scenario.handOverEvery() == 0) {
                SimulatedTcp.handOver(
                        turn % 2 == 0 ? simulation.a().engine() : simulation.b().engine(), turn);
            }
            if (scenario.switchEvery() > 0 && scenario.absentMillis() == 0 && turn % scenario.switchEvery() == 0) {
                SimulatedTcp.switchCongestionControl(
                        turn % 2 == 0 ? simulation.a().engine() : simulation.b().engine(), turn);
            }
        }
    }
}
