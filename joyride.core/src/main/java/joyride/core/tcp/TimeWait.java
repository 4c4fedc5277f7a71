package joyride.core.tcp;

import joyride.core.ip.Path;

/** What is left of a connection in TIME_WAIT (RFC 9293 §3.6.1): enough to acknowledge and to refuse old segments. Pooled. */
final class TimeWait extends Challenged {
    private final TimeWaitTable table;

    long localHigh;
    long localLow;
    long remoteHigh;
    long remoteLow;
    int localPort;
    int remotePort;
    int sndNxt;
    int rcvNxt;

    /** As on the wire. */
    int window;

    /** What each acknowledgement says of marks that came: ACE (RFC 9768 §3.2.2), or ECE (RFC 3168 §6.1.3), or nothing. */
    int ecn;

    boolean timestamps;
    int tsRecent;
    int tsOffset;
    boolean local;
    int tos;
    int ttl;

    /** The peer's UDP port; 0: plain TCP. */
    int encapsPort;

    /** Of TCP-MD5; null: none. */
    byte[] md5Key;

    Path path;
    TcpInstance instance;

    /** The socket, while the program has it. */
    TcpSocket socket;

    int hash;
    TimeWait next;

    /** Order of entry. */
    TimeWait older;

    TimeWait younger;

    TimeWait(final TimeWaitTable table) {
        this.table = table;
    }

    /** As {@link joyride.api.tcp.TcpSegment#udpPorts}. */
    int udpPorts() {
        return encapsPort == 0 ? 0 : instance.tunables().udpTunnelingPort << 16 | encapsPort;
    }

    @Override
    protected void expire() {
        table.end(this);
    }
}
