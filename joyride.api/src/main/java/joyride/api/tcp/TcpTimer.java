package joyride.api.tcp;

/** The five deadlines of a connection: numbers for {@link TcpControlBlock#deadline(int)}. */
public final class TcpTimer {
    /** Retransmission (RFC 6298). */
    public static final int REXMT = 0;

    /** Zero-window probe (RFC 9293 §3.8.6.1). */
    public static final int PERSIST = 1;

    /** Keepalive, and the limit of an open (RFC 9293 §3.8.4). */
    public static final int KEEP = 2;

    /** FIN_WAIT_2 of an orphan; TIME_WAIT itself is core's. */
    public static final int MSL2 = 3;

    /** Delayed acknowledgement (RFC 9293 §3.8.6.3). */
    public static final int DELACK = 4;

    public static final int COUNT = 5;

    private static final String[] NAMES = {"REXMT", "PERSIST", "KEEP", "2MSL", "DELACK"};

    private TcpTimer() {}

    public static String name(final int which) {
        return NAMES[which];
    }
}
