package joyride.nic.wire;

/**
 * What is counted of one direction of a wire. Always: sent + duplicated = delivered + lost + queue full + no peer +
 * unread at close + still on the way.
 */
public enum WireCounter {
    /** Frames that the port was given to transmit. */
    SENT("tx packets"),
    SENT_BYTES("tx bytes"),
    /** Frames that the peer took from its queue. */
    DELIVERED("delivered"),
    DELIVERED_BYTES("delivered bytes"),
    LOST("lost"),
    DUPLICATED("duplicated"),
    REORDERED("reordered"),
    CORRUPTED("corrupted"),
    MARKED("marked congestion experienced"),
    /** Dropped: more waited for the rate than the queue takes. */
    QUEUE_FULL("queue full"),
    /** Dropped: the peer's port was closed. */
    NO_PEER("no peer"),
    /** On the way when the peer's port closed. */
    UNREAD("unread at close"),
    /** Dropped: length below an Ethernet header's or beyond the frame. */
    MALFORMED("malformed");

    private final String label;

    WireCounter(final String label) {
        this.label = label;
    }

    /** The name in statistics. */
    public String label() {
        return label;
    }
}
