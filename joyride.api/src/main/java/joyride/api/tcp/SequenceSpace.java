package joyride.api.tcp;

/** Sequence numbers, windows and stream positions of a connection, both ways (RFC 9293 §3.3.1). Written by the variant. */
public abstract class SequenceSpace extends ConnectionFlags {
    /** The largest window without scaling (RFC 9293 §3.1). */
    public static final int MAX_WINDOW = 65535;

    /** RFC 7323 §2.3. */
    public static final int MAX_WINDOW_SHIFT = 14;

    // ------------------------------------------------------------------ send sequence space (RFC 9293 §3.3.1)

    public int sndUna;
    public int sndNxt;

    /** Highest sequence number sent: differs from {@link #sndNxt} while retransmitting. */
    public int sndMax;

    /** Send urgent pointer. */
    public int sndUp;

    /** Segment sequence number of the last window update. */
    public int sndWl1;

    /** Segment acknowledgement number of the last window update. */
    public int sndWl2;

    /** The peer's window, scaled, bytes. */
    public int sndWnd;

    /** The largest window that the peer offered (RFC 5961 §5). */
    public int maxSndWnd;

    /** Shift for the peer's windows (RFC 7323 §2). */
    public byte sndScale;

    // ------------------------------------------------------------------ receive sequence space

    public int rcvNxt;

    /** Right edge of the window advertised: never moves left. */
    public int rcvAdv;

    /** Receive window, bytes. */
    public int rcvWnd;

    /** Receive urgent pointer. */
    public int rcvUp;

    public int lastAckSent;

    /** Shift for our windows. */
    public byte rcvScale;

    /** Timestamp to echo (RFC 7323 §4.3). */
    public int tsRecent;

    /** When it was taken. */
    public int tsRecentAge;

    /** Added to the clock in our timestamps. */
    public int tsOffset;

    // ------------------------------------------------------------------ segment sizes

    /** Largest segment, bytes of payload and options (t_maxseg). */
    public int maxSeg;

    // ------------------------------------------------------------------ stream positions

    /** Stream position up to which the program wrote, as read last. */
    public long sndProduced;

    /** Stream position of {@link #sndUna}; the SYN is at -1, the FIN after the last byte. */
    public long sndUnaPosition;

    /** Stream position of {@link #rcvNxt}. */
    public long rcvNxtPosition;

    SequenceSpace() {}

    /** Bytes of options in an ordinary segment. */
    public final int plainOptionLength() {
        return (hasTimestamps() ? 12 : 0) + (is(SIGNATURE) ? TcpOutput.SIGNATURE_LENGTH : 0);
    }

    /** Whether both sides agreed on timestamps (RFC 7323 §3.2). */
    public final boolean hasTimestamps() {
        return (flags & (REQ_TSTMP | RCVD_TSTMP)) == (REQ_TSTMP | RCVD_TSTMP);
    }

    /** Payload of a full segment: {@link #maxSeg} less options (tcp_maxseg). */
    public final int segmentSize() {
        return Math.max(maxSeg - plainOptionLength(), 1);
    }

    void clearSequences() {
        sndProduced = 0;
        sndUnaPosition = -1;
        rcvNxtPosition = -1;
        sndWnd = 0;
        maxSndWnd = 0;
        sndScale = 0;
        rcvNxt = 0;
        rcvAdv = 0;
        rcvWnd = 0;
        lastAckSent = 0;
        rcvScale = 0;
        tsRecent = 0;
        tsRecentAge = 0;
        sndUna = 0;
        sndNxt = 0;
        sndMax = 0;
        sndUp = 0;
        sndWl1 = 0;
        sndWl2 = 0;
        rcvUp = 0;
        tsOffset = 0;
        maxSeg = 0;
    }
}
