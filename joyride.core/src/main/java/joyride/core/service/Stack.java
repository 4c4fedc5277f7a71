package joyride.core.service;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import joyride.api.net.IpPrefix;
import joyride.api.socket.TransportHost.PolicyRule;
import joyride.api.tcp.TcpTunables;
import joyride.core.engine.Engine;
import joyride.core.engine.EventLoop;
import joyride.core.engine.LoopSettings;
import joyride.core.engine.Watchdog;
import joyride.core.service.CoreConfiguration.InterfaceConfiguration;
import joyride.linux.Scheduling;

/**
 * The running service without its framework: one event loop and what configures it. Called on configuration threads;
 * everything that touches the loop's state is a task there.
 */
final class Stack {
    private static final System.Logger LOG = System.getLogger(Stack.class.getName());

    private final EventLoop loop;
    private final LoopCalls calls;
    private final Watchdog watchdog;
    private final TcpServices tcp;
    private final Ports ports;
    private final Transports transports;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().name("joyride-ports").daemon(true).unstarted(task));
    private final SwapLog swaps;
    private final Courtesy courtesy = new Courtesy();
    private final Rehearsal rehearsal;
    private volatile CoreConfiguration configuration;

    /** What the kernel's routes say, where its addresses are shared. */
    private volatile List<PolicyRule> kernelRules = List.of();

    /** Starts the loop, of a service without a directory. @param exit how the watchdog ends the process */
    Stack(final Engine engine, final LoopSettings settings, final IntConsumer exit) {
        this(engine, settings, exit, null);
    }

    /**
     * Starts the loop.
     *
     * @param exit how the watchdog ends the process
     * @param directory of the service's files; null: none
     */
    Stack(final Engine engine, final LoopSettings settings, final IntConsumer exit, final Path directory) {
        loop = new EventLoop(engine, 0, settings);
        calls = new LoopCalls(loop);
        swaps = new SwapLog(engine.context().counters(), timer);
        rehearsal = Rehearsal.ofSuccessors(
                engine.context().kernels(), () -> transports().inService(), courtesy);
        tcp = new TcpServices(loop, calls, rehearsal, swaps);
        ports = new Ports(
                loop,
                calls,
                swaps,
                timer,
                directory == null ? null : directory.resolve("reserved-ports"),
                this::kernelRules);
        transports = new Transports(loop, calls, swaps, timer, tcp::rehearse);
        watchdog = new Watchdog(List.of(loop), exit);
        loop.start();
        watchdog.start();
    }

    EventLoop loop() {
        return loop;
    }

    Engine engine() {
        return loop.engine();
    }

    LoopCalls calls() {
        return calls;
    }

    TcpServices tcp() {
        return tcp;
    }

    Ports ports() {
        return ports;
    }

    Courtesy courtesy() {
        return courtesy;
    }

    SwapLog swaps() {
        return swaps;
    }

    Transports transports() {
        return transports;
    }

    /** With a lock of {@link Ports} held, so none is taken here. */
    private void kernelRules(final List<PolicyRule> rules) {
        kernelRules = rules;
        engine().execute(this::applyPolicy);
    }

    private void applyPolicy() {
        final CoreConfiguration present = configuration;
        if (present != null) {
            engine().policy(Policy.of(present, kernelRules));
        }
    }

    CoreConfiguration configuration() {
        return configuration;
    }

    /**
     * Makes the service be as configured. What is wrong is found before anything is changed.
     *
     * @throws IllegalArgumentException with one line for people; the configuration before it stays
     */
    synchronized void apply(final Map<String, ?> properties) {
        final CoreConfiguration wanted = ConfigurationParser.parse(properties);
        check(wanted);
        applyLoop(wanted.loop());
        final List<IpPrefix> before = configuration == null ? List.of() : configuration.loopbackAddresses();
        calls.run("configuration", () -> applyOnLoop(before, wanted));
        configuration = wanted;
        engine().execute(this::applyPolicy);
        ports.apply(wanted.interfaces(), wanted.sharePorts());
    }

    private static void check(final CoreConfiguration wanted) {
        final TcpTunables tunables = new TcpTunables();
        wanted.sysctls().forEach((name, value) -> {
            try {
                tunables.set(name, value);
            } catch (final IllegalArgumentException e) {
                throw new IllegalArgumentException("joyride.core: sysctl." + e.getMessage(), e);
            }
        });
        for (final InterfaceConfiguration netInterface : wanted.interfaces().values()) {
            netInterface.routes().forEach(route -> {
                if (route.gateway() != null
                        && !route.gateway().isLinkLocal()
                        && netInterface.addresses().stream().noneMatch(prefix -> prefix.contains(route.gateway()))) {
                    throw new IllegalArgumentException("joyride.core: interface." + netInterface.name()
                            + ".routes: gateway " + route.gateway()
                            + " is not on a network of the interface, which has "
                            + netInterface.addresses());
                }
            });
        }
    }

    private void applyLoop(final LoopSettings wanted) {
        final LoopSettings present = loop.settings();
        if (present.cpu() != wanted.cpu()) {
            try {
                calls.run("loop.cpu", () -> pin(wanted.cpu()));
            } catch (final IllegalArgumentException e) {
                throw new IllegalArgumentException("joyride.core: loop.cpu: " + e.getMessage(), e);
            }
        }
        loop.settings(wanted);
    }

    private static void pin(final int cpu) {
        if (cpu >= 0) {
            Scheduling.pin(cpu);
        } else {
            Scheduling.unpin();
        }
    }

    private void applyOnLoop(final List<IpPrefix> before, final CoreConfiguration wanted) {
        final Engine engine = engine();
        final var lo0 = engine.network().loopback();
        for (final IpPrefix old : before) {
            if (!wanted.loopbackAddresses().contains(old)) {
                engine.network().addressing().remove(lo0, old.address());
            }
        }
        for (final IpPrefix address : wanted.loopbackAddresses()) {
            if (!before.contains(address)) {
                engine.network().addressing().add(lo0, address);
            }
        }
        engine.tunables().copyFrom(new TcpTunables());
        wanted.sysctls().forEach(engine.tunables()::set);
        engine.defaults(wanted.variant(), wanted.congestionControl());
        engine.instanceQuota(wanted.instanceQuota());
        engine.rules(wanted.rules());
    }

    /** What the configuration names and nobody serves: a line each for the log. It may come yet. */
    List<String> missing() {
        return Stream.concat(tcp.missing().stream(), ports.missing().stream()).toList();
    }

    /** Lets applications and ports go, and ends the loop. @return false if the loop did not end: its memory must stay */
    boolean close() {
        watchdog.close();
        rehearsal.close();
        transports.close();
        ports.close();
        timer.shutdownNow();
        loop.close();
        if (loop.thread().isAlive()) {
            LOG.log(System.Logger.Level.ERROR, "the event loop did not end; its memory stays");
            return false;
        }
        engine().close();
        return true;
    }
}
