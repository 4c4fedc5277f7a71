package joyride.core.service;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import joyride.api.admin.AdminException;
import joyride.api.admin.StackAdmin.InterfaceView;
import joyride.api.admin.StackAdmin.VariantView;
import joyride.api.nic.NicDriver;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.socket.TransportHost.PolicyRule;
import joyride.core.engine.Engine;
import joyride.core.engine.EventLoop;
import joyride.core.service.CoreConfiguration.InterfaceConfiguration;
import joyride.core.service.CoreConfiguration.PortRange;

/**
 * The configured interfaces and which driver serves each. Interfaces with their addresses, routes and neighbours stay; ports
 * change with their drivers ({@link PortSwap}). On configuration threads, one at a time.
 */
final class Ports implements PortSwap.Listener {
    private static final System.Logger LOG = System.getLogger(Ports.class.getName());
    private static final long FIRST_RETRY_MILLIS = 100;
    private static final long LAST_RETRY_MILLIS = 5000;

    private final Engine engine;
    private final LoopCalls calls;
    private final ScheduledExecutorService timer;
    private final PortSwap swap;
    private final KernelSharing sharing;
    private final Candidates<NicDriver> drivers = new Candidates<>();
    private final ServedInterfaces interfaces;
    private final InterfaceRules rules;
    private final PortViews views;
    private final DriverRehearsals rehearsals = new DriverRehearsals();
    private final Set<NicDriver> stuck = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean closed;

    /**
     * @param timer on which ports that failed are opened again
     * @param reserved where ports that are reserved in the kernel are written down; null: nowhere
     * @param policy takes what the kernel's routes make Joyride's, whenever that changed; with a lock held, so it returns at once
     */
    Ports(
            final EventLoop loop,
            final LoopCalls calls,
            final SwapLog log,
            final ScheduledExecutorService timer,
            final Path reserved,
            final Consumer<List<PolicyRule>> policy) {
        this.engine = loop.engine();
        this.calls = calls;
        this.timer = timer;
        sharing = new KernelSharing(
                engine,
                calls,
                reserved,
                () -> later(0, this::kernelChanged),
                () -> later(LAST_RETRY_MILLIS, this::kernelChanged));
        swap = new PortSwap(engine, calls, log, this, candidate -> stuck.add(candidate.service()));
        interfaces = new ServedInterfaces(engine, calls, swap, sharing);
        rules = new InterfaceRules(interfaces, sharing, policy);
        views = new PortViews(interfaces, drivers, stuck, sharing);
        engine.execute(() -> engine.network().onIpv6Change(() -> later(0, this::ipv6Changed)));
    }

    // --- drivers come and go

    /** Blocks while a successor of what serves an interface warms up. */
    void add(final Candidate<NicDriver> candidate) {
        drivers.add(candidate);
        final boolean successor;
        synchronized (this) {
            successor =
                    interfaces.all().stream().anyMatch(served -> served.port != null && wanted(served) == candidate);
        }
        final String failure = successor ? rehearsals.failure(candidate) : null;
        synchronized (this) {
            if (failure != null) {
                LOG.log(System.Logger.Level.ERROR, failure);
                interfaces.all().forEach(served -> served.refused.add(candidate.service()));
            }
            serveAll();
        }
    }

    synchronized void remove(final NicDriver driver) {
        final Candidate<NicDriver> left = drivers.remove(driver);
        if (left == null) {
            return;
        }
        try {
            serveAll();
        } catch (final AdminException e) {
            stuck.add(driver);
            LOG.log(System.Logger.Level.ERROR, "bundle " + left.bundle() + " is stuck: " + e.getMessage());
        }
        rehearsals.forget(driver);
        interfaces.all().forEach(served -> served.refused.remove(driver));
    }

    // --- configuration

    /** Makes what is configured so. @param range for active opens on shared addresses */
    synchronized void apply(final Map<String, InterfaceConfiguration> wanted, final PortRange range) {
        sharing.range(range);
        interfaces.apply(wanted);
        serveAll();
    }

    /** Interfaces whose driver is not there: a line each for the log. It may come yet. */
    synchronized List<String> missing() {
        return interfaces.all().stream()
                .filter(served -> drivers.best(served.driverName()) == null)
                .map(served -> "interface." + served.name() + ".driver=" + served.driverName()
                        + ": no driver of that name is in service, the interface has no port; there are "
                        + drivers.names() + ", others come with their bundles")
                .toList();
    }

    // --- who serves what

    private Candidate<NicDriver> wanted(final ServedInterface served) {
        return drivers.best(served.driverName(), driver -> !served.refused.contains(driver));
    }

    /** Gives every interface the port that it should have. */
    private void serveAll() {
        interfaces.all().forEach(this::serve);
        rules.tell();
    }

    private void serve(final ServedInterface served) {
        final Candidate<NicDriver> next = wanted(served);
        if (next == null) {
            final String reason = served.refused.isEmpty()
                    ? "there is no driver '" + served.driverName() + "'"
                    : served.trouble != null ? served.trouble : "driver " + served.driverName() + " failed";
            if (served.port != null) {
                LOG.log(System.Logger.Level.WARNING, "interface {0} has no port: {1}", served.name(), reason);
            }
            swap.release(served, reason);
        } else if (next != served.driver || served.stale || served.configuration.shared()) {
            serve(served, next);
        }
    }

    private void serve(final ServedInterface served, final Candidate<NicDriver> next) {
        try {
            if (served.configuration.shared()) {
                served.stale |= sharing.prepare(served);
            }
            if (next != served.driver || served.stale) {
                exchange(served, next);
            }
            if (served.configuration.shared() && (served.port != null || served.withoutPortSince != 0)) {
                sharing.follow(served);
            }
        } catch (final NicException e) {
            swap.release(served, e.getMessage());
            sharing.release(served);
            troubled(served, e);
        }
    }

    private void exchange(final ServedInterface served, final Candidate<NicDriver> next) {
        final boolean oldStays = served.driver != null && isThere(served.driver);
        try {
            swap.exchange(served, next, oldStays);
            if (!served.configuration.shared()) {
                served.steer(served.ipv6); // the device may be another one of its name
            }
        } catch (final NicException e) {
            if (served.port != null) {
                served.refused.add(next.service());
                LOG.log(
                        System.Logger.Level.ERROR,
                        "interface {0} keeps driver {1}: {2}",
                        served.name(),
                        PortSwap.text(served.driver),
                        e.getMessage());
                return;
            }
            troubled(served, e);
        }
    }

    private void troubled(final ServedInterface served, final NicException e) {
        if (!e.getMessage().equals(served.told)) {
            served.told = e.getMessage();
            LOG.log(System.Logger.Level.ERROR, "interface " + served.name() + " has no port: " + e.getMessage());
        }
        served.trouble = e.getMessage();
        retry(served);
    }

    // --- the kernel, where its addresses are shared

    private synchronized void kernelChanged() {
        if (closed) {
            return;
        }
        interfaces.all().stream()
                .filter(served -> served.configuration.shared())
                .forEach(this::serve);
        rules.tell();
    }

    /** Addresses that IPv6 makes by itself, and what routers tell, count like what is configured. */
    private synchronized void ipv6Changed() {
        if (closed) {
            return;
        }
        for (final ServedInterface served : interfaces.all()) {
            if (!served.configuration.shared()) {
                served.ipv6 = calls.call(served.name(), () -> served.ipv6(engine.network()));
                served.steer(served.ipv6);
            }
        }
        rules.tell();
    }

    private boolean isThere(final Candidate<NicDriver> driver) {
        return drivers.all().contains(driver);
    }

    // --- ports that fail

    @Override
    public void failed(final ServedInterface served, final long generation, final String reason) {
        later(0, () -> lost(served, generation, reason));
    }

    @Override
    public void changed(final ServedInterface served, final long generation) {
        later(0, () -> renew(served, generation));
    }

    private synchronized void renew(final ServedInterface served, final long generation) {
        final NicPort port = served.port;
        if (port != null && served.generation == generation) {
            calls.run(served.name(), () -> engine.portChanged(served.ethernet));
            LOG.log(
                    System.Logger.Level.INFO,
                    "interface {0}: link {1}, MTU {2}, {3}",
                    served.name(),
                    port.linkUp() ? "up" : "down",
                    port.mtu(),
                    port.mode());
        }
    }

    private synchronized void lost(final ServedInterface served, final long generation, final String reason) {
        if (closed || served.generation != generation || served.port == null) {
            return;
        }
        final Candidate<NicDriver> driver = served.driver;
        final boolean threw = reason.startsWith("its driver threw");
        LOG.log(
                System.Logger.Level.ERROR,
                "interface {0} has lost its port of driver {1}: {2}",
                served.name(),
                PortSwap.text(driver),
                reason);
        swap.release(served, reason);
        if (threw) {
            served.refused.add(driver.service());
            serve(served);
        } else {
            retry(served);
        }
    }

    private void retry(final ServedInterface served) {
        served.retryMillis = Math.clamp(2 * served.retryMillis, FIRST_RETRY_MILLIS, LAST_RETRY_MILLIS);
        final long generation = served.generation;
        later(served.retryMillis, () -> again(served, generation));
    }

    private synchronized void again(final ServedInterface served, final long generation) {
        if (!closed && served.generation == generation && interfaces.find(served.name()) == served) {
            serve(served);
            rules.tell();
        }
    }

    private void later(final long millis, final Runnable task) {
        try {
            timer.schedule(
                    () -> {
                        try {
                            task.run();
                        } catch (final RuntimeException e) {
                            LOG.log(System.Logger.Level.ERROR, e.getMessage());
                        }
                    },
                    millis,
                    TimeUnit.MILLISECONDS);
        } catch (final RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the service ends");
        }
    }

    // --- the console

    /**
     * Puts interfaces on another driver, or on a new port of the one they have.
     *
     * @param interfaceName empty: all
     */
    String swap(final String name, final String interfaceName) {
        final Candidate<NicDriver> best = drivers.best(name);
        if (best == null) {
            throw new AdminException("there is no driver '" + name + "'; there are " + drivers.names());
        }
        synchronized (this) {
            // Before the driver starts for it: what DPDK is told then counts until the process ends.
            interfaces.selected(interfaceName);
        }
        final String failure = rehearsals.failure(best);
        if (failure != null) {
            throw new AdminException(failure);
        }
        return choose(best, interfaceName);
    }

    private synchronized String choose(final Candidate<NicDriver> next, final String interfaceName) {
        final List<String> done = new ArrayList<>();
        for (final ServedInterface served : interfaces.selected(interfaceName)) {
            final long begin = System.nanoTime();
            final String from = served.driver == null ? "no driver" : served.driver.name();
            final boolean had = served.port != null;
            try {
                swap.exchange(served, next, had && isThere(served.driver));
            } catch (final NicException e) {
                throw new AdminException("interface " + served.name()
                        + (served.port == null ? " has no port now: " : " keeps driver " + served.driver.name() + ": ")
                        + e.getMessage()
                        + (done.isEmpty() ? "" : "; before it: " + String.join("; ", done)));
            }
            if (!served.configuration.shared()) {
                served.steer(served.ipv6);
            }
            served.refused.remove(next.service());
            served.chosen = next.name().equals(served.configuration.driver()) ? null : next.name();
            done.add("%s: %s in place of %s after %.1f ms"
                    .formatted(served.name(), next.name(), from, (System.nanoTime() - begin) / 1e6));
        }
        return String.join("; ", done);
    }

    synchronized void close() {
        closed = true;
        interfaces.close();
        sharing.close();
    }

    /** What drivers count, and what guards kept from the kernel, by {@code NAME port}. */
    synchronized Map<String, Map<String, Long>> counters() {
        return views.counters();
    }

    /** The views of the network layer with what it does not know: drivers, and why there is no port. */
    synchronized List<InterfaceView> complete(final List<InterfaceView> incomplete) {
        return views.complete(incomplete);
    }

    synchronized List<VariantView> views() {
        return views.drivers();
    }

    /** Drivers that did not let go in time. */
    synchronized int stuck() {
        return stuck.size();
    }
}
