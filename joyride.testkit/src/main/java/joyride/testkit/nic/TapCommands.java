package joyride.testkit.nic;

import java.util.List;
import java.util.Map;

/**
 * What makes a TAP that DPDK's net_tap can take a device's frames by: traffic control carries what comes for Joyride's address from the device to it, and what is
 * sent by it to the device. It is what net_tap's {@code remote=} sets up by itself where the kernel has {@code sch_multiq} and {@code cls_flower}.
 */
public final class TapCommands {
    /** The TAP. */
    public static final String TAP = "jtap0";

    private TapCommands() {}

    /**
     * Command lines, to be run in the device's namespace; the TAP goes with that.
     *
     * @param device whose frames it takes
     * @param address Joyride's own, IPv4
     */
    public static List<String> lines(final String device, final String address) {
        final String filter = "tc filter add dev " + device + " ingress protocol ";
        final String toTap = " action mirred egress redirect dev " + TAP;
        return List.of(
                "ip tuntap add " + TAP + " mode tap multi_queue",
                "tc qdisc add dev " + device + " clsact",
                "tc qdisc add dev " + TAP + " clsact",
                filter + "ip u32 match ip dst " + address + toTap,
                // The address that an ARP packet asks for, or answers.
                filter + "arp u32 match u32 " + word(address) + " 0xffffffff at 24" + toTap,
                "tc filter add dev " + TAP + " ingress u32 match u32 0 0 action mirred egress redirect dev " + device);
    }

    /** What lets the driver dpdk use it. @param mac the device's */
    public static Map<String, String> settings(final String mac) {
        return Map.of("device", "net_tap0", "arguments", "iface=" + TAP, "mac", mac);
    }

    private static String word(final String address) {
        int word = 0;
        for (final String part : address.split("\\.")) {
            word = word << 8 | Integer.parseInt(part);
        }
        return "0x%08x".formatted(word);
    }
}
