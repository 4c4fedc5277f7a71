package joyride.core.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import joyride.api.net.IpPrefix;
import joyride.core.kernel.KernelSnapshot;
import org.junit.jupiter.api.Test;

class KernelPolicyTest {
    private final Map<IpPrefix, String> destinations = new HashMap<>();
    private final Map<IpPrefix, String> locals = new HashMap<>();

    private List<String> rules(final String... shared) {
        return KernelPolicy.of(new KernelSnapshot(Map.of(), destinations, locals), Set.of(shared)).stream()
                .map(rule -> rule.prefix() + " " + rule.action())
                .sorted()
                .toList();
    }

    private void host() {
        destinations.put(IpPrefix.parse("0.0.0.0/0"), "eth0");
        destinations.put(IpPrefix.parse("192.0.2.0/24"), "eth0");
        destinations.put(IpPrefix.parse("198.51.100.0/24"), "eth1");
        destinations.put(IpPrefix.parse("10.0.0.0/8"), "");
        locals.put(IpPrefix.parse("127.0.0.0/8"), "lo");
        locals.put(IpPrefix.parse("127.0.0.1/32"), "lo");
        locals.put(IpPrefix.parse("192.0.2.1/32"), "eth0");
        locals.put(IpPrefix.parse("198.51.100.1/32"), "eth1");
    }

    @Test
    void shouldLeaveEverythingToTheKernelWhenNothingIsShared() {
        host();
        assertEquals(List.of(), rules());
    }

    @Test
    void shouldTakeWhatGoesOutByTheSharedDeviceAndNoMore() {
        host();
        assertEquals(
                List.of(
                        "0.0.0.0/0 JOYRIDE",
                        "10.0.0.0/8 KERNEL",
                        "127.0.0.0/8 KERNEL",
                        "192.0.2.1/32 LOCAL",
                        "198.51.100.0/24 KERNEL"),
                rules("eth0"));
        assertEquals(List.of("198.51.100.0/24 JOYRIDE", "198.51.100.1/32 LOCAL"), rules("eth1"));
    }
}
