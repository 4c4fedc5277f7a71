package joyride.testkit.simulation;

import joyride.api.tcp.TcpFlags;

/** A scripted connection: keeps the peer's numbers, so that a test writes only what it means. Timestamps are used if the host uses them. */
public final class PeerConnection {
    private static final long SECOND = 1_000_000_000L;
    private static final int MSS_OPTION = 2;
    private static final int SCALE_OPTION = 3;
    private static final int TIMESTAMP_OPTION = 8;

    private final PeerRig rig;
    private final int port;
    private final int hostPort;

    /** The next number to send. */
    public int seq;

    /** What is acknowledged: the next number expected. */
    public int ack;

    /** The window field sent, unscaled. */
    public int window = 65535;

    /** The initial number of the host. */
    public int hostIsn;

    private boolean timestamps;
    private int echo;
    private int hostScale;
    private Segment synAck;

    PeerConnection(final PeerRig rig, final int port, final int hostPort, final int isn) {
        this.rig = rig;
        this.port = port;
        this.hostPort = hostPort;
        seq = isn;
    }

    /**
     * Opens a connection to the host.
     *
     * @param timestamps whether to offer them
     * @param sack whether to permit SACK
     * @throws AssertionError if the host does not answer as it should
     */
    static PeerConnection open(
            final PeerRig rig,
            final int port,
            final int hostPort,
            final int isn,
            final boolean timestamps,
            final boolean sack) {
        final PeerConnection connection = new PeerConnection(rig, port, hostPort, isn);
        Segment syn = Segment.of(port, hostPort, TcpFlags.SYN, isn, 0).mss(1460);
        if (sack) {
            syn = syn.sackPermitted();
        }
        if (timestamps) {
            syn = syn.timestamp(connection.now(), 0);
        }
        rig.send(syn.windowScale(0));
        final Segment answer = rig.receive(SECOND, each -> each.destinationPort() == port);
        if (answer == null || answer.flags() != (TcpFlags.SYN | TcpFlags.ACK) || answer.ack() != isn + 1) {
            throw new AssertionError("expected a SYN-ACK, got " + answer);
        }
        connection.synAck = answer;
        connection.hostIsn = answer.seq();
        connection.ack = answer.seq() + 1;
        connection.seq = isn + 1;
        connection.timestamps = timestamps && answer.find(TIMESTAMP_OPTION) >= 0;
        connection.echo = answer.timestampValue();
        final int scale = answer.find(SCALE_OPTION);
        connection.hostScale = scale < 0 ? 0 : answer.options()[scale + 2];
        rig.send(connection.segment(TcpFlags.ACK));
        return connection;
    }

    /** The host's SYN-ACK. */
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

    private int now() {
        return (int) (rig.clock().nanoTime() / 1_000_000) + 1000;
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
