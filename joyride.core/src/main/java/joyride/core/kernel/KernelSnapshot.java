package joyride.core.kernel;

import java.util.Map;
import joyride.api.net.IpPrefix;

/**
 * What the kernel's network was at one time.
 *
 * @param devices by name
 * @param destinations by which device the kernel reaches what, "" for what it refuses; the longest prefix holds
 * @param locals the addresses that the kernel takes for its own, and on which device
 */
public record KernelSnapshot(
        Map<String, KernelView> devices, Map<IpPrefix, String> destinations, Map<IpPrefix, String> locals) {
    /** Nothing known. */
    public static final KernelSnapshot EMPTY = new KernelSnapshot(Map.of(), Map.of(), Map.of());
}
