package joyride.testkit.simulation;

import joyride.api.tcp.TcpFlags;

/** A scripted connection: keeps the peer's numbers, so that a test writes only what it means. Timestamps are used if the host uses them. */
public final class PeerConnection {
    private static final long SECOND = 1_000_000_000L;
    private static final int MSS_OPTION = 2;
    private static final int SCALE_OPTION = 3;
    private static final int SACK_OPTION = 4;
    private static final int TIMESTAMP_OPTION = 8;

    /** What a peer on an Ethernet offers. */
    static final int MSS = 1460;

    /**
     * What the peer offers in the handshake.
     *
     * @param timestamps whether it offers them
     * @param sack whether it permits SACK
     * @param scale by which its windows are shifted
     * @param mss bytes of a segment at most
     */
    public record Offer(boolean timestamps, boolean sack, int scale, int mss) {}

    private final PeerRig rig;
    private final int port;
    private final int hostPort;
    private int scale;

    /** The next number to send. */
    public int seq;

    /** What is acknowledged: the next number expected. */
    public int ack;

    /** The window field sent, unscaled. */
    public int window = 65535;

    /** By how much its clock for timestamps has leapt, ms. */
    public int leap;

    /** The initial number of the host. */
    public int hostIsn;

    private boolean timestamps;
    private int echo;
    private int hostScale;
    private Segment synAck;

    private PeerConnection(final PeerRig rig, final int port, final int hostPort, final int isn) {
        this.rig = rig;
        this.port = port;
        this.hostPort = hostPort;
        seq = isn;
    }

    /**
     * Opens a connection to the host.
     *
     * @throws AssertionError if the host does not answer as it should
     */
    static PeerConnection open(
            final PeerRig rig, final int port, final int hostPort, final int isn, final Offer offer) {
        final PeerConnection connection = new PeerConnection(rig, port, hostPort, isn);
        final Segment syn = Segment.of(port, hostPort, TcpFlags.SYN, isn, 0);
        rig.send(connection.offered(syn, offer, offer.timestamps(), offer.sack(), 0));
        final Segment answer = rig.receive(SECOND, each -> each.destinationPort() == port);
        if (answer == null || answer.flags() != (TcpFlags.SYN | TcpFlags.ACK) || answer.ack() != isn + 1) {
            throw new AssertionError("expected a SYN-ACK, got " + answer);
        }
        connection.begin(answer, offer);
        rig.send(connection.segment(TcpFlags.ACK));
        return connection;
    }

    /**
     * Takes the connection that the host opens to the peer's port.
     *
     * @throws AssertionError if no SYN comes
     */
    static PeerConnection accept(final PeerRig rig, final int port, final int isn, final Offer offer) {
        final Segment syn = rig.receive(SECOND, each -> each.destinationPort() == port && each.has(TcpFlags.SYN));
        if (syn == null) {
            throw new AssertionError("expected a SYN");
        }
        final PeerConnection connection = new PeerConnection(rig, port, syn.sourcePort(), isn);
        connection.begin(syn, offer);
        final Segment answer = Segment.of(port, syn.sourcePort(), TcpFlags.SYN | TcpFlags.ACK, isn, connection.ack);
        final boolean sack = offer.sack() && syn.find(SACK_OPTION) >= 0;
        rig.send(connection.offered(answer, offer, connection.timestamps, sack, connection.echo));
        return connection;
    }

    private Segment offered(
            final Segment syn, final Offer offer, final boolean stamped, final boolean sack, final int answered) {
        Segment offers = syn.mss(offer.mss());
        if (sack) {
            offers = offers.sackPermitted();
        }
        if (stamped) {
            offers = offers.timestamp(now(), answered);
        }
        return offers.windowScale(offer.scale());
    }

    /** What the host's SYN, or its answer to ours, says. */
    private void begin(final Segment first, final Offer offer) {
        synAck = first;
        hostIsn = first.seq();
        ack = first.seq() + 1;
        seq++;
        timestamps = offer.timestamps() && first.find(TIMESTAMP_OPTION) >= 0;
        echo = first.timestampValue();
        final int shift = first.find(SCALE_OPTION);
        hostScale = shift < 0 ? 0 : first.options()[shift + 2];
        scale = shift < 0 ? 0 : offer.scale();
    }

    /** The host's SYN-ACK, or its SYN. */
    public Segment synAck() {
        return synAck;
    }

    /** The peer's port. */
    public int port() {
        return port;
    }

    /** The host's. */
    public int hostPort() {
        return hostPort;
    }

    /** The MSS that the host offered. */
    public int hostMss() {
        final int at = synAck.find(MSS_OPTION);
        return at < 0 ? 536 : (synAck.options()[at + 2] & 0xff) << 8 | synAck.options()[at + 3] & 0xff;
    }

    /** The window that a segment of the host's advertises, bytes. */
    public int windowOf(final Segment segment) {
        return segment.window() << hostScale;
    }

    /** The peer's own window, in bytes, as its segments say it. */
    int windowBytes() {
        return window << scale;
    }

    /** Sets the window to so many bytes, or what comes near from below. */
    void windowBytes(final int bytes) {
        window = Math.min(bytes >> scale, 0xffff);
    }

    /** Whether both use timestamps. */
    boolean stamps() {
        return timestamps;
    }

    /** The peer's clock for timestamps, ms. */
    int now() {
        return (int) (rig.clock().nanoTime() / 1_000_000) + 1000 + leap;
    }

    /** A segment with the connection's numbers as they are. */
    public Segment segment(final int flags) {
        final Segment segment = Segment.of(port, hostPort, flags, seq, ack).window(window);
        return timestamps && (flags & TcpFlags.RST) == 0 ? segment.timestamp(now(), echo) : segment;
    }

    /** Sends an acknowledgement of everything taken so far. */
    public void acknowledge() {
        rig.send(segment(TcpFlags.ACK));
    }

    /** Sends bytes in order. */
    public void data(final byte[] bytes) {
        rig.send(segment(TcpFlags.ACK | TcpFlags.PSH).payload(bytes));
        seq += bytes.length;
    }

    public void fin() {
        rig.send(segment(TcpFlags.ACK | TcpFlags.FIN));
        seq++;
    }

    /** The host's next segment, within {@code nanos}; what is next in order moves {@link #ack}. Null: none came. */
    public Segment receive(final long nanos) {
        final Segment segment = rig.receive(nanos, each -> each.destinationPort() == port);
        if (segment != null) {
            if (segment.find(TIMESTAMP_OPTION) >= 0) {
                echo = segment.timestampValue();
            }
            if (segment.seq() == ack) {
                ack += segment.sequenceLength();
            }
        }
        return segment;
    }
}
