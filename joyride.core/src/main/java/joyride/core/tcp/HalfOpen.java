package joyride.core.tcp;

import joyride.core.ip.Path;

/** A passive connection of which only the SYN was seen: an entry of the {@link Syncache}. Pooled. */
final class HalfOpen extends Challenged {
    private final Syncache cache;

    Listener listener;
    long localHigh;
    long localLow;
    long remoteHigh;
    long remoteLow;
    int localPort;
    int remotePort;
    Path path;
    int iss;
    int irs;

    /** The peer's MSS option; 0: none. */
    int peerMss;

    /** The peer's window shift; -1: none, and none is offered. */
    int peerScale;

    /** Ours. */
    int scale;

    boolean sack;

    /** ECN's flags of the SYN-ACK: ECE accepts (RFC 3168 §6.1.1), others say how the SYN came (RFC 9768 §3.1.1); 0: none. */
    int ecn;

    boolean timestamps;
    int tsRecent;
    int tsOffset;

    /** Window advertised in the SYN-ACK, bytes. */
    int window;

    int retransmissions;
    int hash;
    HalfOpen next;
    int tos;
    int ttl;

    /** As {@link joyride.api.tcp.TcpSegment#udpPorts}. */
    int udpPorts;

    /** Whether the first SYN-ACK has a Fast Open cookie. */
    boolean givesCookie;

    long cookie;

    /** Of TCP-MD5; null: none. */
    byte[] md5Key;

    HalfOpen(final Syncache cache) {
        this.cache = cache;
    }

    @Override
    protected void expire() {
        cache.expired(this);
    }
}
