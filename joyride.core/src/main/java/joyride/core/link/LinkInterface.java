package joyride.core.link;

import java.util.ArrayList;
import java.util.List;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.net.IpPrefix;
import joyride.core.counters.CounterStore;
import joyride.core.ip.NetInterface;
import joyride.core.ip.NetworkEnvironment;

/** What Ethernet and loopback interfaces have in common: a name, addresses, counters and perhaps a capture. */
public abstract sealed class LinkInterface implements NetInterface permits EthernetInterface, LoopbackInterface {
    public static final int RX_PACKETS = 0;
    public static final int RX_BYTES = 1;
    public static final int TX_PACKETS = 2;
    public static final int TX_BYTES = 3;
    public static final int DROPS = 4;
    public static final int LRO_FRAMES = 5;
    public static final int LRO_UNITS = 6;
    public static final int TSO_FRAMES = 7;
    public static final int TSO_UNITS = 8;

    final NetworkEnvironment environment;
    /** Null: nobody captures. */
    PcapTap tap;

    private final String name;
    private final CounterBlock counters;
    private final CounterBlock drops;
    private final List<IpPrefix> addresses = new ArrayList<>();

    LinkInterface(final String name, final NetworkEnvironment environment) {
        this.name = name;
        this.environment = environment;
        this.drops = environment.drops();
        this.counters = environment
                .counters()
                .block(
                        name,
                        CounterStore.Description.of(
                                "rx.packets", "packets received",
                                "rx.bytes", "bytes received, link headers included",
                                "tx.packets", "packets sent",
                                "tx.bytes", "bytes sent, link headers included",
                                "drops", "packets dropped, both ways",
                                "lro.frames", "frames received that were merged with others",
                                "lro.units", "segments that they were merged into",
                                "tso.frames", "frames that larger segments were cut into, by the NIC or here",
                                "tso.units", "segments that were cut"));
    }

    @Override
    public final String name() {
        return name;
    }

    /** The interface's addresses with their prefix lengths, in the order in which they were set. */
    public final List<IpPrefix> addresses() {
        return addresses;
    }

    public final CounterBlock counters() {
        return counters;
    }

    /** Counts a packet dropped that came in or was to go out here. */
    public final void drop(final DropReason reason) {
        drops.drop(reason);
        counters.increment(DROPS);
    }

    /** Counts packets dropped that came in or were to go out here. */
    public final void drop(final DropReason reason, final int packets) {
        for (int i = 0; i < packets; i++) {
            drop(reason);
        }
    }

    /** Starts or, with null, ends copying packets to {@code capture}. @return what was there before */
    public final PcapTap tap(final PcapTap capture) {
        final PcapTap before = tap;
        tap = capture;
        return before;
    }

    /** Gives the counters back. Nothing is called after this. */
    public void close() {
        environment.counters().release(counters);
    }

    /** Whether addresses, routes and neighbours are the kernel's, which answers what Joyride has no claim for. */
    public boolean shared() {
        return false;
    }

    /** Of {@link PcapTap}, for this interface's packets. */
    public abstract int pcapLinkType();
}
