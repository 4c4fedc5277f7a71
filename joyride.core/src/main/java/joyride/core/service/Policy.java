package joyride.core.service;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.socket.TransportHost.PolicyAction;
import joyride.api.socket.TransportHost.PolicyRule;
import joyride.core.service.CoreConfiguration.InterfaceConfiguration;

/** Which destinations go over Joyride: what routes over its interfaces, unless configured otherwise. */
final class Policy {
    private Policy() {}

    /**
     * The rules of a configuration, longest prefix first.
     *
     * @param kernel what the kernel's routes say where its addresses are shared
     */
    static List<PolicyRule> of(final CoreConfiguration configuration, final List<PolicyRule> kernel) {
        final Map<IpPrefix, PolicyAction> byPrefix = new LinkedHashMap<>();
        kernel.forEach(rule -> byPrefix.put(rule.prefix(), rule.action()));
        for (final InterfaceConfiguration netInterface :
                configuration.interfaces().values()) {
            for (final IpPrefix address : netInterface.addresses()) {
                byPrefix.put(network(address), PolicyAction.JOYRIDE);
            }
            netInterface.routes().forEach(route -> byPrefix.put(network(route.destination()), PolicyAction.JOYRIDE));
        }
        for (final InterfaceConfiguration netInterface :
                configuration.interfaces().values()) {
            for (final IpPrefix address : netInterface.addresses()) {
                byPrefix.put(host(address.address()), PolicyAction.LOCAL);
            }
        }
        for (final IpPrefix address : configuration.loopbackAddresses()) {
            byPrefix.put(address.address().isV4() ? network(address) : host(address.address()), PolicyAction.LOCAL);
        }
        for (final PolicyRule rule : configuration.policy()) {
            final IpPrefix prefix = network(rule.prefix());
            final boolean local = byPrefix.get(prefix) == PolicyAction.LOCAL;
            byPrefix.put(prefix, local && rule.action() == PolicyAction.JOYRIDE ? PolicyAction.LOCAL : rule.action());
        }
        final List<PolicyRule> rules = new ArrayList<>();
        byPrefix.forEach((prefix, action) -> rules.add(new PolicyRule(prefix, action)));
        rules.sort((a, b) -> b.prefix().mappedLength() - a.prefix().mappedLength());
        return List.copyOf(rules);
    }

    private static IpPrefix host(final IpAddress address) {
        return new IpPrefix(address, address.isV4() ? 32 : 128);
    }

    /** The prefix with the bits beyond its length cleared. */
    static IpPrefix network(final IpPrefix prefix) {
        final int bits = prefix.mappedLength();
        final long high =
                bits >= 64 ? prefix.address().high() : prefix.address().high() & mask(bits);
        final long low = bits <= 64 ? 0 : prefix.address().low() & mask(bits - 64);
        return new IpPrefix(new IpAddress(high, low), prefix.length());
    }

    private static long mask(final int bits) {
        return bits == 0 ? 0 : -1L << (64 - bits);
    }
}
