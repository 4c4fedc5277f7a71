package joyride.api.socket;

/** Options of a socket that the stack carries out; what a program sees of them is the libc layer's concern. */
public enum SocketOption {
    /** 1: no Nagle. */
    TCP_NODELAY,
    /** 1: send only full segments until cleared; TCP_CORK on Linux. */
    TCP_NOPUSH,
    /** Largest segment to offer, bytes. */
    TCP_MAXSEG,
    /** Idle seconds before the first keepalive probe. */
    TCP_KEEPIDLE,
    /** Seconds between probes. */
    TCP_KEEPINTVL,
    /** Probes before the connection is dropped. */
    TCP_KEEPCNT,
    /** Seconds that an open may take. */
    TCP_KEEPINIT,
    /** 1: the handshake offers and takes no TCP options. */
    TCP_NOOPT,
    /**
     * 1: what is written before connect goes with the SYN where the peer gave a cookie (RFC 7413); of a listener: data of a SYN with the right cookie is
     * taken, for half as many connections that have not completed their handshake as it may have waiting.
     */
    TCP_FASTOPEN,
    /** Of a listener, as {@link #TCP_FASTOPEN} on Linux: how many connections may be without a complete handshake; 0: Fast Open off. */
    TCP_FASTOPEN_QUEUE,
    /**
     * 1: Fast Open without cookies, for who trusts all its peers. Of a listener with {@link #TCP_FASTOPEN}: data of any SYN is taken; before an open: the SYN
     * takes data along without one.
     */
    TCP_FASTOPEN_NO_COOKIE,
    /** Milliseconds without progress before the connection is dropped; 0: the sysctl. */
    TCP_MAXUNACKTIME,
    /** UDP port that the peer takes TCP at, before the open alone; 0: plain TCP (net.inet.tcp.udp_tunneling_port). */
    TCP_REMOTE_UDP_ENCAPS_PORT,
    /** 1: acknowledge at once. */
    TCP_QUICKACK,
    /** 1: probe an idle peer. */
    SO_KEEPALIVE,
    /** Bytes, exact, and no autosizing from then on. */
    SO_SNDBUF,
    /** Bytes, exact, and no autosizing from then on. */
    SO_RCVBUF,
    /** -1: off; else seconds. 0: close resets. */
    SO_LINGER,
    /** 1: urgent data stays in the stream. */
    SO_OOBINLINE,
    IP_TOS,
    IP_TTL,
    /** Allow the local address to be bound again while old connections use it. */
    SO_REUSEADDR,
    /** Several listeners share one port. */
    SO_REUSEPORT
}
