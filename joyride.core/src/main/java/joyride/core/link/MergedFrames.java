package joyride.core.link;

/**
 * Frames of one burst that make one TCP segment: what large receive found to follow each other. The frames stay the driver's and lie where they
 * were received; nothing is copied. One object is used again and again; it is valid until the call that it is passed to returns.
 */
public final class MergedFrames {
    /** Most frames of a unit. */
    static final int MOST_FRAMES = 64;

    /** Most payload of a unit, bytes: what one IP packet could carry. */
    static final int MOST_BYTES = 65535;

    /** Where the first frame's IP header lies. */
    long network;

    /** Bytes from there to the end of that frame. */
    int networkLength;

    /** What the port found out of the first frame. */
    int offloads;

    int type;

    /** In {@link LargeReceive}'s list already. */
    boolean listed;

    /** IPv4's first or IPv6's first 32 bits, as far as they must be the same: version and traffic class. */
    int kind;

    int ports;
    int nextSequence;
    int acknowledgement;
    int window;
    boolean timestamped;
    int timestamp;
    private int count;
    private int payload;
    private int flags;
    private long last;
    private long stamp;
    private int pieces;
    private final long[] addresses = new long[MOST_FRAMES];
    private final int[] lengths = new int[MOST_FRAMES];
    private final long[] transports = new long[MOST_FRAMES];
    private final int[] transportLengths = new int[MOST_FRAMES];
    private final long[] bodies = new long[MOST_FRAMES];

    /** Frames; 0: none, the object is free. */
    public int count() {
        return count;
    }

    /** Bytes of payload of all frames. */
    public int payload() {
        return payload;
    }

    /** TCP flags, PSH if any of the frames had it. */
    public int flags() {
        return flags;
    }

    /**
     * Where the TCP header of the frame lies whose timestamp is echoed: of those that begin where the unit does the last. It is the one that would be
     * echoed if each came for itself and one acknowledgement answered all (RFC 7323 §4.3): that of the earliest data that is not acknowledged yet.
     */
    public long stampTransport() {
        return stamp;
    }

    /** Where the last frame's TCP header lies, whose acknowledgement, window and timestamp echo count. */
    public long lastTransport() {
        return last;
    }

    /** Where the TCP header of frame {@code i} lies. */
    public long transport(final int i) {
        return transports[i];
    }

    /** Bytes from there to the end of that packet. */
    public int transportLength(final int i) {
        return transportLengths[i];
    }

    /** Where the payload of frame {@code i} lies, as {@link joyride.api.nic.PacketBatch#body}; 0: behind its headers. */
    public long body(final int i) {
        return bodies[i];
    }

    /** Pieces of payload, in order. */
    public int pieces() {
        return pieces;
    }

    public long[] addresses() {
        return addresses;
    }

    public int[] lengths() {
        return lengths;
    }

    boolean hasRoom(final int bytes) {
        return count < MOST_FRAMES && payload + bytes <= MOST_BYTES;
    }

    void clear() {
        count = 0;
    }

    void begin() {
        count = 0;
        payload = 0;
        pieces = 0;
        flags = 0;
    }

    void add(final long transport, final int headerLength, final int bytes, final int tcpFlags, final long body) {
        bodies[count] = body;
        transports[count] = transport;
        transportLengths[count++] = headerLength + bytes;
        flags |= tcpFlags;
        last = transport;
        if (payload == 0) {
            stamp = transport;
        }
        if (bytes > 0) {
            addresses[pieces] = body == 0 ? transport + headerLength : body;
            lengths[pieces++] = bytes;
            payload += bytes;
        }
    }
}
