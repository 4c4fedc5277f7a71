package joyride.api.tcp;

/** The flags of a connection: FreeBSD's {@code t_flags} and {@code t_flags2}. */
public abstract class ConnectionFlags extends RareState {
    /** Acknowledge at once. */
    public static final int ACKNOW = 1;

    /** An acknowledgement is due when the DELACK timer or the next segment says so. */
    public static final int DELACK = 1 << 1;

    /** No Nagle: TCP_NODELAY. */
    public static final int NODELAY = 1 << 2;

    /** Full segments only: TCP_NOPUSH. */
    public static final int NOPUSH = 1 << 3;

    /** FIN was sent. */
    public static final int SENTFIN = 1 << 4;

    /** Window scale was or will be offered. */
    public static final int REQ_SCALE = 1 << 5;

    /** Window scale was offered by the peer too. */
    public static final int RCVD_SCALE = 1 << 6;

    /** Timestamps were or will be offered. */
    public static final int REQ_TSTMP = 1 << 7;

    /** Timestamps are in use. */
    public static final int RCVD_TSTMP = 1 << 8;

    /** SACK is in use, or will be offered. */
    public static final int SACK_PERMIT = 1 << 9;

    /** A FIN waits for SYN to be acknowledged: close in SYN_SENT or SYN_RECEIVED. */
    public static final int NEEDFIN = 1 << 10;

    /** In loss recovery (RFC 6582, RFC 6675). */
    public static final int FASTRECOVERY = 1 << 11;

    /** In recovery from an ECN echo (RFC 3168 §6.1.2). */
    public static final int CONGRECOVERY = 1 << 12;

    /** {@link #FASTRECOVERY} before the last timeout, for undo. */
    public static final int WASFRECOVERY = 1 << 13;

    /** {@link #CONGRECOVERY} before the last timeout. */
    public static final int WASCRECOVERY = 1 << 14;

    /** The values for undo are valid. */
    public static final int PREVVALID = 1 << 15;

    /** The connection was idle when output was last called. */
    public static final int LASTIDLE = 1 << 16;

    /** A zero window was advertised last. */
    public static final int RXWIN0SENT = 1 << 17;

    /** Send something whatever the rules say: window probe. */
    public static final int FORCEDATA = 1 << 18;

    /** More data follows at once: output need not push. */
    public static final int MORETOCOME = 1 << 19;

    /** ECN is in use (RFC 3168). */
    public static final int ECN_PERMIT = 1 << 20;

    /** CWR is due to the peer. */
    public static final int ECN_SND_CWR = 1 << 21;

    /** ECE is due to the peer. */
    public static final int ECN_SND_ECE = 1 << 22;

    /** Acknowledge every segment: TCP_QUICKACK. */
    public static final int QUICKACK = 1 << 23;

    /** Probe an idle peer: SO_KEEPALIVE. */
    public static final int KEEPALIVE = 1 << 24;

    /** Both ends are in this service. */
    public static final int LOCAL = 1 << 25;

    /** The handshake offers and takes no options: TCP_NOOPT. */
    public static final int NOOPT = 1 << 26;

    /** The SYN asks for a Fast Open cookie, or carries one and data (RFC 7413). */
    public static final int FASTOPEN = 1 << 27;

    /** Every segment carries a digest (RFC 2385): TCP_MD5SIG. */
    public static final int SIGNATURE = 1 << 28;

    /** Accurate ECN feedback was agreed on (RFC 9768); {@link #ECN_PERMIT} comes with it once the handshake is over, unless ACE came cleared. */
    public static final int ACE_PERMIT = 1 << 29;

    /** Data in the SYN was taken, by us or by the peer (RFC 7413). */
    public static final int SYN_DATA = 1 << 30;

    /** The program wrote urgent data of which the peer has not been told. */
    public static final int URGENT = 1 << 31;

    /** Either recovery. */
    public static final int RECOVERY = FASTRECOVERY | CONGRECOVERY;

    /** Bits above. */
    public int flags;

    ConnectionFlags() {}

    public final boolean is(final int flag) {
        return (flags & flag) != 0;
    }

    public final void set(final int flag) {
        flags |= flag;
    }

    public final void clear(final int flag) {
        flags &= ~flag;
    }

    void clearFlags() {
        flags = 0;
    }
}
