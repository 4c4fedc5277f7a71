package joyride.core.service;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import joyride.api.admin.AdminException;
import joyride.api.admin.StackAdmin.VariantView;
import joyride.api.net.IpPrefix;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicDriver;
import joyride.api.nic.NicEvents;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.Steering;
import joyride.core.engine.Engine;
import joyride.core.engine.EventLoop;
import joyride.core.ip.NetworkLayer;
import joyride.core.link.EthernetInterface;
import joyride.core.service.CoreConfiguration.InterfaceConfiguration;
import joyride.core.service.CoreConfiguration.RouteConfiguration;

/**
 * The configured interfaces and the ports under them. Interfaces with their addresses, routes and neighbours stay; ports
 * change with their drivers. On configuration threads, one at a time.
 */
final class Ports {
    private static final System.Logger LOG = System.getLogger(Ports.class.getName());

    private static final class Served {
        private final EthernetInterface ethernet;
        private InterfaceConfiguration configuration;
        private NicDriver driver;
        private NicPort port;

        Served(final EthernetInterface ethernet, final InterfaceConfiguration configuration) {
            this.ethernet = ethernet;
            this.configuration = configuration;
        }
    }

    private final Engine engine;
    private final LoopCalls calls;
    private final Candidates<NicDriver> drivers = new Candidates<>();
    private final Map<String, Served> interfaces = new LinkedHashMap<>();
    private final Set<NicDriver> stuck = Collections.newSetFromMap(new IdentityHashMap<>());

    Ports(final EventLoop loop, final LoopCalls calls) {
        this.engine = loop.engine();
        this.calls = calls;
    }

    synchronized void add(final Candidate<NicDriver> candidate) {
        drivers.add(candidate);
        serveAll();
    }

    synchronized void remove(final NicDriver driver) {
        final Candidate<NicDriver> left = drivers.remove(driver);
        try {
            serveAll();
        } catch (final AdminException e) {
            stuck.add(driver);
            LOG.log(System.Logger.Level.ERROR, "bundle " + left.bundle() + " is stuck: " + e.getMessage());
        }
    }

    /** Makes what is configured so. */
    synchronized void apply(final Map<String, InterfaceConfiguration> wanted) {
        for (final Map.Entry<String, Served> entry : List.copyOf(interfaces.entrySet())) {
            if (!wanted.containsKey(entry.getKey())) {
                takeDown(entry.getValue());
                interfaces.remove(entry.getKey());
            }
        }
        wanted.forEach((name, configuration) -> {
            final Served served = interfaces.get(name);
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
        final EthernetInterface ethernet = calls.call(configuration.name(), () -> {
            final EthernetInterface known = (EthernetInterface) network.find(configuration.name());
            return known != null ? known : network.addEthernet(configuration.name(), configuration.mtu());
        });
        final Served served = new Served(ethernet, configuration);
        interfaces.put(configuration.name(), served);
        calls.run(configuration.name(), () -> address(served));
    }

    private void address(final Served served) {
        final NetworkLayer network = engine.network();
        for (final IpPrefix address : served.configuration.addresses()) {
            network.addAddress(served.ethernet, address);
        }
        for (final RouteConfiguration route : served.configuration.routes()) {
            network.addRoute(route.destination(), route.gateway(), served.ethernet);
        }
    }

    private void unaddress(final Served served) {
        final NetworkLayer network = engine.network();
        for (final RouteConfiguration route : served.configuration.routes()) {
            network.removeRoute(route.destination());
        }
        for (final IpPrefix address : served.configuration.addresses()) {
            network.removeAddress(served.ethernet, address.address());
        }
    }

    private void change(final Served served, final InterfaceConfiguration configuration) {
        final boolean reopen = !configuration.driver().equals(served.configuration.driver())
                || !configuration.device().equals(served.configuration.device())
                || configuration.shared() != served.configuration.shared()
                || configuration.queues() != served.configuration.queues()
                || !configuration.settings().equals(served.configuration.settings());
        if (reopen) {
            release(served);
        }
        if (configuration.mtu() != served.configuration.mtu()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "interface {0} keeps its MTU of {1}; {2} takes effect when the service starts again",
                    configuration.name(),
                    served.configuration.mtu(),
                    configuration.mtu());
        }
        calls.run(configuration.name(), () -> {
            unaddress(served);
            served.configuration = configuration;
            address(served);
        });
    }

    private void takeDown(final Served served) {
        release(served);
        calls.run(served.configuration.name(), () -> unaddress(served));
    }

    /** Gives every interface the port that it should have. */
    private void serveAll() {
        for (final Served served : interfaces.values()) {
            final Candidate<NicDriver> best = drivers.best(served.configuration.driver());
            final NicDriver driver = best == null ? null : best.service();
            if (driver != served.driver) {
                release(served);
                if (driver != null) {
                    open(served, driver);
                }
            }
        }
    }

    private void open(final Served served, final NicDriver driver) {
        final InterfaceConfiguration configuration = served.configuration;
        served.driver = driver;
        try {
            served.port = driver.open(new NicConfiguration(
                    configuration.name(),
                    configuration.device(),
                    configuration.queues(),
                    Steering.NONE,
                    NicEvents.IGNORED,
                    configuration.settings()));
        } catch (final NicException | RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "interface " + configuration.name() + " has no port: " + e.getMessage());
            return;
        }
        calls.run(configuration.name(), () -> engine.attachPort(served.ethernet, served.port));
        LOG.log(
                System.Logger.Level.INFO,
                "interface {0} is served by driver {1} ({2})",
                configuration.name(),
                configuration.driver(),
                served.port.mode());
    }

    private void release(final Served served) {
        final NicPort port = served.port;
        served.driver = null;
        served.port = null;
        if (port != null) {
            calls.run(served.configuration.name(), () -> engine.attachPort(served.ethernet, null));
            port.close();
        }
    }

    synchronized void close() {
        for (final Served served : interfaces.values()) {
            try {
                release(served);
            } catch (final RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, e.getMessage());
            }
        }
        interfaces.clear();
    }

    synchronized List<VariantView> views() {
        final List<VariantView> views = new ArrayList<>();
        for (final Candidate<NicDriver> candidate : drivers.all()) {
            final long ports = interfaces.values().stream()
                    .filter(served -> served.driver == candidate.service() && served.port != null)
                    .count();
            views.add(new VariantView(
                    "nic", candidate.name(), candidate.bundle(), ports > 0 ? "in service" : "waiting", ports));
        }
        return views;
    }
}
