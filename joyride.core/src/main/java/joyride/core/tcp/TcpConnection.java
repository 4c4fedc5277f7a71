package joyride.core.tcp;

import joyride.api.memory.ReadsAhead;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpVariant;
import joyride.core.ip.Path;
import joyride.core.time.Timer;
import joyride.core.time.TimerWheel;

/** A connection from SYN_SENT or a completed handshake to its end: the control block and what core alone keeps. Pooled. */
final class TcpConnection extends TcpControlBlock implements ReadsAhead {
    TcpInstance instance;

    /** The program's side; null once it is gone for good. */
    TcpSocket socket;

    Path path;

    /** On the internal loopback: the other end, once a segment found it. Alive, and knows this one. */
    TcpConnection peer;

    /** Whether the connection is in the table and its instance's list; not after its end. */
    boolean alive;

    /** In the list of {@link Acknowledgements}. */
    boolean owesAcknowledgement;

    /** In which lines it is: marks of {@link WaitingLine}. */
    byte waiting;

    /** Stream position up to which receive memory stands. */
    long rcvReserved;

    /** Type of service without ECN bits. */
    short tos;

    short ttl;

    /** The peer's UDP port; 0: plain TCP. */
    char encapsPort;

    /** Whose Fast Open connection this is, until the handshake is complete; null: nobody's. */
    Listener fastOpenOf;

    /** What happens to it is noted there; null: nowhere. */
    EventTrace trace;

    /** Of TCP-MD5; null: none. */
    byte[] md5Key;

    /** TCP_CONGESTION of the program; null: the instance's. */
    String wantedCc;

    /** A variant that refused to take the connection over: it is not asked again. */
    TcpVariant refusedBy;

    /** Chain of {@link ConnectionTable}. */
    TcpConnection next;

    /** Index in the instance's list. */
    int index;

    /**
     * When {@link #expiry} is armed for, as deadlines are told; 0: it is not. Here, so that a segment which sets a later deadline does not touch the
     * entry.
     */
    private int expiresAt;

    private final Expiry expiry = new Expiry(this);

    /** One entry of the wheel for all five deadlines: the earliest when it was armed. */
    static final class Expiry extends Timer {
        private final TcpConnection connection;

        private Expiry(final TcpConnection connection) {
            this.connection = connection;
        }

        @Override
        protected void expire() {
            connection.expiresAt = 0;
            final TcpInstance instance = connection.instance;
            if (instance != null) {
                instance.guard().expired(connection);
            }
        }
    }

    /** Arms the wheel's entry for {@code deadline}, ms, unless it expires before anyway. */
    void expireBy(final TimerWheel wheel, final long deadline) {
        if (expiresAt == 0 || expiresAt - (int) deadline > 0) {
            expireAt(wheel, deadline);
        }
    }

    /** Arms the wheel's entry for {@code deadline}, ms, whatever it was armed for. */
    void expireAt(final TimerWheel wheel, final long deadline) {
        wheel.arm(expiry, deadline);
        expiresAt = (int) deadline == 0 ? 1 : (int) deadline;
    }

    void expireNever(final TimerWheel wheel) {
        wheel.cancel(expiry);
        expiresAt = 0;
    }

    /** The two are the ends of one connection. */
    void meet(final TcpConnection other) {
        peer = other;
        other.peer = this;
    }

    /** This end goes. */
    void part() {
        if (peer != null) {
            peer.peer = null;
            peer = null;
        }
    }

    /** As {@link joyride.api.tcp.TcpSegment#udpPorts}. */
    int udpPorts() {
        return encapsPort == 0 ? 0 : instance.tunables().udpTunnelingPort << 16 | encapsPort;
    }

    /** Bytes that UDP takes of a segment's size. */
    int encapsOverhead() {
        return encapsPort == 0 ? 0 : instance.tunables().udpTunnelingOverhead;
    }

    /** The handshake of a Fast Open connection is complete, or it ended. */
    void noLongerPending() {
        if (fastOpenOf != null) {
            fastOpenOf.fastOpenPending--;
            fastOpenOf = null;
        }
    }

    /** While it is armed: the entry of the pacing wheel. */
    Pace pace;

    /** Says when a paced connection may send. Pooled. */
    static final class Pace extends Timer {
        TcpConnection connection;

        @Override
        protected void expire() {
            final TcpConnection due = connection;
            due.instance.guard().output(due);
            // Whoever sends on has armed it again.
            if (due.pace == this && !isArmed()) {
                due.instance.unpace(due);
            }
        }
    }

    void recycle() {
        reset();
        instance = null;
        socket = null;
        path = null;
        alive = false;
        owesAcknowledgement = false;
        waiting = 0;
        rcvReserved = 0;
        encapsPort = 0;
        md5Key = null;
        fastOpenOf = null;
        trace = null;
        next = null;
        wantedCc = null;
        refusedBy = null;
        expiresAt = 0;
        peer = null;
    }

    /** Whether several segments may be taken as one: the next in sequence, and nothing lost, out of order or doubted in either direction. */
    boolean takesUnits(final TcpSegment segment) {
        return segment.seq == rcvNxt
                && state >= TcpState.ESTABLISHED
                && reassembly == null
                && sack == null
                && (sendMap == null || sendMap.isQuiet())
                && dupAcks == 0
                && rxtShift == 0
                && (flags & RECOVERY) == 0;
    }

    /** First the control block, as far as an ordinary segment touches it, then the socket and what the receive ring has. */
    @Override
    public int readAhead(final int step) {
        if (step == 0) {
            return flags + rcvNxt + rttUnit + rttSeq + sndHiwat + localPort + encapsPort + (host == null ? 1 : 0);
        }
        if (!alive || socket == null || receiveRing == null) {
            return 0;
        }
        return receiveRing.readAhead(step - 1) + (socket.connection == this ? 1 : 0);
    }

    boolean matches(
            final long fromHigh,
            final long fromLow,
            final int fromPort,
            final long toHigh,
            final long toLow,
            final int toPort) {
        return remotePort == fromPort
                && localPort == toPort
                && remoteLow == fromLow
                && localLow == toLow
                && remoteHigh == fromHigh
                && localHigh == toHigh;
    }
}
