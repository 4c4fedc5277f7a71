package joyride.testkit.simulation;

import java.util.ArrayList;
import java.util.List;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpVariant;
import joyride.core.engine.Engine;
import joyride.core.instance.Instance;
import joyride.core.tcp.TcpStack;
import joyride.core.transport.HandOver;
import joyride.tcp.cc.CaiaHamilton;
import joyride.tcp.cc.Cubic;
import joyride.tcp.cc.Dctcp;
import joyride.tcp.cc.DelayGradient;
import joyride.tcp.cc.HamiltonDelay;
import joyride.tcp.cc.Htcp;
import joyride.tcp.cc.Vegas;
import joyride.tcp.freebsd.FreeBsdTcp;
import joyride.tcp.rack.RackTcp;

/** Puts TCP with its variants and congestion controls into an engine, as the service's components do. */
public final class SimulatedTcp {
    /** The names of all congestion controls. */
    public static final List<String> CONGESTION_CONTROLS =
            List.of("newreno", "cubic", "dctcp", "htcp", "vegas", "cdg", "chd", "hd");

    /** The names of all variants. */
    public static final List<String> VARIANTS = List.of(FreeBsdTcp.VARIANT, RackTcp.VARIANT);

    private SimulatedTcp() {}

    static void install(final Engine engine) {
        engine.transport().variant(FreeBsdTcp.VARIANT, new FreeBsdTcp());
        CONGESTION_CONTROLS.forEach(name -> {
            if (!name.equals("newreno")) {
                engine.transport().congestionControl(name, control(name));
            }
        });
        engine.defaults(FreeBsdTcp.VARIANT, Cubic.ALGORITHM);
    }

    /**
     * A fresh object of the variant of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    private static TcpVariant variant(final String name) {
        if (name.equals(FreeBsdTcp.VARIANT)) {
            return new FreeBsdTcp();
        }
        if (name.equals(RackTcp.VARIANT)) {
            return new RackTcp();
        }
        throw new IllegalArgumentException("no TCP variant " + name + "; one of " + VARIANTS);
    }

    private static CongestionControl control(final String name) {
        return switch (name) {
            case "cubic" -> new Cubic();
            case "dctcp" -> new Dctcp();
            case "htcp" -> new Htcp();
            case "vegas" -> new Vegas();
            case "cdg" -> new DelayGradient();
            case "chd" -> new CaiaHamilton();
            case "hd" -> new HamiltonDelay();
            default ->
                throw new IllegalArgumentException("no congestion control " + name + "; one of " + CONGESTION_CONTROLS);
        };
    }

    /** Connections get the variant of that name from now on. @throws IllegalArgumentException if there is none */
    public static void use(final Engine engine, final String name) {
        engine.transport().variant(name, variant(name));
        engine.instances().forEach(instance -> instance.variant(name));
    }

    /**
     * Moves all connections to a fresh object of the variant of that name.
     *
     * @throws IllegalStateException if a connection was refused
     */
    public static void swap(final Engine engine, final String name) {
        use(engine, name);
        move(engine);
    }

    /** Connections of any state, TIME_WAIT and half-open ones included. */
    public static int connections(final Engine engine) {
        return ((TcpStack) engine.transport()).size();
    }

    /** Moves all connections to a fresh object of some variant. */
    static void handOver(final Engine engine, final long dice) {
        swap(engine, VARIANTS.get((int) Long.remainderUnsigned(SeededRandom.mix(dice), VARIANTS.size())));
    }

    /** Takes the variants away: segments are dropped, timers wait. */
    static void remove(final Engine engine) {
        VARIANTS.forEach(name -> engine.transport().variant(name, null));
        move(engine);
    }

    /** Gives all instances another congestion control, and moves all connections there. */
    static void switchCongestionControl(final Engine engine, final long turn) {
        switchCongestionControl(engine, CONGESTION_CONTROLS.get((int)
                Long.remainderUnsigned(SeededRandom.mix(turn), CONGESTION_CONTROLS.size())));
    }

    /** The same, to that of a name. */
    public static void switchCongestionControl(final Engine engine, final String name) {
        for (final Instance instance : engine.instances()) {
            instance.congestionControl(name);
        }
        move(engine);
    }

    private static void move(final Engine engine) {
        final HandOver progress = new HandOver();
        while (engine.transport().handOver(progress, Integer.MAX_VALUE) > 0) {
            // all are moved at once
        }
        if (progress.refusedCount() > 0) {
            throw new IllegalStateException(
                    progress.refusedCount() + " connections were not handed over: " + progress.failure());
        }
    }

    /** What TCP did not give back, one line each. */
    static List<String> leaks(final SimulatedHost host) {
        final List<String> leaks = new ArrayList<>();
        if (connections(host.engine()) != 0) {
            leaks.add("host " + host.name() + ": " + connections(host.engine()) + " connections left");
        }
        return leaks;
    }
}
