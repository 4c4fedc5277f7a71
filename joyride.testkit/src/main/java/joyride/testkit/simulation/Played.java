package joyride.testkit.simulation;

import java.util.List;
import joyride.nic.wire.WireTap;

/** What became of one seed's simulation. */
public interface Played {
    /** Every so many-th seed has a peer that misbehaves. */
    int ROGUES = 4;

    /** What is wrong; empty if all is right. */
    List<String> failures();

    /** What was thrown, or null. */
    Throwable thrown();

    /** One number for all frames and their times. */
    long traceHash();

    /** Frames on the wire. */
    long frames();

    /** Turns of the hosts. */
    long turns();

    /** Payload bytes that got through. */
    long bytes();

    /** Plays what belongs to a seed: two hosts, or a host and a peer that misbehaves. @param tap sees the frames too; null: none */
    static Played of(final long seed, final WireTap tap) {
        return isRogue(seed) ? RogueRun.play(RogueScenario.of(seed), tap) : ScenarioRun.play(Scenario.of(seed), tap);
    }

    /** What that is, in one line. */
    static String summary(final long seed) {
        return isRogue(seed)
                ? RogueScenario.of(seed).summary()
                : Scenario.of(seed).summary();
    }

    /** Whether the seed's peer misbehaves. */
    static boolean isRogue(final long seed) {
        return Long.remainderUnsigned(SeededRandom.mix(seed ^ 0x0d1ce_4096L), ROGUES) == 0;
    }
}
