package joyride.api.tcp;

import joyride.api.socket.SocketOption;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A TCP (tcp_functions(9)): an OSGi service with the property {@link #NAME}. It does what FreeBSD's function block covers: segment
 * input and output, loss recovery, timers, options. Core does the rest: demultiplexing, listening, TIME_WAIT, buffers.
 *
 * <p>One object serves all event loops, so it keeps no state of its own: the connection's is in {@link TcpControlBlock}, scratch
 * comes from {@link TcpHost}. All calls on the connection's loop; none may block or, in the steady state, allocate. A call that throws
 * ends the stack instance of the connection.
 *
 * <p>Hand-over: {@link #handoffOk} of the newcomer, then its {@link #init} while the old one is still attached, then {@link #fini} of the old
 * one; if init refuses, {@link #switchFailed} of the old one. A newcomer may also find a connection whose variant left before it came.
 */
@ConsumerType
public interface TcpVariant {
    /** Service property: the name for {@code net.inet.tcp.functions_default}. */
    String NAME = "tcp.variant";

    String name();

    /** Whether it can take over a connection in its present state: 0 or a positive errno. */
    int handoffOk(TcpControlBlock tcb);

    /**
     * Takes up a connection, in any state from SYN_SENT on: builds private state, converts RTT units, arms the timers that the state
     * needs where none is armed. Sends nothing; core calls {@link #output} after a hand-over.
     *
     * @return 0 or a positive errno, and then nothing is changed
     */
    int init(TcpControlBlock tcb);

    /** Lets go of a connection. Timers stay as they are. @param destroyed whether the connection ends */
    void fini(TcpControlBlock tcb, boolean destroyed);

    /** A segment for the connection (RFC 9293 §3.10.7.3 and following), in any state from SYN_SENT to LAST_ACK or FIN_WAIT_2. */
    void segmentArrived(TcpControlBlock tcb, TcpSegment segment);

    /** Sends what can be sent. Called after the program wrote, read, connected or closed. */
    void output(TcpControlBlock tcb);

    /** A deadline passed; it is cleared. @param which of {@link TcpTimer} */
    void timer(TcpControlBlock tcb, int which);

    /** An option that core keeps in the control block changed; 0 or an errno. */
    int setOption(TcpControlBlock tcb, SocketOption option, long value);

    /** An IP packet limit for the path changed, bytes (RFC 1191): lower the segment size and retransmit. */
    void mtuChanged(TcpControlBlock tcb, int mtu);

    /** A newcomer's {@link #init} failed: go on as before. */
    default void switchFailed(final TcpControlBlock tcb) {}
}
