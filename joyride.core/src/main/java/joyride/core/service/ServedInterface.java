package joyride.core.service;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import joyride.api.admin.StackAdmin.InterfaceView;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.nic.NicDriver;
import joyride.api.nic.NicPort;
import joyride.api.nic.Steering;
import joyride.core.ip.NetworkLayer;
import joyride.core.kernel.SharedDevice;
import joyride.core.link.EthernetInterface;
import joyride.core.service.CoreConfiguration.InterfaceConfiguration;
import joyride.core.service.CoreConfiguration.RouteConfiguration;

/** A configured interface and the port under it now. Guarded by {@link Ports}. */
final class ServedInterface {
    private static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");

    final EthernetInterface ethernet;
    final OwnAddresses own;

    /** Null: it has no IPv6 address. */
    private GroupFrames groups;

    /** As it was last looked at. */
    Ipv6State ipv6 = Ipv6State.NONE;

    /** The device as the kernel and Joyride share it; null: it is not shared. */
    SharedDevice shared;

    InterfaceConfiguration configuration;

    /** The driver that {@code joyride:swap} chose in the configured one's stead, or null. */
    String chosen;

    /** Whose port is under the interface; null: nobody's. */
    Candidate<NicDriver> driver;

    NicPort port;

    /** What the port was opened with, if that is not what is configured now. */
    boolean stale;

    /** Drivers that failed here: until they are replaced or the configuration changes they get no other chance. */
    final Set<NicDriver> refused = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Why there is no port, one line; null: there is one. */
    String trouble = "not served yet";

    /** The last trouble that was logged. */
    String told;

    /** Since when there is no port, {@link System#nanoTime}; 0: there never was one. */
    long withoutPortSince;

    /** Whose port there was before. */
    Candidate<NicDriver> before;

    /** Pause before the next attempt to open a port, ms. */
    long retryMillis;

    /** Changes with every port: what an earlier port tells is old news. */
    long generation;

    ServedInterface(final EthernetInterface ethernet, final InterfaceConfiguration configuration) {
        this.ethernet = ethernet;
        this.configuration = configuration;
        this.own = new OwnAddresses(configuration.name());
    }

    Steering steering() {
        return shared != null ? shared : own;
    }

    /** Gives the interface its configured addresses and routes. On the loop. */
    void address(final NetworkLayer network) {
        ethernet.nd().dadCount(configuration.duplicateChecks());
        for (final IpPrefix address : configuration.addresses()) {
            network.addressing().add(ethernet, address);
            own.add(address.address());
        }
        for (final RouteConfiguration route : configuration.routes()) {
            network.addressing().addRoute(route.destination(), route.gateway(), ethernet);
        }
        if (!configuration.shared()) {
            ethernet.nd().autoconfigure(configuration.autoconfigure());
        }
    }

    /** Takes them away. On the loop. */
    void unaddress(final NetworkLayer network) {
        for (final RouteConfiguration route : configuration.routes()) {
            network.addressing().removeRoute(route.destination());
        }
        for (final IpPrefix address : configuration.addresses()) {
            network.addressing().remove(ethernet, address.address());
            own.remove(address.address());
        }
    }

    /** What IPv6 made of the interface's addresses by itself, and where it leads. */
    record Ipv6State(List<IpPrefix> addresses, List<IpPrefix> destinations, boolean autoconfigures) {
        static final Ipv6State NONE = new Ipv6State(List.of(), List.of(), false);
    }

    /** On the loop. */
    Ipv6State ipv6(final NetworkLayer network) {
        return new Ipv6State(
                ethernet.nd().wanted(),
                network.addressing().destinations(ethernet),
                ethernet.nd().autoconfigures());
    }

    /**
     * What routers send to all nodes is for who configures itself: on a device that the kernel looks at too, it does not hear it then. Of what
     * addresses are asked for, all is.
     */
    void steer(final Ipv6State now) {
        final Set<IpAddress> wanted = new LinkedHashSet<>();
        now.addresses().forEach(prefix -> wanted.add(prefix.address()));
        if (now.autoconfigures()) {
            wanted.add(ALL_NODES);
        }
        own.retainIpv6(wanted);
        if (groups != null && !groups.device().equals(device())) {
            endGroups();
        }
        if (wanted.isEmpty()) {
            endGroups();
        } else {
            if (groups == null) {
                groups = new GroupFrames(device());
            }
            groups.want();
        }
    }

    /** What the driver in service has open, or what the one that is to serve will open. */
    String device() {
        return configuration.device(driver != null ? driver.name() : driverName());
    }

    /** Its device need not take in groups' frames any more. */
    void endGroups() {
        if (groups != null) {
            groups.close();
            groups = null;
        }
    }

    /** What the driver counts, a copy. */
    Map<String, Long> counters() {
        return port == null ? new LinkedHashMap<>() : new LinkedHashMap<>(port.statistics());
    }

    /** The network layer's view with what only this class knows: the driver, and why there is no port. */
    InterfaceView complete(final InterfaceView view) {
        return new InterfaceView(
                view.name(),
                driver == null ? "-" : driver.name(),
                trouble == null ? view.mode() : "no port: " + trouble,
                view.offloads(),
                view.up(),
                view.mac(),
                view.mtu(),
                view.addresses(),
                view.rxPackets(),
                view.rxBytes(),
                view.txPackets(),
                view.txBytes(),
                view.drops());
    }

    String name() {
        return configuration.name();
    }

    String driverName() {
        return chosen != null ? chosen : configuration.driver();
    }
}
