package joyride.testkit.simulation;

import java.util.ArrayList;
import java.util.List;
import joyride.core.engine.Engine;
import joyride.core.tcp.TcpStack;

/** Puts TCP with its variants and congestion controls into an engine, as the service's components do. */
final class SimulatedTcp {
    private SimulatedTcp() {}

    static void install(final Engine engine) {}

    /** Connections of any state, TIME_WAIT and half-open ones included. */
    static int connections(final Engine engine) {
        return ((TcpStack) engine.transport()).size();
    }

    static void handOver(final Engine engine) {}

    static void switchCongestionControl(final Engine engine, final long turn) {}

    /** What TCP did not give back, one line each. */
    static List<String> leaks(final SimulatedHost host) {
        final List<String> leaks = new ArrayList<>();
        if (connections(host.engine()) != 0) {
            leaks.add("host " + host.name() + ": " + connections(host.engine()) + " connections left");
        }
        return leaks;
    }
}
