package joyride.core.service;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import joyride.api.net.IpPrefix;
import joyride.api.socket.TransportHost.PolicyAction;
import joyride.api.socket.TransportHost.PolicyRule;
import joyride.core.kernel.KernelSnapshot;

/** What the kernel's routes make Joyride's: the destinations that they reach by a device that is shared, and its addresses. */
final class KernelPolicy {
    private KernelPolicy() {}

    /**
     * The rules, shortest prefix first; none that says what a shorter one or the default (the kernel) says anyway.
     *
     * @param shared names of the devices that Joyride serves on the kernel's addresses
     */
    static List<PolicyRule> of(final KernelSnapshot kernel, final Set<String> shared) {
        final Map<IpPrefix, PolicyAction> all = new LinkedHashMap<>();
        kernel.destinations()
                .forEach((prefix, device) ->
                        all.put(prefix, shared.contains(device) ? PolicyAction.JOYRIDE : PolicyAction.KERNEL));
        kernel.locals()
                .forEach((prefix, device) ->
                        all.put(prefix, shared.contains(device) ? PolicyAction.LOCAL : PolicyAction.KERNEL));
        final List<PolicyRule> sorted = new ArrayList<>();
        all.forEach((prefix, action) -> sorted.add(new PolicyRule(prefix, action)));
        sorted.sort((a, b) -> a.prefix().mappedLength() - b.prefix().mappedLength());
        final List<PolicyRule> needed = new ArrayList<>();
        for (final PolicyRule rule : sorted) {
            if (rule.action() != around(needed, rule.prefix())) {
                needed.add(rule);
            }
        }
        return List.copyOf(needed);
    }

    private static PolicyAction around(final List<PolicyRule> shorter, final IpPrefix prefix) {
        for (int i = shorter.size() - 1; i >= 0; i--) {
            if (shorter.get(i).prefix().contains(prefix.address())) {
                return shorter.get(i).action();
            }
        }
        return PolicyAction.KERNEL;
    }
}
