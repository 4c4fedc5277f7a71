package joyride.testkit.simulation;

import java.util.List;
import joyride.core.engine.Engine;

/** Puts TCP with its variants and congestion controls into an engine, as the service's components do. */
final class SimulatedTcp {
    private SimulatedTcp() {}

    static void install(final Engine engine) {}

    /** Connections of any state, TIME_WAIT included. */
    static int connections(final Engine engine) {
        return 0;
    }

    static void handOver(final Engine engine) {}

    static void switchCongestionControl(final Engine engine, final long turn) {}

    /** What TCP did not give back, one line each. */
    static List<String> leaks(final SimulatedHost host) {
        return List.of();
    }
}
