package joyride.core.ip;

import java.util.ArrayList;
import java.util.List;
import joyride.api.admin.StackAdmin;
import joyride.api.counters.CounterBlock;
import joyride.api.net.IpPrefix;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicPort;
import joyride.core.link.EthernetInterface;
import joyride.core.link.LinkInterface;
import joyride.core.link.LoopbackInterface;

/** What the console shows of the network below the transports: copies, made on the event loop. */
public final class NetworkViews {
    private final LoopbackInterface loopback;
    private final List<EthernetInterface> ethernets;
    private final RouteTable routes;

    NetworkViews(final LoopbackInterface loopback, final List<EthernetInterface> ethernets, final RouteTable routes) {
        this.loopback = loopback;
        this.ethernets = ethernets;
        this.routes = routes;
    }

    public List<StackAdmin.InterfaceView> interfaces() {
        final List<StackAdmin.InterfaceView> views = new ArrayList<>();
        views.add(view(loopback, "loopback", "in memory", "-", true, "-"));
        for (final EthernetInterface ethernet : ethernets) {
            final NicPort port = ethernet.port();
            views.add(view(
                    ethernet,
                    port == null ? "-" : port.name(),
                    port == null ? "no port" : port.mode(),
                    ethernet.offloadText(),
                    port != null && port.linkUp(),
                    new MacAddress(ethernet.mac()).toString()));
        }
        return views;
    }

    private static StackAdmin.InterfaceView view(
            final LinkInterface link,
            final String driver,
            final String mode,
            final String offloads,
            final boolean up,
            final String mac) {
        final CounterBlock counters = link.counters();
        return new StackAdmin.InterfaceView(
                link.name(),
                driver,
                mode,
                offloads,
                up,
                mac,
                link.mtu(),
                addressViews(link),
                counters.get(LinkInterface.RX_PACKETS),
                counters.get(LinkInterface.RX_BYTES),
                counters.get(LinkInterface.TX_PACKETS),
                counters.get(LinkInterface.TX_BYTES),
                counters.get(LinkInterface.DROPS));
    }

    private static List<String> addressViews(final LinkInterface link) {
        final List<String> views = new ArrayList<>(
                link.addresses().stream().map(IpPrefix::toString).toList());
        if (link instanceof final EthernetInterface ethernet) {
            views.addAll(ethernet.nd().unready());
        }
        return views;
    }

    public List<StackAdmin.RouteView> routes() {
        return routes.views();
    }

    public List<StackAdmin.NeighbourView> neighbours() {
        return ethernets.stream().flatMap(e -> e.neighbours().views().stream()).toList();
    }
}
