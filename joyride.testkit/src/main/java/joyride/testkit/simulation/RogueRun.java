package joyride.testkit.simulation;

import joyride.core.instance.Instance;
import joyride.nic.wire.WireCounter;
import joyride.nic.wire.WireTap;
import joyride.testkit.simulation.RogueScenario.Departure;

/**
 * Plays a {@link RogueScenario} and judges it: bytes both ways, what the host may send, memory and answers while it lasts, that it ends in bounded time, and that
 * nothing is left.
 */
public final class RogueRun extends JudgedRun {
    private static final int PORT = 80;
    private static final int PEER_PORT = 4000;
    private static final long SECOND = 1_000_000_000L;

    /** The most that a conversation may take, its end, and keepalive's or a patient program's end of one whose peer is silent. */
    private static final long LONGEST = 4 * 3600 * SECOND;

    /** Socket buffers at their largest, both ways, in chunks of memory, with as many again for what is rounded up. */
    private static final int MOST_CHUNKS = 256;

    /** Segments without data in answer to one of the peer's, and so many by themselves: probes and keepalives. */
    private static final int MOST_ANSWERS = 4;

    private static final int UNASKED = 2000;

    private final RogueScenario scenario;
    private StreamProgram program;

    private RogueRun(final RogueScenario scenario) {
        this.scenario = scenario;
    }

    /** Plays it. @param tap sees the frames too; null: none */
    public static RogueRun play(final RogueScenario scenario, final WireTap tap) {
        final RogueRun run = new RogueRun(scenario);
        run.attempt(() -> run.play(tap));
        return run;
    }

    private void play(final WireTap tap) {
        final SeededRandom random = new SeededRandom(scenario.seed());
        final WireTap noted = noting(tap);
        final SendBudget budget =
                new SendBudget(PEER_PORT, scenario.segment(), scenario.offer().sack());
        try (PeerRig rig = new PeerRig(scenario.seed(), scenario.mtu(), scenario.six())) {
            rig.wire().tap((fromA, nanos, address, length, due) -> {
                budget.frame(fromA, nanos, address, length, due);
                noted.frame(fromA, nanos, address, length, due);
            });
            rig.peer().verify();
            final Instance instance = (Instance) rig.host().programs().instance();
            SimulatedTcp.use(rig.host().engine(), scenario.variant());
            instance.congestionControl(scenario.control());
            scenario.sysctls().forEach(instance.tunables()::set);
            final ListenerProgram listener = scenario.hostOpens() ? null : listen(rig, random.fork());
            final PeerConnection connection =
                    scenario.hostOpens() ? opened(rig, random.fork()) : rig.connect(PEER_PORT, PORT, scenario.offer());
            rig.settle();
            rig.wire().faults(scenario.fromHost(), scenario.fromPeer());
            rig.eachTurn(() -> change(rig));
            final RoguePeer peer = new RoguePeer(rig, connection, random, scenario.manners(), budget, scenario.plan());
            converse(rig, peer, random);
            turns = rig.turns();
            if (!failures.isEmpty()) {
                return;
            }
            depart(rig, peer);
            if (listener != null) {
                listener.stop();
            }
            rest(rig);
            judge(rig, peer, budget);
            turns = rig.turns();
            bytes = peer.bytes();
        }
    }

    private ListenerProgram listen(final PeerRig rig, final SeededRandom random) {
        final ProgramTransport programs = rig.host().programs();
        final ListenerProgram listener = new ListenerProgram(programs, PORT, 8, 1, endpoint -> {
            program = new StreamProgram(programs, scenario.plan(), random, endpoint);
            return program;
        });
        programs.start(listener);
        rig.settle();
        return listener;
    }

    private PeerConnection opened(final PeerRig rig, final SeededRandom random) {
        final ProgramTransport programs = rig.host().programs();
        program = new StreamProgram(
                programs, scenario.plan(), random, scenario.six() ? PeerRig.PEER_SIX : PeerRig.PEER, PEER_PORT, 0);
        programs.start(program);
        return rig.accept(PEER_PORT, scenario.offer());
    }

    /** Variant and congestion control change under the connection. */
    private void change(final PeerRig rig) {
        final long turn = rig.turns();
        if (scenario.absentMillis() == 0 && isDue(turn, scenario.handOverEvery())) {
            SimulatedTcp.handOver(rig.host().engine(), turn);
        }
        if (scenario.absentMillis() == 0 && isDue(turn, scenario.switchEvery())) {
            SimulatedTcp.switchCongestionControl(rig.host().engine(), turn);
        }
    }

    private static boolean isDue(final long turn, final int every) {
        return every > 0 && turn % every == 0;
    }

    private void converse(final PeerRig rig, final RoguePeer peer, final SeededRandom random) {
        final long until = rig.clock().nanoTime() + LONGEST;
        while (!isOver(peer) && rig.clock().nanoTime() < until) {
            if (scenario.absentMillis() > 0 && random.chance(0.02)) {
                SimulatedTcp.remove(rig.host().engine());
                rig.pass(scenario.absentMillis() * 1_000_000L);
                SimulatedTcp.handOver(rig.host().engine(), random.nextLong());
            }
            peer.step();
            bounded(rig);
        }
        if (peer.failure() != null) {
            failures.add(peer.failure());
        } else if (!isOver(peer)) {
            failures.add("stuck: " + program + ", the peer has " + peer.frontier() + ", its own are acknowledged to "
                    + peer.acknowledged());
        }
    }

    private boolean isOver(final RoguePeer peer) {
        return !failures.isEmpty()
                || peer.isDone()
                || peer.failure() != null
                || peer.bytes() >= scenario.departAfter()
                || program != null && program.isFinished();
    }

    private void bounded(final PeerRig rig) {
        final int used = rig.host().memory().used();
        if (used > MOST_CHUNKS) {
            failures.add(used + " chunks in use");
        }
        if (rig.wire().framesHeld() > 0) {
            failures.add(rig.wire().framesHeld() + " frames held between turns");
        }
    }

    private void depart(final PeerRig rig, final RoguePeer peer) {
        if (scenario.departure() == Departure.RESET) {
            peer.abort();
        } else if (scenario.departure() == Departure.FIN) {
            peer.close(LONGEST);
        }
    }

    /** Whatever is left is to end by itself. */
    private void rest(final PeerRig rig) {
        final long until = rig.clock().nanoTime() + LONGEST;
        while (rig.clock().nanoTime() < until
                && (SimulatedTcp.connections(rig.host().engine()) > 0
                        || !rig.host().programs().endpoints().isEmpty())) {
            rig.pass(60 * SECOND);
        }
        rig.pass(SECOND);
    }

    private void judge(final PeerRig rig, final RoguePeer peer, final SendBudget budget) {
        final ProgramTransport programs = rig.host().programs();
        if (peer.failure() != null) {
            failures.add(peer.failure());
        }
        if (peer.wasReset() && !scenario.rude() && !scenario.resetsStrays()) {
            failures.add("the host reset the connection: " + program);
        }
        if (program == null) {
            failures.add("the connection never reached the program");
        } else {
            if (program.failure() != null) {
                failures.add(program.failure());
            }
            if (!program.isFinished()) {
                failures.add("not finished: " + program);
            }
            if (!scenario.rude() && program.received() != scenario.plan().expectBytes()) {
                failures.add("the program got " + program.received() + " bytes of "
                        + scenario.plan().expectBytes());
            }
        }
        final long answers = MOST_ANSWERS * rig.wire().b().count(WireCounter.SENT) + UNASKED;
        if (budget.bare() > answers) {
            failures.add(budget.bare() + " segments without data, more than " + answers);
        }
        if (programs.thrown() != null) {
            failures.add("a program threw " + programs.thrown());
            thrown = programs.thrown();
        }
        if (((Instance) programs.instance()).ended()) {
            failures.add("instance ended: " + ((Instance) programs.instance()).endReason());
        }
        programs.endpoints().forEach(endpoint -> failures.add("socket left: " + endpoint));
        failures.addAll(SimulatedTcp.leaks(rig.host()));
        if (rig.host().memory().used() != 0) {
            failures.add(rig.host().memory().used() + " chunks of ring memory left");
        }
        final long lowered = rig.host().counters().snapshot().get("tcp").get("mtu_lowered");
        if (lowered > 0 && !peer.squeezed()) {
            failures.add("the MTU was lowered " + lowered + " times, by what nobody who saw a segment said");
        }
        account(rig);
    }

    private void account(final PeerRig rig) {
        final Conservation conservation = new Conservation(failures);
        conservation.packets(rig.host(), rig.wire().a(), rig.wire().b());
        if (!scenario.manners().contains(RoguePeer.Manner.SQUEEZES)) {
            conservation.segments(rig.host());
            if (!scenario.manners().contains(RoguePeer.Manner.MALFORMED)) {
                conservation.corrupted(rig.host(), rig.wire().b());
            }
        }
    }
}
