package joyride.core.service;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import joyride.api.admin.AdminException;
import joyride.api.admin.StackAdmin.InterfaceView;
import joyride.api.admin.StackAdmin.VariantView;
import joyride.api.net.IpPrefix;
import joyride.api.nic.NicDriver;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.socket.TransportHost.PolicyAction;
import joyride.api.socket.TransportHost.PolicyRule;
import joyride.core.engine.Engine;
import joyride.core.engine.EventLoop;
import joyride.core.ip.NetworkLayer;
import joyride.core.link.EthernetInterface;
import joyride.core.service.CoreConfiguration.InterfaceConfiguration;
import joyride.core.service.CoreConfiguration.PortRange;
import joyride.linux.NetworkDevice;

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
    private final Consumer<List<PolicyRule>> policy;
    private final Candidates<NicDriver> drivers = new Candidates<>();
    private final Map<String, ServedInterface> interfaces = new LinkedHashMap<>();
    private final DriverRehearsals rehearsals = new DriverRehearsals();
    private final Set<NicDriver> stuck = Collections.newSetFromMap(new IdentityHashMap<>());
    private List<PolicyRule> kernelRules = List.of();
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
        this.policy = policy;
        sharing = new KernelSharing(
                engine,
                calls,
                reserved,
                () -> later(0, this::kernelChanged),
                () -> later(LAST_RETRY_MILLIS, this::kernelChanged));
        engine.execute(() -> engine.network().onIpv6Change(() -> later(0, this::ipv6Changed)));
        swap = new PortSwap(engine, calls, log, this, candidate -> stuck.add(candidate.service()));
    }

    // --- drivers come and go

    /** Blocks while a successor of what serves an interface warms up. */
    void add(final Candidate<NicDriver> candidate) {
        drivers.add(candidate);
        final boolean successor;
        synchronized (this) {
            successor =
                    interfaces.values().stream().anyMatch(served -> served.port != null && wanted(served) == candidate);
        }
        final String failure = successor ? rehearsals.failure(candidate) : null;
        synchronized (this) {
            if (failure != null) {
                LOG.log(System.Logger.Level.ERROR, failure);
                interfaces.values().forEach(served -> served.refused.add(candidate.service()));
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
        interfaces.values().forEach(served -> served.refused.remove(driver));
    }

    // --- configuration

    /** Makes what is configured so. @param range for active opens on shared addresses */
    synchronized void apply(final Map<String, InterfaceConfiguration> wanted, final PortRange range) {
        sharing.range(range);
        for (final Map.Entry<String, ServedInterface> entry : List.copyOf(interfaces.entrySet())) {
            if (!wanted.containsKey(entry.getKey())) {
                takeDown(entry.getValue());
                interfaces.remove(entry.getKey());
            }
        }
        wanted.forEach((name, configuration) -> {
            final ServedInterface served = interfaces.get(name);
            if (served == null) {
                bringUp(configuration);
            } else if (!served.configuration.equals(configuration)) {
                change(served, configuration);
            }
        });
        serveAll();
    }

    private void bringUp(final InterfaceConfiguration configuration) {
        final NetworkLayer network = engine.network();
        final EthernetInterface ethernet = calls.call(configuration.name(), () -> add(network, configuration));
        final ServedInterface served = new ServedInterface(ethernet, configuration);
        interfaces.put(configuration.name(), served);
        calls.run(configuration.name(), () -> {
            engine.network().largeUnits(ethernet, configuration.lro(), configuration.tso());
            served.address(engine.network());
        });
    }

    /** Programs name the link of a link-local address by the kernel's number of the device. */
    private static EthernetInterface add(final NetworkLayer network, final InterfaceConfiguration configuration) {
        final String device = configuration.device(configuration.driver());
        int zone = 0;
        try {
            zone = NetworkDevice.find(device).index();
        } catch (final NetworkDevice.Unavailable e) {
            LOG.log(System.Logger.Level.DEBUG, "{0} is not a device of the kernel''s", device);
        }
        final EthernetInterface added =
                network.addEthernet(configuration.name(), zone > 0 && zone < 0x8000 ? zone : 0, configuration.mtu());
        MachineSecret.of("addresses").ifPresent(added.nd()::secret);
        return added;
    }

    private void change(final ServedInterface served, final InterfaceConfiguration configuration) {
        final InterfaceConfiguration old = served.configuration;
        if (!configuration.driver().equals(old.driver())) {
            served.chosen = null;
        }
        final String driver = served.driver != null ? served.driver.name() : old.driver();
        served.stale |= !configuration.samePort(old, driver);
        served.refused.clear();
        if (!configuration.device(driver).equals(old.device(driver)) || configuration.shared() != old.shared()) {
            served.endGroups();
            // Whose addresses and which device: nothing of the old port is of use any more.
            swap.release(served, "configured anew");
            sharing.release(served);
        }
        if (configuration.mtu() != old.mtu() && !configuration.shared()) {
            // A driver that can choose chooses when it opens.
            served.stale |= served.port != null && configuration.mtu() > served.port.mtu();
            calls.run(configuration.name(), () -> engine.network().mtu(served.ethernet, configuration.mtu()));
        }
        if (configuration.lro() != old.lro() || configuration.tso() != old.tso()) {
            calls.run(
                    configuration.name(),
                    () -> engine.network().largeUnits(served.ethernet, configuration.lro(), configuration.tso()));
        }
        if (!configuration.addresses().equals(old.addresses())
                || !configuration.routes().equals(old.routes())
                || configuration.autoconfigure() != old.autoconfigure()
                || configuration.duplicateChecks() != old.duplicateChecks()) {
            calls.run(configuration.name(), () -> {
                served.unaddress(engine.network());
                served.configuration = configuration;
                served.address(engine.network());
            });
        }
        served.configuration = configuration;
    }

    private void takeDown(final ServedInterface served) {
        swap.release(served, "not configured any more");
        sharing.release(served);
        calls.run(served.name(), () -> {
            served.unaddress(engine.network());
            engine.network().removeEthernet(served.ethernet);
        });
        served.endGroups();
        served.own.close();
    }

    // --- who serves what

    private Candidate<NicDriver> wanted(final ServedInterface served) {
        return drivers.best(served.driverName(), driver -> !served.refused.contains(driver));
    }

    /** Gives every interface the port that it should have. */
    private void serveAll() {
        interfaces.values().forEach(this::serve);
        tellPolicy();
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
        interfaces.values().stream()
                .filter(served -> served.configuration.shared())
                .forEach(this::serve);
        tellPolicy();
    }

    /** Addresses that IPv6 makes by itself, and what routers tell, count like what is configured. */
    private synchronized void ipv6Changed() {
        if (closed) {
            return;
        }
        for (final ServedInterface served : interfaces.values()) {
            if (!served.configuration.shared()) {
                served.ipv6 = calls.call(served.name(), () -> served.ipv6(engine.network()));
                served.steer(served.ipv6);
            }
        }
        tellPolicy();
    }

    private List<PolicyRule> ipv6Rules() {
        final List<PolicyRule> rules = new ArrayList<>();
        for (final ServedInterface served : interfaces.values()) {
            for (final IpPrefix destination : served.ipv6.destinations()) {
                rules.add(new PolicyRule(Policy.network(destination), PolicyAction.JOYRIDE));
            }
            for (final IpPrefix address : served.ipv6.addresses()) {
                rules.add(new PolicyRule(new IpPrefix(address.address(), 128), PolicyAction.LOCAL));
            }
        }
        return rules;
    }

    /** Devices count once they had a port: until then the kernel serves what it always did. */
    private void tellPolicy() {
        final Set<String> devices = interfaces.values().stream()
                .filter(served -> served.shared != null && (served.port != null || served.withoutPortSince != 0))
                .map(served -> served.configuration.device())
                .collect(Collectors.toSet());
        final List<PolicyRule> rules = new ArrayList<>(sharing.policy(devices));
        rules.addAll(ipv6Rules());
        if (!rules.equals(kernelRules)) {
            kernelRules = rules;
            policy.accept(rules);
        }
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
        if (!closed && served.generation == generation && interfaces.get(served.name()) == served) {
            serve(served);
            tellPolicy();
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
        final String failure = rehearsals.failure(best);
        if (failure != null) {
            throw new AdminException(failure);
        }
        return choose(best, selected(interfaceName));
    }

    private synchronized List<ServedInterface> selected(final String interfaceName) {
        final Predicate<ServedInterface> which = interfaceName.isEmpty()
                ? served -> true
                : served -> served.name().equals(interfaceName);
        final List<ServedInterface> selected =
                interfaces.values().stream().filter(which).toList();
        if (selected.isEmpty()) {
            throw new AdminException(
                    interfaceName.isEmpty()
                            ? "no interface is configured; write interface.NAME.driver into etc/joyride.core.cfg"
                            : "there is no interface '" + interfaceName + "' with a driver; there are "
                                    + interfaces.keySet());
        }
        return selected;
    }

    private synchronized String choose(final Candidate<NicDriver> next, final List<ServedInterface> selected) {
        final List<String> done = new ArrayList<>();
        for (final ServedInterface served : selected) {
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
        for (final ServedInterface served : interfaces.values()) {
            try {
                swap.release(served, "the service ends");
                sharing.release(served);
                served.own.close();
            } catch (final RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, e.getMessage());
            }
        }
        interfaces.clear();
        sharing.close();
    }

    /** What drivers count, and what guards kept from the kernel, by {@code NAME port}. */
    synchronized Map<String, Map<String, Long>> counters() {
        final Map<String, Long> guarded = sharing.guarded();
        final Map<String, Map<String, Long>> all = new LinkedHashMap<>();
        for (final ServedInterface served : interfaces.values()) {
            final Map<String, Long> counters = served.counters();
            if (guarded.containsKey(served.name())) {
                counters.put("guard.kept", guarded.get(served.name()));
            }
            if (!counters.isEmpty()) {
                all.put(served.name() + " port", counters);
            }
        }
        return all;
    }

    /** The views of the network layer with what only this class knows: drivers, and why there is no port. */
    synchronized List<InterfaceView> complete(final List<InterfaceView> views) {
        return views.stream()
                .map(view -> {
                    final ServedInterface served = interfaces.get(view.name());
                    return served == null ? view : served.complete(view);
                })
                .toList();
    }

    synchronized List<VariantView> views() {
        final List<VariantView> views = new ArrayList<>();
        for (final Candidate<NicDriver> candidate : drivers.all()) {
            final long ports = interfaces.values().stream()
                    .filter(served -> served.driver == candidate && served.port != null)
                    .count();
            views.add(new VariantView("nic", candidate.name(), candidate.bundle(), state(candidate, ports), ports));
        }
        return views;
    }

    private String state(final Candidate<NicDriver> candidate, final long ports) {
        if (stuck.contains(candidate.service())) {
            return "stuck";
        }
        if (ports > 0) {
            return "in service";
        }
        return interfaces.values().stream().anyMatch(served -> served.refused.contains(candidate.service()))
                ? "refused"
                : "waiting";
    }

    /** Drivers that did not let go in time. */
    synchronized int stuck() {
        return stuck.size();
    }
}
