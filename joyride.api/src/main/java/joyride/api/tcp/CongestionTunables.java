package joyride.api.tcp;

/** The part of {@link TcpTunables} that steers congestion controls: {@code net.inet.tcp.cc.*}. */
public abstract class CongestionTunables extends SocketTunables {
    @Sysctl(name = "net.inet.tcp.cc.abe", min = 0, max = 1, description = "less back-off on ECN (RFC 8511)")
    public int ccAbe = 0;

    @Sysctl(
            name = "net.inet.tcp.cc.abe_frlossreduce",
            min = 0,
            max = 1,
            description = "with abe: the whole back-off after all where a loss follows the ECN echo in one window")
    public int ccAbeFrLossReduce = 0;

    @Sysctl(
            name = "net.inet.tcp.cc.newreno.beta",
            min = 1,
            max = 100,
            description = "NewReno's factor on loss, percent")
    public int ccNewrenoBeta = 50;

    @Sysctl(
            name = "net.inet.tcp.cc.newreno.beta_ecn",
            min = 1,
            max = 100,
            description = "NewReno's factor on ECN with abe, percent")
    public int ccNewrenoBetaEcn = 80;

    @Sysctl(
            name = "net.inet.tcp.cc.hystartplusplus.enable",
            min = 0,
            max = 1,
            description =
                    "leave slow start when round trips get longer (RFC 9406): cubic and newreno; FreeBSD allows it to"
                            + " rack alone, by a socket option")
    public int hyStart = 0;

    @Sysctl(
            name = "net.inet.tcp.cc.hystartplusplus.minrtt_thresh",
            min = 1,
            max = 1000000,
            description = "rise of the round trip that counts, at least, µs")
    public int hyStartMinRttThresh = 4000;

    @Sysctl(
            name = "net.inet.tcp.cc.hystartplusplus.maxrtt_thresh",
            min = 1,
            max = 1000000,
            description = "rise of the round trip that counts, at most, µs")
    public int hyStartMaxRttThresh = 16000;

    @Sysctl(
            name = "net.inet.tcp.cc.hystartplusplus.n_rttsamples",
            min = 1,
            max = 10000,
            description = "samples of a round before its least round trip counts")
    public int hyStartSamples = 8;

    @Sysctl(
            name = "net.inet.tcp.cc.hystartplusplus.css_growth_div",
            min = 1,
            max = 1000,
            description = "conservative slow start grows by so much less")
    public int hyStartGrowthDivisor = 4;

    @Sysctl(
            name = "net.inet.tcp.cc.hystartplusplus.css_rounds",
            min = 1,
            max = 1000,
            description = "rounds of conservative slow start")
    public int hyStartRounds = 5;

    @Sysctl(
            name = "net.inet.tcp.cc.dctcp.alpha",
            min = 0,
            max = 1024,
            description = "share of marked bytes to begin with, 1/1024 (RFC 8257 §3.3)")
    public int dctcpAlpha = 1024;

    @Sysctl(
            name = "net.inet.tcp.cc.dctcp.shift_g",
            min = 1,
            max = 10,
            description = "the gain of the share's average is 1/2^this")
    public int dctcpShiftG = 4;

    @Sysctl(
            name = "net.inet.tcp.cc.dctcp.slowstart",
            min = 0,
            max = 1,
            description = "half the window at the ECN echo that ends slow start")
    public int dctcpSlowStart = 0;

    @Sysctl(name = "net.inet.tcp.cc.dctcp.ect1", min = 0, max = 1, description = "mark data ECT(1) instead of ECT(0)")
    public int dctcpEct1 = 0;

    @Sysctl(
            name = "net.inet.tcp.cc.htcp.adaptive_backoff",
            min = 0,
            max = 1,
            description = "H-TCP: back off by how much the queue adds to the round trip, to 0.5..0.8")
    public int htcpAdaptiveBackoff = 0;

    @Sysctl(
            name = "net.inet.tcp.cc.htcp.rtt_scaling",
            min = 0,
            max = 1,
            description = "H-TCP: growth in time instead of round trips")
    public int htcpRttScaling = 0;

    @Sysctl(
            name = "net.inet.tcp.cc.vegas.alpha",
            min = 1,
            max = 10000,
            description = "Vegas: fewer segments queued than this: grow; below beta")
    public int vegasAlpha = 1;

    @Sysctl(
            name = "net.inet.tcp.cc.vegas.beta",
            min = 1,
            max = 10000,
            description = "Vegas: more segments queued than this: shrink; above alpha")
    public int vegasBeta = 3;

    @Sysctl(
            name = "net.inet.tcp.cc.cdg.beta_delay",
            min = 1,
            max = 99,
            description = "CDG's factor when delay grows, percent")
    public int cdgBetaDelay = 70;

    @Sysctl(name = "net.inet.tcp.cc.cdg.beta_loss", min = 1, max = 99, description = "CDG's factor on loss, percent")
    public int cdgBetaLoss = 50;

    @Sysctl(
            name = "net.inet.tcp.cc.cdg.exp_backoff_scale",
            min = 1,
            max = 1000,
            description = "CDG: growth of delay, ms a round trip, at which it backs off with probability 1 - 1/e")
    public int cdgExpBackoffScale = 3;

    @Sysctl(
            name = "net.inet.tcp.cc.cdg.smoothing_factor",
            min = 1,
            max = 32,
            description = "CDG: round trips that the growth of delay is averaged over; FreeBSD has no limit")
    public int cdgSmoothingFactor = 8;

    @Sysctl(
            name = "net.inet.tcp.cc.cdg.loss_compete_consec_cong",
            min = 0,
            max = 1000,
            description = "CDG: back-offs in vain after which it takes its rivals for loss-based; 0: never")
    public int cdgConsecCong = 5;

    @Sysctl(
            name = "net.inet.tcp.cc.cdg.loss_compete_hold_backoff",
            min = 0,
            max = 1000,
            description = "CDG: back-offs that it leaves out then")
    public int cdgHoldBackoff = 5;

    @Sysctl(
            name = "net.inet.tcp.cc.cdg.alpha_inc",
            min = 0,
            max = 1000,
            description = "CDG: round trips after which growth is a segment more each; 0: always one segment")
    public int cdgAlphaInc = 0;

    @Sysctl(
            name = "net.inet.tcp.cc.chd.queue_threshold",
            min = 1,
            max = 10000,
            description = "CHD: queueing delay at which it backs off with probability pmax, ms; above qmin")
    public int chdQueueThreshold = 20;

    @Sysctl(
            name = "net.inet.tcp.cc.chd.pmax",
            min = 1,
            max = 100,
            description = "CHD: that probability for a round trip, percent")
    public int chdPmax = 50;

    @Sysctl(
            name = "net.inet.tcp.cc.chd.qmin",
            min = 1,
            max = 10000,
            description = "CHD: queueing delay below which it never backs off, ms; below queue_threshold")
    public int chdQmin = 5;

    @Sysctl(
            name = "net.inet.tcp.cc.chd.loss_fair",
            min = 0,
            max = 1,
            description = "CHD: after a loss take up the window that back-offs for delay had cost")
    public int chdLossFair = 1;

    @Sysctl(
            name = "net.inet.tcp.cc.chd.use_max",
            min = 0,
            max = 1,
            description = "CHD: a round's largest round-trip time counts, not its last")
    public int chdUseMax = 1;

    @Sysctl(
            name = "net.inet.tcp.cc.hd.queue_threshold",
            min = 1,
            max = 10000,
            description = "HD: queueing delay at which it backs off with probability pmax, ms; above qmin")
    public int hdQueueThreshold = 20;

    @Sysctl(
            name = "net.inet.tcp.cc.hd.pmax",
            min = 1,
            max = 100,
            description = "HD: that probability for an acknowledgement, percent")
    public int hdPmax = 5;

    @Sysctl(
            name = "net.inet.tcp.cc.hd.qmin",
            min = 1,
            max = 10000,
            description = "HD: queueing delay below which it never backs off, ms; below queue_threshold")
    public int hdQmin = 5;

    /** Pairs of which the first must stay below the second. */
    private static final String[][] ORDERED = {
        {"net.inet.tcp.cc.vegas.alpha", "net.inet.tcp.cc.vegas.beta"},
        {"net.inet.tcp.cc.chd.qmin", "net.inet.tcp.cc.chd.queue_threshold"},
        {"net.inet.tcp.cc.hd.qmin", "net.inet.tcp.cc.hd.queue_threshold"},
    };

    /** @throws IllegalArgumentException if {@code name} must not become {@code number} beside what others are */
    final void order(final TcpTunables all, final String name, final long number) {
        for (final String[] pair : ORDERED) {
            if (name.equals(pair[0]) && number >= all.get(pair[1])) {
                throw new IllegalArgumentException(
                        name + ": " + number + " is not below " + pair[1] + ", which is " + all.get(pair[1]));
            }
            if (name.equals(pair[1]) && number <= all.get(pair[0])) {
                throw new IllegalArgumentException(
                        name + ": " + number + " is not above " + pair[0] + ", which is " + all.get(pair[0]));
            }
        }
    }
}
