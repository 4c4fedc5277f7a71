package joyride.core.tcp;

import java.util.Objects;
import joyride.api.socket.Errno;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.ProgramTimes;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTunables;

/**
 * Options of a socket, kept over its connections' lives and inherited by accepted ones. Unset ones follow the sysctls. Sockets with the same
 * options share one object, which {@link OptionSets} makes and nobody changes.
 */
final class SocketOptions extends ProgramTimes {
    /** No options. */
    static final byte[][] NONE = {};

    /** What a socket begins with. */
    static final SocketOptions DEFAULTS = new SocketOptions();

    private static final int SECOND = 1000;
    private static final int MOST_PENDING = 65_535;

    int sendBuffer = -1;
    int receiveBuffer = -1;
    boolean noDelay;
    boolean noPush;
    boolean noOptions;
    boolean fastOpen;

    /** 0: half of the backlog. */
    int fastOpenQueue;

    /** Data of a SYN needs no cookie. */
    boolean fastOpenNoCookie;

    boolean quickAck;
    int maxSegment;

    boolean keepAlive;

    /** s; -1: off. */
    int linger = -1;

    boolean oobInline;
    int tos;
    int ttl = -1;
    boolean reuseAddress;
    boolean reusePort;
    String congestionControl;

    /** Of the congestion control, in the order in which they were set. */
    byte[][] congestionOptions = NONE;

    /** The TCP variant's name; null: the instance's. */
    String variant;

    /** UDP port of the peer; 0: plain TCP. */
    int encapsPort;

    /** {@link Md5Keys#NONE}: there are none. */
    Md5Keys md5Keys = Md5Keys.NONE;

    /** Takes on what an accepted socket inherits from a listener that has {@code from}. */
    void inherit(final SocketOptions from) {
        fastOpen = false;
        fastOpenNoCookie = false;
        fastOpenQueue = 0;
        quickAck = false;
        reuseAddress = false;
        reusePort = false;
        encapsPort = 0;
        congestionOptions = NONE;
        sendBuffer = from.sendBuffer;
        receiveBuffer = from.receiveBuffer;
        noDelay = from.noDelay;
        noPush = from.noPush;
        noOptions = from.noOptions;
        keepInit = from.keepInit;
        maxSegment = from.maxSegment;
        keepIdle = from.keepIdle;
        keepInterval = from.keepInterval;
        keepCount = from.keepCount;
        maxUnackTime = from.maxUnackTime;
        keepAlive = from.keepAlive;
        linger = from.linger;
        oobInline = from.oobInline;
        tos = from.tos;
        ttl = from.ttl;
        congestionControl = from.congestionControl;
        variant = from.variant;
        md5Keys = from.md5Keys;
    }

    /** Takes on all of {@code from}. */
    void copy(final SocketOptions from) {
        inherit(from);
        fastOpen = from.fastOpen;
        fastOpenNoCookie = from.fastOpenNoCookie;
        fastOpenQueue = from.fastOpenQueue;
        quickAck = from.quickAck;
        reuseAddress = from.reuseAddress;
        reusePort = from.reusePort;
        encapsPort = from.encapsPort;
        congestionOptions = from.congestionOptions;
    }

    boolean same(final SocketOptions other) {
        return flags() == other.flags()
                && sendBuffer == other.sendBuffer
                && receiveBuffer == other.receiveBuffer
                && maxSegment == other.maxSegment
                && keepIdle == other.keepIdle
                && keepInit == other.keepInit
                && keepInterval == other.keepInterval
                && keepCount == other.keepCount
                && maxUnackTime == other.maxUnackTime
                && fastOpenQueue == other.fastOpenQueue
                && linger == other.linger
                && tos == other.tos
                && ttl == other.ttl
                && encapsPort == other.encapsPort
                && Objects.equals(congestionControl, other.congestionControl)
                && Objects.equals(variant, other.variant)
                && congestionOptions == other.congestionOptions
                && md5Keys == other.md5Keys;
    }

    int hash() {
        int hash = flags();
        hash = 31 * hash + sendBuffer;
        hash = 31 * hash + receiveBuffer;
        hash = 31 * hash + maxSegment;
        hash = 31 * hash + keepIdle;
        hash = 31 * hash + keepInit;
        hash = 31 * hash + keepInterval;
        hash = 31 * hash + keepCount;
        hash = 31 * hash + maxUnackTime;
        hash = 31 * hash + fastOpenQueue;
        hash = 31 * hash + linger;
        hash = 31 * hash + tos;
        hash = 31 * hash + ttl;
        hash = 31 * hash + encapsPort;
        return 31 * hash + Objects.hashCode(congestionControl);
    }

    private int flags() {
        return (noDelay ? 1 : 0)
                | (noPush ? 1 << 1 : 0)
                | (noOptions ? 1 << 2 : 0)
                | (fastOpen ? 1 << 3 : 0)
                | (quickAck ? 1 << 4 : 0)
                | (keepAlive ? 1 << 5 : 0)
                | (oobInline ? 1 << 6 : 0)
                | (reuseAddress ? 1 << 7 : 0)
                | (reusePort ? 1 << 8 : 0)
                | (fastOpenNoCookie ? 1 << 9 : 0);
    }

    int reuseFlags() {
        return (reuseAddress ? PortTable.REUSE_ADDRESS : 0) | (reusePort ? PortTable.REUSE_PORT : 0);
    }

    /** Into a control block. */
    void apply(final TcpConnection connection) {
        flag(connection, TcpControlBlock.NODELAY, noDelay);
        flag(connection, TcpControlBlock.NOPUSH, noPush);
        flag(connection, TcpControlBlock.NOOPT, noOptions);
        if (connection.state == TcpState.CLOSED) {
            // Later the flag tells whether the handshake of one is on its way.
            flag(connection, TcpControlBlock.FASTOPEN, fastOpen);
        }
        flag(connection, TcpControlBlock.QUICKACK, quickAck);
        flag(connection, TcpControlBlock.KEEPALIVE, keepAlive);
        connection.userMss = maxSegment;
        connection.times = this;
        connection.wantedCc = congestionControl;
        connection.encapsPort = (char) encapsPort;
        connection.md5Key = md5Keys.find(connection.remoteHigh, connection.remoteLow);
        flag(connection, TcpControlBlock.SIGNATURE, connection.md5Key != null);
    }

    private static void flag(final TcpControlBlock tcb, final int flag, final boolean on) {
        if (on) {
            tcb.set(flag);
        } else {
            tcb.clear(flag);
        }
    }

    int set(final SocketOption option, final long value, final TcpTunables tunables) {
        final boolean on = value != 0;
        switch (option) {
            case TCP_NODELAY -> noDelay = on;
            case TCP_NOPUSH -> noPush = on;
            case TCP_QUICKACK -> quickAck = on;
            case TCP_MAXSEG -> {
                if (value < tunables.minMss || value > 65495) {
                    return Errno.EINVAL;
                }
                maxSegment = (int) value;
            }
            case TCP_NOOPT -> noOptions = on;
            case TCP_FASTOPEN -> fastOpen = on;
            case TCP_FASTOPEN_NO_COOKIE -> fastOpenNoCookie = on;
            case TCP_FASTOPEN_QUEUE -> {
                if (value < 0) {
                    return Errno.EINVAL;
                }
                fastOpen = on;
                fastOpenQueue = (int) Math.min(value, MOST_PENDING);
            }
            case TCP_KEEPINIT -> {
                if (value < 1 || value > 32767) {
                    return Errno.EINVAL;
                }
                keepInit = (int) value * SECOND;
            }
            case TCP_KEEPIDLE -> {
                if (value < 1 || value > 32767) {
                    return Errno.EINVAL;
                }
                keepIdle = (int) value * SECOND;
            }
            case TCP_KEEPINTVL -> {
                if (value < 1 || value > 32767) {
                    return Errno.EINVAL;
                }
                keepInterval = (int) value * SECOND;
            }
            case TCP_KEEPCNT -> {
                if (value < 1 || value > 127) {
                    return Errno.EINVAL;
                }
                keepCount = (int) value;
            }
            case TCP_MAXUNACKTIME -> {
                if (value < 0 || value > Integer.MAX_VALUE) {
                    return Errno.EINVAL;
                }
                maxUnackTime = value == 0 ? -1 : (int) value;
            }
            case TCP_REMOTE_UDP_ENCAPS_PORT -> {
                if (value < 0 || value > 65535 || value != 0 && tunables.udpTunnelingPort == 0) {
                    return Errno.EINVAL;
                }
                encapsPort = (int) value;
            }
            case SO_KEEPALIVE -> keepAlive = on;
            case SO_SNDBUF -> sendBuffer = buffer(value, tunables);
            case SO_RCVBUF -> receiveBuffer = buffer(value, tunables);
            case SO_LINGER -> linger = (int) Math.max(-1, Math.min(value, 32767));
            case SO_OOBINLINE -> oobInline = on;
            case IP_TOS -> tos = (int) value & 0xfc;
            case IP_TTL -> {
                if (value < 1 || value > 255) {
                    return Errno.EINVAL;
                }
                ttl = (int) value;
            }
            case SO_REUSEADDR -> reuseAddress = on;
            case SO_REUSEPORT -> reusePort = on;
        }
        return 0;
    }

    private static int buffer(final long value, final TcpTunables tunables) {
        return (int) Math.max(2048, Math.min(value, tunables.socketBufferLimit()));
    }

    long get(final SocketOption option, final TcpSocket socket) {
        final TcpConnection c = socket.connection();
        final TcpTunables tunables = socket.tcpInstance().tunables();
        return switch (option) {
            case TCP_NODELAY -> bit(noDelay);
            case TCP_NOPUSH -> bit(noPush);
            case TCP_QUICKACK -> bit(quickAck);
            case TCP_MAXSEG -> c != null ? c.segmentSize() : maxSegment > 0 ? maxSegment : tunables.mssDefault;
            case TCP_NOOPT -> bit(noOptions);
            case TCP_FASTOPEN -> bit(fastOpen);
            case TCP_FASTOPEN_QUEUE -> fastOpenQueue;
            case TCP_FASTOPEN_NO_COOKIE -> bit(fastOpenNoCookie);
            case TCP_KEEPINIT -> (keepInit > 0 ? keepInit : tunables.keepInit) / SECOND;
            case TCP_KEEPIDLE -> (keepIdle > 0 ? keepIdle : tunables.keepIdle) / SECOND;
            case TCP_KEEPINTVL -> (keepInterval > 0 ? keepInterval : tunables.keepIntvl) / SECOND;
            case TCP_KEEPCNT -> keepCount > 0 ? keepCount : tunables.keepCnt;
            case TCP_MAXUNACKTIME -> maxUnackTime > 0 ? maxUnackTime : tunables.maxUnackTime * SECOND;
            case TCP_REMOTE_UDP_ENCAPS_PORT -> encapsPort;
            case SO_KEEPALIVE -> bit(keepAlive);
            case SO_SNDBUF -> c != null ? c.sndHiwat : socket.sendBuffer();
            case SO_RCVBUF -> c != null ? c.rcvHiwat : socket.receiveBuffer();
            case SO_LINGER -> linger;
            case SO_OOBINLINE -> bit(oobInline);
            case IP_TOS -> tos;
            case IP_TTL -> socket.ttl();
            case SO_REUSEADDR -> bit(reuseAddress);
            case SO_REUSEPORT -> bit(reusePort);
        };
    }

    private static long bit(final boolean on) {
        return on ? 1 : 0;
    }
}
