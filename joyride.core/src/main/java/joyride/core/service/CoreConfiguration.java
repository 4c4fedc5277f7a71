package joyride.core.service;

import java.util.List;
import java.util.Map;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.socket.TransportHost.PolicyRule;
import joyride.core.engine.LoopSettings;

/**
 * The service's configuration, checked.
 *
 * @param loopbackAddresses of the internal loopback; the whole prefix counts as local
 * @param interfaces by name
 * @param loop how the event loop runs
 * @param variant name of the TCP variant of new instances
 * @param congestionControl name of the congestion control of new instances
 * @param sysctls other values of new instances by FreeBSD's name
 * @param policy what is configured beyond what routes and addresses say
 * @param rules what is configured by program, user, address and port
 * @param instanceQuota bytes of core's memory for an instance
 * @param sharePorts what the kernel leaves to Joyride for active opens on shared addresses
 */
record CoreConfiguration(
        List<IpPrefix> loopbackAddresses,
        Map<String, InterfaceConfiguration> interfaces,
        LoopSettings loop,
        String variant,
        String congestionControl,
        Map<String, String> sysctls,
        List<PolicyRule> policy,
        ProgramRules rules,
        long instanceQuota,
        PortRange sharePorts) {

    /**
     * An interface.
     *
     * @param device what a driver opens that has none of its own
     * @param shared whether addresses, routes, neighbours and MTU are the kernel's; then {@code addresses} and {@code routes} are empty
     * @param mtu bytes; the device may have less
     * @param autoconfigure whether IPv6 addresses and routes are made from what routers say
     * @param duplicateChecks how often an IPv6 address is asked for before it is used
     * @param queues that a driver serves that has none of its own; 0: all of the device's
     * @param tso whether TCP gives units larger than the MTU, which the device or core cuts
     * @param lro whether core merges the frames of a burst
     * @param settings the drivers' own, those of one alone by {@code driver.NAME.KEY}
     */
    record InterfaceConfiguration(
            String name,
            String driver,
            String device,
            boolean shared,
            List<IpPrefix> addresses,
            int mtu,
            boolean autoconfigure,
            int duplicateChecks,
            int queues,
            boolean tso,
            boolean lro,
            List<RouteConfiguration> routes,
            Map<String, String> settings) {
        /** What that driver opens. */
        String device(final String ofDriver) {
            return DriverSettings.own(settings, ofDriver, DriverSettings.DEVICE, device);
        }

        /** Queues that it serves; 0: all of its device's. */
        int queues(final String ofDriver) {
            return Integer.parseInt(
                    DriverSettings.own(settings, ofDriver, DriverSettings.QUEUES, Integer.toString(queues)));
        }

        /** Whether a port of that driver is the same by {@code other}. */
        boolean samePort(final InterfaceConfiguration other, final String ofDriver) {
            return shared == other.shared
                    && device(ofDriver).equals(other.device(ofDriver))
                    && queues(ofDriver) == other.queues(ofDriver)
                    && DriverSettings.of(settings, ofDriver).equals(DriverSettings.of(other.settings, ofDriver));
        }
    }

    /** Ports for active opens on addresses shared with the kernel. */
    record PortRange(int first, int last) {
        /** The dynamic ports of RFC 6335; Linux's own choice begins at 32768. */
        static final PortRange STANDARD = new PortRange(49152, 65535);

        @Override
        public String toString() {
            return first + "-" + last;
        }
    }

    /** @param gateway null: on the link */
    record RouteConfiguration(IpPrefix destination, IpAddress gateway) {}
}
