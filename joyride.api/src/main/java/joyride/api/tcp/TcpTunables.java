package joyride.api.tcp;

import java.lang.reflect.Field;
import java.util.Map;
import java.util.TreeMap;

/**
 * The numbers that steer a stack instance's TCP, under FreeBSD's sysctl names and with FreeBSD's defaults. Fields are read on the data
 * path; {@link #set} is called on the instance's event loop and takes effect with the next read.
 */
public final class TcpTunables extends CongestionTunables {
    private static final Map<String, Field> FIELDS = fields();

    @Sysctl(
            name = "net.inet.tcp.rfc1323",
            min = 0,
            max = 3,
            description =
                    "window scale and timestamps (RFC 7323): 0 off, 1 both, 2 window scale only, 3 timestamps only")
    public int rfc1323 = 1;

    @Sysctl(name = "net.inet.tcp.rfc3042", min = 0, max = 1, description = "limited transmit (RFC 3042)")
    public int rfc3042 = 1;

    @Sysctl(
            name = "net.inet.tcp.rfc3390",
            min = 0,
            max = 1,
            description = "initial window of RFC 3390 where initcwnd_segments is 0")
    public int rfc3390 = 1;

    @Sysctl(name = "net.inet.tcp.rfc3465", min = 0, max = 1, description = "appropriate byte counting (RFC 3465)")
    public int rfc3465 = 1;

    @Sysctl(
            name = "net.inet.tcp.abc_l_var",
            min = 1,
            max = 100,
            description = "segments that one acknowledgement may add in slow start")
    public int abcLVar = 2;

    @Sysctl(
            name = "net.inet.tcp.initcwnd_segments",
            min = 0,
            max = 1000,
            description = "initial window, segments (RFC 6928)")
    public int initCwndSegments = 10;

    @Sysctl(
            name = "net.inet.tcp.mssdflt",
            min = 216,
            max = 65495,
            description = "segment size where the peer offers none, IPv4")
    public int mssDefault = 536;

    @Sysctl(
            name = "net.inet.tcp.v6mssdflt",
            min = 216,
            max = 65475,
            description = "segment size where the peer offers none, IPv6")
    public int v6MssDefault = 1220;

    @Sysctl(name = "net.inet.tcp.minmss", min = 48, max = 65495, description = "least segment size accepted")
    public int minMss = 216;

    @Sysctl(
            name = "net.inet.tcp.newcwv",
            min = 0,
            max = 1,
            description = "cwnd grows only while half of it is in use (RFC 7661 §4.3)")
    public int newCwv = 0;

    @Sysctl(
            name = "net.inet.tcp.path_mtu_discovery",
            min = 0,
            max = 1,
            description = "set DF and follow ICMP (RFC 1191)")
    public int pathMtuDiscovery = 1;

    @Sysctl(
            name = "net.inet.tcp.pmtud_blackhole_detection",
            min = 0,
            max = 3,
            description = "lower the segment size after losses: 1 both, 2 IPv4, 3 IPv6")
    public int pmtudBlackholeDetection = 0;

    @Sysctl(name = "net.inet.tcp.pmtud_blackhole_mss", min = 216, max = 65495, description = "segment size then, IPv4")
    public int pmtudBlackholeMss = 1200;

    @Sysctl(
            name = "net.inet.tcp.v6pmtud_blackhole_mss",
            min = 216,
            max = 65475,
            description = "segment size then, IPv6")
    public int v6PmtudBlackholeMss = 1220;

    @Sysctl(
            name = "net.inet.tcp.tso",
            min = 0,
            max = 1,
            description = "large units, cut into segments by the NIC or at the driver's edge")
    public int tso = 1;

    @Sysctl(name = "net.inet.tcp.delayed_ack", min = 0, max = 1, description = "delay acknowledgements (RFC 5681 §4.2)")
    public int delayedAck = 1;

    @Sysctl(name = "net.inet.tcp.delacktime", min = 1, max = 500, description = "delay of an acknowledgement, ms")
    public int delackTime = 40;

    @Sysctl(name = "net.inet.tcp.do_prr", min = 0, max = 1, description = "proportional rate reduction (RFC 6937)")
    public int doPrr = 1;

    @Sysctl(
            name = "net.inet.tcp.tolerate_missing_ts",
            min = 0,
            max = 1,
            description = "accept segments without the negotiated timestamp")
    public int tolerateMissingTs = 1;

    @Sysctl(
            name = "net.inet.tcp.ts_offset_per_conn",
            min = 0,
            max = 1,
            description = "a random timestamp offset for each connection")
    public int tsOffsetPerConn = 1;

    @Sysctl(name = "net.inet.tcp.sack.enable", min = 0, max = 1, description = "selective acknowledgement (RFC 2018)")
    public int sackEnable = 1;

    @Sysctl(name = "net.inet.tcp.sack.revised", min = 0, max = 1, description = "pipe and entry of RFC 6675")
    public int sackRevised = 1;

    @Sysctl(name = "net.inet.tcp.sack.lrd", min = 0, max = 1, description = "detect lost retransmissions")
    public int sackLrd = 1;

    @Sysctl(name = "net.inet.tcp.sack.maxholes", min = 1, max = 128, description = "holes of a connection")
    public int sackMaxHoles = 128;

    @Sysctl(
            name = "net.inet.tcp.sack.globalmaxholes",
            min = 0,
            max = Integer.MAX_VALUE,
            description =
                    "holes of all the instance's connections; beyond, SACK blocks that would make more are left aside")
    public int sackGlobalMaxHoles = 65536;

    @Sysctl(
            name = "net.inet.tcp.fastopen.client_enable",
            min = 0,
            max = 1,
            description = "TCP Fast Open (RFC 7413) for connections that ask for it; 0 off, and cookies are forgotten")
    public int fastOpenClientEnable = 1;

    @Sysctl(
            name = "net.inet.tcp.fastopen.server_enable",
            min = 0,
            max = 1,
            description = "TCP Fast Open (RFC 7413) for listeners that ask for it")
    public int fastOpenServerEnable = 0;

    @Sysctl(
            name = "net.inet.tcp.fastopen.acceptany",
            min = 0,
            max = 1,
            description = "take any cookie that a client has")
    public int fastOpenAcceptAny = 0;

    @Sysctl(
            name = "net.inet.tcp.fastopen.autokey",
            min = 0,
            max = 86400,
            description =
                    "time after which cookies are made with a new key, s; the one before is taken as long; 0: never")
    public int fastOpenAutoKey = 120;

    @Sysctl(
            name = "net.inet.tcp.fastopen.path_disable_time",
            min = 0,
            max = 86400,
            description = "time without Fast Open to a peer after it failed, s")
    public int fastOpenPathDisableTime = 900;

    @Sysctl(
            name = "net.inet.tcp.ecn.enable",
            min = 0,
            max = 4,
            description =
                    "ECN (RFC 3168): 0 off, 1 ask and accept, 2 accept; accurate (RFC 9768): 3 ask and accept, 4 accept")
    public int ecnEnable = 2;

    @Sysctl(name = "net.inet.tcp.ecn.maxretries", min = 0, max = 100, description = "SYNs that ask for ECN")
    public int ecnMaxRetries = 1;

    @Sysctl(
            name = "net.inet.tcp.msl",
            min = 1,
            max = 3600000,
            description = "maximum segment lifetime, ms; TIME_WAIT takes two")
    public int msl = 30000;

    @Sysctl(
            name = "net.inet.tcp.msl_local",
            min = 1,
            max = 3600000,
            description = "the same where both ends are local, ms")
    public int mslLocal = 10;

    @Sysctl(
            name = "net.inet.tcp.maxtcptw",
            min = 16,
            max = 16777216,
            description = "connections in TIME_WAIT; beyond, the oldest ends early")
    public int maxTcpTw = 65536;

    @Sysctl(name = "net.inet.tcp.keepinit", min = 100, max = 3600000, description = "limit of an open, ms")
    public int keepInit = 75000;

    @Sysctl(
            name = "net.inet.tcp.keepidle",
            min = 100,
            max = 86400000,
            description = "idle time before the first keepalive probe, ms")
    public int keepIdle = 7200000;

    @Sysctl(name = "net.inet.tcp.keepintvl", min = 100, max = 3600000, description = "time between probes, ms")
    public int keepIntvl = 75000;

    @Sysctl(name = "net.inet.tcp.keepcnt", min = 1, max = 255, description = "probes before the connection is dropped")
    public int keepCnt = 8;

    @Sysctl(
            name = "net.inet.tcp.always_keepalive",
            min = 0,
            max = 1,
            description = "probe idle peers of all connections")
    public int alwaysKeepalive = 1;

    @Sysctl(name = "net.inet.tcp.persmin", min = 10, max = 60000, description = "least persist interval, ms")
    public int persMin = 5000;

    @Sysctl(name = "net.inet.tcp.persmax", min = 10, max = 3600000, description = "largest persist interval, ms")
    public int persMax = 60000;

    @Sysctl(
            name = "net.inet.tcp.rexmit_initial",
            min = 10,
            max = 60000,
            description = "first retransmission timeout, ms")
    public int rexmitInitial = 1000;

    @Sysctl(name = "net.inet.tcp.rexmit_min", min = 1, max = 60000, description = "least retransmission timeout, ms")
    public int rexmitMin = 30;

    @Sysctl(
            name = "net.inet.tcp.rexmit_min_local",
            min = 1,
            max = 60000,
            description = "the same where both ends are local and nothing can be lost, ms")
    public int rexmitMinLocal = 1000;

    @Sysctl(name = "net.inet.tcp.rexmit_slop", min = 0, max = 60000, description = "added to the computed timeout, ms")
    public int rexmitSlop = 200;

    @Sysctl(
            name = "net.inet.tcp.rexmit_max",
            min = 100,
            max = 600000,
            description = "largest retransmission timeout, ms")
    public int rexmitMax = 64000;

    @Sysctl(
            name = "net.inet.tcp.retries",
            min = 1,
            max = 12,
            description = "retransmissions before the connection is dropped")
    public int retries = 12;

    @Sysctl(
            name = "net.inet.tcp.rexmit_drop_options",
            min = 0,
            max = 1,
            description = "from the third SYN on only the MSS option")
    public int rexmitDropOptions = 0;

    @Sysctl(
            name = "net.inet.tcp.finwait2_timeout",
            min = 100,
            max = 3600000,
            description = "FIN_WAIT_2 of an orphan with fast_finwait2_recycle, ms")
    public int finWait2Timeout = 60000;

    @Sysctl(
            name = "net.inet.tcp.fast_finwait2_recycle",
            min = 0,
            max = 1,
            description = "end orphans in FIN_WAIT_2 early")
    public int fastFinWait2Recycle = 0;

    @Sysctl(
            name = "net.inet.tcp.maxunacktime",
            min = 0,
            max = 86400,
            description = "time without progress before the connection is dropped, s; 0: none")
    public int maxUnackTime = 0;

    @Sysctl(name = "net.inet.tcp.insecure_rst", min = 0, max = 1, description = "RST by RFC 793 instead of RFC 5961")
    public int insecureRst = 0;

    @Sysctl(name = "net.inet.tcp.insecure_syn", min = 0, max = 1, description = "SYN by RFC 793 instead of RFC 5961")
    public int insecureSyn = 0;

    @Sysctl(name = "net.inet.tcp.insecure_ack", min = 0, max = 1, description = "ACK by RFC 793 instead of RFC 5961")
    public int insecureAck = 0;

    @Sysctl(name = "net.inet.tcp.drop_synfin", min = 0, max = 1, description = "drop segments with SYN and FIN")
    public int dropSynFin = 0;

    @Sysctl(
            name = "net.inet.tcp.blackhole",
            min = 0,
            max = 3,
            description = "no RST: 1 to SYNs for closed ports, 2 to anything for closed ports, 3 also from listeners")
    public int blackhole = 0;

    @Sysctl(name = "net.inet.tcp.blackhole_local", min = 0, max = 1, description = "the same towards local peers")
    public int blackholeLocal = 0;

    @Sysctl(name = "net.inet.tcp.icmp_may_rst", min = 0, max = 1, description = "hard ICMP errors end opens (RFC 5927)")
    public int icmpMayRst = 1;

    @Sysctl(
            name = "net.inet.tcp.isn_reseed_interval",
            service = true,
            min = 0,
            max = 86400,
            description = "the secret of initial sequence numbers (RFC 6528) is made anew after so long, s; 0: never")
    public int isnReseedInterval = 0;

    @Sysctl(
            name = "net.inet.tcp.log_in_vain",
            service = true,
            min = 0,
            max = 2,
            description = "log segments for closed ports, 10 a second at most: 1 SYNs, 2 all")
    public int logInVain = 0;

    @Sysctl(
            name = "net.inet.tcp.ack_war_cnt",
            min = 0,
            max = 10000,
            description = "challenge ACKs in a window of time (RFC 5961 §7); 0: no limit")
    public int ackWarCnt = 5;

    @Sysctl(
            name = "net.inet.tcp.ack_war_timewindow",
            min = 0,
            max = 60000,
            description = "that window, ms; 0: no limit")
    public int ackWarTimeWindow = 1000;

    @Sysctl(
            name = "net.inet.tcp.rfc6191",
            min = 0,
            max = 1,
            description = "a newer timestamp reopens a connection in TIME_WAIT (RFC 6191)")
    public int rfc6191 = 1;

    @Sysctl(
            name = "net.inet.tcp.udp_tunneling_port",
            min = 0,
            max = 65535,
            description = "UDP port that TCP is taken at and sent from; 0: TCP over UDP is off")
    public int udpTunnelingPort = 0;

    @Sysctl(
            name = "net.inet.tcp.udp_tunneling_overhead",
            min = 8,
            max = 1024,
            description = "bytes that UDP takes of a segment's size")
    public int udpTunnelingOverhead = 8;

    private Watcher watcher = (name, from, to) -> {};

    /** Hears of a value before it changes, on the instance's event loop. */
    @FunctionalInterface
    public interface Watcher {
        /** @throws IllegalArgumentException to refuse, with one line for people */
        void changing(String name, long from, long to);
    }

    /** Sets who hears of changes. */
    public void watch(final Watcher hears) {
        watcher = hears;
    }

    private static Map<String, Field> fields() {
        final Map<String, Field> fields = new TreeMap<>();
        for (final Field field : TcpTunables.class.getFields()) {
            final Sysctl sysctl = field.getAnnotation(Sysctl.class);
            if (sysctl != null) {
                fields.put(sysctl.name(), field);
            }
        }
        return fields;
    }

    /** All names, with what they mean. */
    public static Map<String, String> descriptions() {
        final Map<String, String> descriptions = new TreeMap<>();
        FIELDS.forEach((name, field) ->
                descriptions.put(name, field.getAnnotation(Sysctl.class).description()));
        return descriptions;
    }

    /** Whether only the service has it, not each instance. */
    public static boolean isOfService(final String name) {
        final Field field = FIELDS.get(name);
        return field != null && field.getAnnotation(Sysctl.class).service();
    }

    public static boolean has(final String name) {
        return FIELDS.containsKey(name);
    }

    /** The values of an instance by name: without those that only the service has. */
    public Map<String, String> instanceValues() {
        final Map<String, String> values = values();
        values.keySet().removeIf(TcpTunables::isOfService);
        return values;
    }

    /** All values by name. */
    public Map<String, String> values() {
        final Map<String, String> values = new TreeMap<>();
        FIELDS.forEach((name, field) -> values.put(name, Long.toString(get(name))));
        return values;
    }

    /** @throws IllegalArgumentException if there is no such name */
    public long get(final String name) {
        try {
            return field(name).getLong(this);
        } catch (final IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    /** @throws IllegalArgumentException if there is no such name, or the value is no number or out of range */
    public void set(final String name, final String value) {
        final Field field = field(name);
        final Sysctl sysctl = field.getAnnotation(Sysctl.class);
        final long number;
        try {
            number = Long.parseLong(value.trim());
        } catch (final NumberFormatException e) {
            throw new IllegalArgumentException(
                    name + ": '" + value + "' is not a number; it takes " + sysctl.min() + ".." + sysctl.max(), e);
        }
        if (number < sysctl.min() || number > sysctl.max()) {
            throw new IllegalArgumentException(
                    name + ": " + value + " is out of range; it takes " + sysctl.min() + ".." + sysctl.max());
        }
        order(this, name, number);
        try {
            watcher.changing(name, field.getLong(this), number);
            write(field, sysctl.trigger() ? 0 : number);
        } catch (final IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    /** Takes all values of {@code other}. */
    public void copyFrom(final TcpTunables other) {
        for (final Field field : FIELDS.values()) {
            try {
                write(field, field.getLong(other));
            } catch (final IllegalAccessException e) {
                throw new AssertionError(e);
            }
        }
    }

    private void write(final Field field, final long value) throws IllegalAccessException {
        if (field.getType() == int.class) {
            field.setInt(this, (int) value);
        } else {
            field.setLong(this, value);
        }
    }

    private static Field field(final String name) {
        final Field field = FIELDS.get(name);
        if (field == null) {
            throw new IllegalArgumentException(name + ": no such setting; joyride:sysctl lists them");
        }
        return field;
    }
}
