package joyride.api.tcp;

/** The part of {@link TcpTunables} that the variant rack reads, under FreeBSD's names and with FreeBSD's defaults. */
public abstract class RackTunables {
    @Sysctl(
            name = "net.inet.tcp.map_limit",
            min = 0,
            max = Integer.MAX_VALUE,
            description = "rack: no connection gets room for more segments once all have so much; 0: no limit")
    public int mapLimit = 0;

    @Sysctl(
            name = "net.inet.tcp.pacing_limit",
            min = 0,
            max = Integer.MAX_VALUE,
            description = "rack: so many connections may wait for their pace at a time, others send as cwnd allows")
    public int pacingLimit = 10_000;

    @Sysctl(
            name = "net.inet.tcp.rack.use_pacing",
            min = 0,
            max = 1,
            description = "rack: spread what is sent over the round trip")
    public int rackUsePacing = 0;

    @Sysctl(
            name = "net.inet.tcp.rack.pacing.gp_per_ss",
            min = 1,
            max = 10000,
            description = "rack: pace in slow start, percent of goodput, or of cwnd per round trip until it is known")
    public int rackPaceSlowStart = 250;

    @Sysctl(
            name = "net.inet.tcp.rack.pacing.gp_per_ca",
            min = 1,
            max = 10000,
            description =
                    "rack: pace in congestion avoidance, percent of goodput, or of cwnd per round trip until it is known")
    public int rackPaceAvoidance = 200;

    @Sysctl(
            name = "net.inet.tcp.rack.pacing.gp_per_rec",
            min = 1,
            max = 10000,
            description = "rack: pace in recovery, percent of goodput, or of cwnd per round trip until it is known")
    public int rackPaceRecovery = 200;

    @Sysctl(
            name = "net.inet.tcp.rack.pacing.pace_max_seg",
            min = 1,
            max = 1000,
            description = "rack: segments that may go at once when paced")
    public int rackPaceMaxSegments = 40;

    @Sysctl(
            name = "net.inet.tcp.rack.pacing.rate_cap",
            min = 0,
            max = Integer.MAX_VALUE,
            description = "rack: pace no faster, bytes a second; 0: no limit")
    public int rackPaceRateCap = 0;

    @Sysctl(
            name = "net.inet.tcp.rack.tlp.limit",
            min = 0,
            max = 100,
            description = "rack: tail loss probes without progress between them; 0: none at all")
    public int rackProbeLimit = 2;

    @Sysctl(
            name = "net.inet.tcp.rack.tlp.tlpminto",
            min = 1000,
            max = 10_000_000,
            description = "rack: no tail loss probe earlier, us")
    public int rackProbeMin = 10_000;

    @Sysctl(
            name = "net.inet.tcp.rack.tlp.reorder_thresh",
            min = 0,
            max = 30,
            description = "rack: reordering window, the least RTT shifted right by so many bits")
    public int rackReorderThresh = 2;

    @Sysctl(
            name = "net.inet.tcp.rack.tlp.reorder_fade",
            min = 0,
            max = Integer.MAX_VALUE,
            description = "rack: reordering is forgotten after so long, us; 0: never")
    public int rackReorderFade = 60_000_000;

    @Sysctl(
            name = "net.inet.tcp.rack.tlp.pktdelay",
            min = 0,
            max = 1_000_000,
            description = "rack: waited in addition to the reordering window, us")
    public int rackPacketDelay = 1000;

    @Sysctl(
            name = "net.inet.tcp.rack.timers.persmin",
            min = 1000,
            max = Integer.MAX_VALUE,
            description = "rack: shortest persist interval, us")
    public int rackPersMin = 250_000;

    @Sysctl(
            name = "net.inet.tcp.rack.timers.persmax",
            min = 1000,
            max = Integer.MAX_VALUE,
            description = "rack: longest persist interval, us")
    public int rackPersMax = 2_000_000;

    @Sysctl(
            name = "net.inet.tcp.rack.timers.delayed_ack",
            min = 0,
            max = 10_000_000,
            description = "rack: how long a peer may delay the acknowledgement of a single segment, us (WCDelAckT)")
    public int rackDelayedAck = 40_000;

    @Sysctl(
            name = "net.inet.tcp.rack.timers.minrto",
            min = 1000,
            max = Integer.MAX_VALUE,
            description = "rack: least retransmission timeout, us")
    public int rackMinRto = 30_000;

    @Sysctl(
            name = "net.inet.tcp.rack.timers.maxrto",
            min = 1000,
            max = Integer.MAX_VALUE,
            description = "rack: largest retransmission timeout, us")
    public int rackMaxRto = 4_000_000;

    @Sysctl(
            name = "net.inet.tcp.rack.timers.minto",
            min = 1000,
            max = 10_000_000,
            description = "rack: shortest wait for what may be reordered, us")
    public int rackMinTimeout = 1000;

    @Sysctl(
            name = "net.inet.tcp.rack.misc.rack_dsack_ctl",
            min = 0,
            max = 3,
            description = "rack: bit 1: reports of duplicates widen the reordering window (RFC 8985 §6.2 step 4)")
    public int rackDsackCtl = 3;

    @Sysctl(
            name = "net.inet.tcp.rack.misc.no_sack_needed",
            min = 0,
            max = 1,
            description = "rack: serve connections without SACK too; 0: refuse to take one over")
    public int rackNoSackNeeded = 1;

    RackTunables() {}
}
