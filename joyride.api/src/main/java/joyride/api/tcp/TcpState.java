package joyride.api.tcp;

/** Connection states (RFC 9293 §3.3.2), ordered as FreeBSD orders them so that ranges can be compared. */
public final class TcpState {
    public static final int CLOSED = 0;
    public static final int LISTEN = 1;
    public static final int SYN_SENT = 2;
    public static final int SYN_RECEIVED = 3;
    public static final int ESTABLISHED = 4;
    public static final int CLOSE_WAIT = 5;
    public static final int FIN_WAIT_1 = 6;
    public static final int CLOSING = 7;
    public static final int LAST_ACK = 8;
    public static final int FIN_WAIT_2 = 9;
    public static final int TIME_WAIT = 10;

    private static final String[] NAMES = {
        "CLOSED",
        "LISTEN",
        "SYN_SENT",
        "SYN_RCVD",
        "ESTABLISHED",
        "CLOSE_WAIT",
        "FIN_WAIT_1",
        "CLOSING",
        "LAST_ACK",
        "FIN_WAIT_2",
        "TIME_WAIT"
    };

    private TcpState() {}

    /** FreeBSD's name of a state. */
    public static String name(final int state) {
        return NAMES[state];
    }

    /** Both SYNs were seen: TCPS_HAVERCVDSYN. */
    public static boolean haveReceivedSyn(final int state) {
        return state >= SYN_RECEIVED;
    }

    public static boolean haveEstablished(final int state) {
        return state >= ESTABLISHED;
    }

    /** The peer's FIN was received: TCPS_HAVERCVDFIN. */
    public static boolean haveReceivedFin(final int state) {
        return state == CLOSE_WAIT || state == CLOSING || state == LAST_ACK || state == TIME_WAIT;
    }
}
