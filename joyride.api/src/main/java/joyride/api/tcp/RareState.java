package joyride.api.tcp;

/**
 * What of a connection an ordinary segment does not touch: that of the handshake, of losses, of limits. The first class of the control block, so
 * that it lies together, and what every segment touches lies together behind it on fewer cache lines. Written by the variant.
 */
public abstract class RareState {
    // ------------------------------------------------------------------ handshake and sizes

    /** Initial send sequence number. */
    public int iss;

    /** The shift that the peer asked for. */
    public byte requestedSndScale;

    /** Initial receive sequence number. */
    public int irs;

    /** The shift that we ask for. */
    public byte requestRScale;

    /** {@code maxSeg} before black hole detection lowered it; 0: it did not. */
    public int savedMaxSeg;

    /** MSS option of the peer; 0: none. */
    public int peerMss;

    /** TCP_MAXSEG of the program; 0: none. */
    public int userMss;

    // ------------------------------------------------------------------ loss recovery (RFC 6582, RFC 6937, RFC 3522)

    /** {@code sndCwnd} before the last timeout, and so on. */
    public int sndCwndPrev;

    public int sndSsthreshPrev;

    public int sndRecoverPrev;

    /** Until then an acknowledgement shows that the last timeout was spurious. */
    public int badRxtWin;

    /** Segments sent by limited transmit (RFC 3042). */
    public int sndLimited;

    /** Flight size when recovery began. */
    public int recoverFs;

    /** Bytes delivered in recovery. */
    public int prrDelivered;

    /** Bytes sent in recovery. */
    public int prrOut;

    // ------------------------------------------------------------------ accurate ECN (RFC 9768 §3.2.1; variant)

    /** {@code s.cep}: marked segments of ours that the peer told of; -1: what it tells does not count (RFC 9768 §3.2.2.1). */
    public int sentCe;

    /** {@code r.cep}: marked segments that came; while the handshake lasts, the codepoint that the peer's SYN or SYN-ACK came with. */
    public int receivedCe;

    // ------------------------------------------------------------------ limits and statistics

    /** Challenge ACKs sent since {@link #ackWarTime} (RFC 5961 §7). */
    public int ackWarCount;

    public int ackWarTime;

    /** Segments retransmitted. */
    public int rexmitPackets;

    /** Segments received out of order. */
    public int oooPackets;

    /** Zero windows advertised. */
    public int zeroWindows;

    public int dsackPackets;

    /** Sent again, as often as it was. */
    public long bytesAgain;

    /** When the window closed: TCP_MAXUNACKTIME and persist. */
    public int persistTime;

    // ------------------------------------------------------------------ the variant's, and the program's

    /** The variant's own; gone with it. */
    public Object variantPrivate;

    /** What the program set for this connection. Written by core. */
    public ProgramTimes times = ProgramTimes.UNSET;

    RareState() {}

    void clearRare() {
        iss = 0;
        requestedSndScale = 0;
        irs = 0;
        requestRScale = 0;
        savedMaxSeg = 0;
        peerMss = 0;
        userMss = 0;
        sndCwndPrev = 0;
        sndSsthreshPrev = 0;
        sndRecoverPrev = 0;
        badRxtWin = 0;
        sndLimited = 0;
        recoverFs = 0;
        prrDelivered = 0;
        prrOut = 0;
        sentCe = 0;
        receivedCe = 0;
        ackWarCount = 0;
        ackWarTime = 0;
        rexmitPackets = 0;
        oooPackets = 0;
        zeroWindows = 0;
        dsackPackets = 0;
        bytesAgain = 0;
        persistTime = 0;
        variantPrivate = null;
        times = ProgramTimes.UNSET;
    }
}
