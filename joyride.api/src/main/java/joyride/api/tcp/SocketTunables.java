package joyride.api.tcp;

/** The part of {@link TcpTunables} that is about sockets: their buffers, queues and ports, and what is remembered beside connections. */
public abstract class SocketTunables extends RackTunables {
    @Sysctl(
            name = "net.inet.tcp.sendspace",
            min = 2048,
            max = 4194304,
            description = "send buffer to start with, bytes")
    public int sendSpace = 32768;

    @Sysctl(
            name = "net.inet.tcp.recvspace",
            min = 2048,
            max = 4194304,
            description = "receive buffer to start with, bytes")
    public int recvSpace = 65536;

    @Sysctl(name = "net.inet.tcp.sendbuf_auto", min = 0, max = 1, description = "grow send buffers")
    public int sendBufAuto = 1;

    @Sysctl(name = "net.inet.tcp.sendbuf_inc", min = 1, max = 4194304, description = "by so many bytes")
    public int sendBufInc = 8192;

    @Sysctl(name = "net.inet.tcp.sendbuf_max", min = 2048, max = 4194304, description = "up to so many")
    public int sendBufMax = 2097152;

    @Sysctl(
            name = "net.inet.tcp.sendbuf_auto_lowat",
            min = 0,
            max = 1,
            description = "grow send buffers earlier, by the send low-water mark of 2048 bytes")
    public int sendBufAutoLowat = 0;

    @Sysctl(name = "net.inet.tcp.recvbuf_auto", min = 0, max = 1, description = "grow receive buffers")
    public int recvBufAuto = 1;

    @Sysctl(name = "net.inet.tcp.recvbuf_max", min = 2048, max = 4194304, description = "up to so many bytes")
    public int recvBufMax = 2097152;

    @Sysctl(
            name = "kern.ipc.maxsockbuf",
            min = 2048,
            max = 4294967295L,
            description =
                    "largest socket buffer, bytes; sets the window scale offered; buffers themselves end at 4 MiB")
    public long maxSockBuf = 2097152;

    @Sysctl(
            name = "kern.ipc.soacceptqueue",
            min = 1,
            max = 65535,
            description = "largest backlog of a listener: as Linux, whose programs run here; FreeBSD has 128")
    public int soAcceptQueue = 4096;

    @Sysctl(
            name = "net.inet.tcp.functions_inherit_listen_socket_stack",
            min = 0,
            max = 1,
            description = "accepted connections have the TCP variant that their listener chose (TCP_FUNCTION_BLK)")
    public int functionsInherit = 1;

    @Sysctl(
            name = "net.inet.tcp.reass.maxqueuelen",
            min = 0,
            max = ReassemblyQueue.MAX_RANGES,
            description = "ranges out of order of a connection: memory stands behind them; FreeBSD has 100")
    public int reassMaxQueueLen = ReassemblyQueue.MAX_RANGES;

    @Sysctl(
            name = "net.inet.tcp.syncache.bucketlimit",
            min = 1,
            max = 1024,
            description = "half-open connections of a bucket")
    public int syncacheBucketLimit = 30;

    @Sysctl(
            name = "net.inet.tcp.syncache.cachelimit",
            min = 1,
            max = 1048576,
            description = "half-open connections in all")
    public int syncacheCacheLimit = 15360;

    @Sysctl(name = "net.inet.tcp.syncache.rexmtlimit", min = 0, max = 12, description = "retransmissions of a SYN-ACK")
    public int syncacheRexmtLimit = 3;

    @Sysctl(
            name = "net.inet.tcp.syncache.rst_on_sock_fail",
            min = 0,
            max = 1,
            description =
                    "1: RST where a complete connection finds no room in the accept queue; 0: it stays half open and tries"
                            + " again, as on Linux, whose programs run here; FreeBSD has 1")
    public int syncacheRstOnSockFail = 0;

    @Sysctl(
            name = "net.inet.tcp.syncookies",
            min = 0,
            max = 1,
            description = "answer by cookie where the syncache overflows (RFC 4987)")
    public int syncookies = 1;

    @Sysctl(name = "net.inet.tcp.syncookies_only", min = 0, max = 1, description = "always answer by cookie")
    public int syncookiesOnly = 0;

    @Sysctl(
            name = "net.inet.tcp.hostcache.enable",
            min = 0,
            max = 1,
            description = "remember RTT, ssthresh and path MTU of remote hosts")
    public int hostcacheEnable = 1;

    @Sysctl(
            name = "net.inet.tcp.hostcache.bucketlimit",
            service = true,
            min = 1,
            max = 1024,
            description = "remote hosts remembered in one of 512 buckets; beyond, the one heard of longest ago goes")
    public int hostcacheBucketLimit = 30;

    @Sysctl(
            name = "net.inet.tcp.hostcache.cachelimit",
            service = true,
            min = 1,
            max = 1048576,
            description = "remote hosts remembered in all")
    public int hostcacheCacheLimit = 15360;

    @Sysctl(
            name = "net.inet.tcp.hostcache.prune",
            service = true,
            min = 1,
            max = 86400,
            description = "time between removals of what has expired, s")
    public int hostcachePrune = 300;

    @Sysctl(
            name = "net.inet.tcp.hostcache.purge",
            service = true,
            min = 0,
            max = 1,
            description = "1: the next removal takes all; 0 again then")
    public int hostcachePurge = 0;

    @Sysctl(
            name = "net.inet.tcp.hostcache.purgenow",
            service = true,
            min = 0,
            max = 1,
            trigger = true,
            description = "1: all is forgotten now; reads 0")
    public int hostcachePurgeNow = 0;

    @Sysctl(name = "net.inet.tcp.hostcache.expire", min = 1, max = 86400, description = "time they are remembered, s")
    public int hostcacheExpire = 3600;

    @Sysctl(
            name = "net.inet.icmp.icmplim",
            min = 0,
            max = 1000000,
            description =
                    "answers of a kind a second: RSTs from closed ports, from open ones, echo replies, timestamps, errors; 0:"
                            + " no limit; of an instance the RSTs from its ports alone")
    public int icmpLim = 200;

    @Sysctl(
            name = "net.inet.icmp.icmplim_jitter",
            service = true,
            min = 0,
            max = 1000000,
            description = "each second's limit is more or less by up to so many, so that it tells nothing")
    public int icmpLimJitter = 16;

    @Sysctl(
            name = "net.inet6.icmp6.errppslimit",
            service = true,
            min = 0,
            max = 1000000,
            description = "ICMPv6 errors a second; 0: no limit")
    public int icmp6ErrPpsLimit = 100;

    @Sysctl(name = "net.inet.ip.ttl", min = 1, max = 255, description = "TTL of IPv4 packets sent")
    public int ipTtl = 64;

    @Sysctl(name = "net.inet6.ip6.hlim", min = 1, max = 255, description = "hop limit of IPv6 packets sent")
    public int ip6HopLimit = 64;

    @Sysctl(name = "net.inet.ip.portrange.first", min = 1, max = 65535, description = "first ephemeral port")
    public int portFirst = 10000;

    @Sysctl(name = "net.inet.ip.portrange.last", min = 1, max = 65535, description = "last ephemeral port")
    public int portLast = 65535;

    @Sysctl(
            name = "net.inet.ip.portrange.randomized",
            min = 0,
            max = 1,
            description = "ephemeral ports at random (RFC 6056)")
    public int portRandomized = 1;

    /** The largest that a program's rings can be, bytes. */
    private static final int RING_LIMIT = 4194304;

    /** SO_SNDLOWAT as FreeBSD has it by default; Linux's programs cannot set theirs. */
    private static final int SEND_LOW_WATER = 2048;

    SocketTunables() {}

    /** By how many bytes earlier send buffers grow ({@code net.inet.tcp.sendbuf_auto_lowat}). */
    public final int sendLowWater() {
        return sendBufAutoLowat == 0 ? 0 : SEND_LOW_WATER;
    }

    /** The largest socket buffer, bytes. */
    public final int socketBufferLimit() {
        return (int) Math.min(maxSockBuf, RING_LIMIT);
    }
}
