package joyride.e2e;

import java.io.IOException;
import joyride.testkit.netns.Namespace;
import joyride.testkit.netns.Veth;

/**
 * A TAP that DPDK's net_tap can take an interface's frames by: traffic control carries what comes for Joyride's address from the NIC to it, and what is
 * sent by it to the NIC. It is what net_tap's {@code remote=} sets up by itself where the kernel has {@code sch_multiq} and {@code cls_flower}.
 */
final class TapBeside {
    private static final String TAP = "jtap0";

    private TapBeside() {}

    /**
     * Makes it, in the NIC's namespace; it goes with that.
     *
     * @param address Joyride's own, IPv4
     * @return what lets the driver dpdk use it
     */
    static String of(final Namespace namespace, final Veth nic, final String address)
            throws IOException, InterruptedException {
        namespace.ip("tuntap", "add", TAP, "mode", "tap", "multi_queue");
        for (String device : new String[] {nic.name(), TAP}) {
            tc(namespace, "qdisc add dev " + device + " clsact");
        }
        String filter = "filter add dev " + nic.name() + " ingress protocol ";
        String toTap = " action mirred egress redirect dev " + TAP;
        tc(namespace, filter + "ip u32 match ip dst " + address + toTap);
        // The address that an ARP packet asks for, or answers.
        tc(namespace, filter + "arp u32 match u32 " + word(address) + " 0xffffffff at 24" + toTap);
        tc(
                namespace,
                "filter add dev " + TAP + " ingress u32 match u32 0 0 action mirred egress redirect dev " + nic.name());
        String key = "interface." + nic.name() + ".driver.dpdk.";
        return key + "device=net_tap0\n" + key + "arguments=iface=" + TAP + "\n" + key + "mac=" + nic.macAddress()
                + "\n";
    }

    /** Frames that came to Joyride by it. */
    static long frames(final Namespace namespace) throws IOException, InterruptedException {
        return new Veth(namespace, TAP).statistic("tx_packets");
    }

    private static void tc(final Namespace namespace, final String line) throws IOException, InterruptedException {
        namespace.must("tc", line.split(" +"));
    }

    private static String word(final String address) {
        int word = 0;
        for (String part : address.split("\\.")) {
            word = word << 8 | Integer.parseInt(part);
        }
        return "0x%08x".formatted(word);
    }
}
