package joyride.api.tcp;

/**
 * A segment to send: one object for each event loop, filled by the variant and carried out by {@link TcpHost#transmit}. Core
 * writes header and options, and takes payload from the connection's send ring.
 */
public final class TcpOutput {
    /** Bytes of the digest's option with the NOPs before it. */
    public static final int SIGNATURE_LENGTH = 20;

    private static final int SIGNATURE_OPTION = 18;

    public int seq;
    public int ack;

    /** Of {@link TcpFlags}. */
    public int flags;

    /** As on the wire, 0..65535, scaled. */
    public int window;

    /** Urgent pointer with {@link TcpFlags#URG}. */
    public int urgent;

    /** Payload: stream position in the send ring of the first byte. */
    public long position;

    /** Payload bytes. {@link TcpHost#transmit} leaves here how many went: fewer where frames for a unit ran out. */
    public int length;

    /**
     * Payload of each segment that the unit is cut into, but for the last, which may be shorter; 0: it is one segment. FIN and PSH go with the
     * last alone, CWR with the first.
     */
    public int segmentSize;

    /** MSS to offer; 0: no option. */
    public int mss;

    /** Window scale to offer; -1: no option. */
    public int windowScale;

    public boolean sackPermitted;

    /** Bytes of the Fast Open cookie of a SYN; 0: a request; -1: no option. */
    public int cookieLength;

    public final byte[] cookie = new byte[TcpSegment.MAX_COOKIE];
    public boolean timestamp;
    public int tsVal;
    public int tsEcr;

    /** SACK blocks in {@link #sackStart}, {@link #sackEnd}. */
    public int sackCount;

    public final int[] sackStart = new int[TcpSegment.SACK_BLOCKS];
    public final int[] sackEnd = new int[TcpSegment.SACK_BLOCKS];

    /** ECN field of the IP header, 0..3. */
    public int ecn;

    /** Whether a digest goes along (RFC 2385). Core's to set, when it sends. */
    public boolean signed;

    /** Where the digest's 16 bytes lie, from the header's beginning; set as the header is written. */
    public int digestOffset;

    /** To the state of a segment without options, flags and payload. */
    public void clear() {
        flags = 0;
        urgent = 0;
        length = 0;
        segmentSize = 0;
        mss = 0;
        windowScale = -1;
        sackPermitted = false;
        cookieLength = -1;
        timestamp = false;
        sackCount = 0;
        ecn = 0;
        signed = false;
    }

    /** Bytes that the options take, a multiple of 4: what of the MSS is not payload. */
    public int optionLength() {
        if ((flags & TcpFlags.SYN) != 0) {
            return synOptionLength();
        }
        return (timestamp ? 12 : 0) + (signed ? SIGNATURE_LENGTH : 0) + (sackCount > 0 ? 4 + 8 * sackCount : 0);
    }

    private int synOptionLength() {
        int length = (mss > 0 ? 4 : 0) + (windowScale >= 0 ? 4 : 0) + (sackPermitted ? 2 : 0) + (timestamp ? 10 : 0);
        if (signed) {
            // NOPs put the digest at a multiple of 4.
            length += (2 - length & 3) + SIGNATURE_OPTION;
        }
        return length + (cookieLength >= 0 ? 2 + cookieLength : 0) + 3 & ~3;
    }
}
