package joyride.core.service;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import joyride.api.net.IpPrefix;
import joyride.api.socket.TransportHost.PolicyAction;
import joyride.api.socket.TransportHost.PolicyRule;

/** What the policy learns from interfaces: where the kernel's routes lead by shared ones, and what IPv6 made by itself. Guarded by {@link Ports}. */
final class InterfaceRules {
    private final ServedInterfaces interfaces;
    private final KernelSharing sharing;
    private final Consumer<List<PolicyRule>> policy;
    private List<PolicyRule> told = List.of();

    /** @param policy takes the rules whenever they changed; with a lock held, so it returns at once */
    InterfaceRules(
            final ServedInterfaces interfaces, final KernelSharing sharing, final Consumer<List<PolicyRule>> policy) {
        this.interfaces = interfaces;
        this.sharing = sharing;
        this.policy = policy;
    }

    /** Devices count once they had a port: until then the kernel serves what it always did. */
    void tell() {
        final Set<String> devices = interfaces.all().stream()
                .filter(served -> served.shared != null && (served.port != null || served.withoutPortSince != 0))
                .map(served -> served.configuration.device())
                .collect(Collectors.toSet());
        final List<PolicyRule> rules = new ArrayList<>(sharing.policy(devices));
        rules.addAll(ipv6());
        if (!rules.equals(told)) {
            told = rules;
            policy.accept(rules);
        }
    }

    private List<PolicyRule> ipv6() {
        final List<PolicyRule> rules = new ArrayList<>();
        for (final ServedInterface served : interfaces.all()) {
            for (final IpPrefix destination : served.ipv6.destinations()) {
                rules.add(new PolicyRule(Policy.network(destination), PolicyAction.JOYRIDE));
            }
            for (final IpPrefix address : served.ipv6.addresses()) {
                rules.add(new PolicyRule(new IpPrefix(address.address(), 128), PolicyAction.LOCAL));
            }
        }
        return rules;
    }
}
