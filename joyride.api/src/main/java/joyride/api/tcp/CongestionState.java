package joyride.api.tcp;

/**
 * What a connection knows of its path: congestion window (written by the {@link CongestionControl}), round-trip time (RFC 6298) and loss
 * recovery (RFC 6675, RFC 6937), both written by the variant.
 */
public abstract class CongestionState extends SequenceSpace {
    // ------------------------------------------------------------------ bits of ccFlags

    /** cwnd, not the program or the peer's window, limits sending. */
    public static final int CC_CWND_LIMITED = 1;

    /** Appropriate byte counting has credit for one segment (RFC 3465 §2.1). */
    public static final int CC_ABC_SENTAWND = 1 << 1;

    /** The packet was marked CE. */
    public static final int CC_IPHDR_CE = 1 << 2;

    /** The segment has CWR. */
    public static final int CC_TCPHDR_CWR = 1 << 3;

    /** The packet has data: a bare acknowledgement is never marked, and so says nothing of the path (RFC 3168 §6.1.4). */
    public static final int CC_DATA = 1 << 4;

    /** New data goes out as ECT(1), not ECT(0): written by the congestion control. */
    public static final int CC_ECT1 = 1 << 5;

    /** Values of {@link #rttUnit}: all RTT fields are in ticks of 1 ms. */
    public static final int UNIT_MILLIS = 0;

    /** All RTT fields are in µs. */
    public static final int UNIT_MICROS = 1;

    // ------------------------------------------------------------------ congestion

    public int sndCwnd;
    public int sndSsthresh;

    /** Recovery ends when this is acknowledged (RFC 6582). */
    public int sndRecover;

    /** Bits above. */
    public int ccFlags;

    /** Bytes that the acknowledgement in hand acknowledges. */
    public int ccBytesThisAck;

    /** Segments that the acknowledgement in hand stands for. */
    public int ccSegments;

    /** Bytes acknowledged and not yet counted into cwnd (RFC 3465). */
    public int bytesAcked;

    // ------------------------------------------------------------------ round-trip time (RFC 6298; variant)

    /** Unit of the RTT fields. */
    public int rttUnit;

    /** Smoothed RTT, units / 32; 0: none yet. */
    public int srtt;

    /** RTT variance, units / 16. */
    public int rttvar;

    /** Least RTO, units. */
    public int rttMin;

    /** Lowest RTT seen, units; 0: none. */
    public int rttLow;

    /** RTT samples taken. */
    public int rttUpdated;

    /** When the timed segment was sent; 0: none is timed. */
    public int rttTime;

    /** Sequence number of the timed segment. */
    public int rttSeq;

    /** Timeouts in a row: index into the back-off. */
    public int rxtShift;

    /** Present retransmission timeout, ms. */
    public int rxtCur;

    // ------------------------------------------------------------------ loss recovery (RFC 6675, RFC 6937; variant)

    public int dupAcks;

    /** Null: nothing SACKed. */
    public SackScoreboard sack;

    /** Every segment outstanding, where the variant keeps account of each; null: it does not. */
    public SendMap sendMap;

    /** Highest sequence number SACKed. */
    public int sndFack;

    /** Bytes newly delivered by the acknowledgement in hand. */
    public int sackDelivered;

    CongestionState() {}

    void clearCongestion() {
        ccFlags = 0;
        ccSegments = 0;
        bytesAcked = 0;
        rttUnit = UNIT_MILLIS;
        srtt = 0;
        rttvar = 0;
        rttLow = 0;
        rttUpdated = 0;
        rttTime = 0;
        rxtShift = 0;
        dupAcks = 0;
        sack = null;
        sendMap = null;
        sackDelivered = 0;
        sndCwnd = 0;
        sndSsthresh = 0;
        sndRecover = 0;
        ccBytesThisAck = 0;
        rttMin = 0;
        rttSeq = 0;
        rxtCur = 0;
        sndFack = 0;
    }
}
