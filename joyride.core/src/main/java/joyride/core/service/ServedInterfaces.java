package joyride.core.service;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import joyride.api.admin.AdminException;
import joyride.core.engine.Engine;
import joyride.core.ip.NetworkLayer;
import joyride.core.link.EthernetInterface;
import joyride.core.service.CoreConfiguration.InterfaceConfiguration;
import joyride.linux.NetworkDevice;

/**
 * The interfaces that are configured, made so in the network layer: names, addresses, routes, MTUs. Which driver serves them is
 * {@link Ports}' matter, which also guards this.
 */
final class ServedInterfaces {
    private static final System.Logger LOG = System.getLogger(ServedInterfaces.class.getName());

    private final Engine engine;
    private final LoopCalls calls;
    private final PortSwap swap;
    private final KernelSharing sharing;
    private final Map<String, ServedInterface> interfaces = new LinkedHashMap<>();

    ServedInterfaces(final Engine engine, final LoopCalls calls, final PortSwap swap, final KernelSharing sharing) {
        this.engine = engine;
        this.calls = calls;
        this.swap = swap;
        this.sharing = sharing;
    }

    /** In the order in which they were configured. */
    Collection<ServedInterface> all() {
        return interfaces.values();
    }

    /** The interface of that name, or null. */
    ServedInterface find(final String name) {
        return interfaces.get(name);
    }

    /** @param name empty: all @throws AdminException if there is none */
    List<ServedInterface> selected(final String name) {
        if (interfaces.isEmpty()) {
            throw new AdminException(
                    "no interface is configured; write interface.NAME.driver into etc/joyride.core.cfg");
        }
        if (name.isEmpty()) {
            return List.copyOf(interfaces.values());
        }
        final ServedInterface selected = interfaces.get(name);
        if (selected == null) {
            throw new AdminException(
                    "there is no interface '" + name + "' with a driver; there are " + interfaces.keySet());
        }
        return List.of(selected);
    }

    /** Makes what is configured so; an interface whose port is of no use any more is left without one, or marked as stale. */
    void apply(final Map<String, InterfaceConfiguration> wanted) {
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

    /** The service ends: their ports close. */
    void close() {
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
    }
}
