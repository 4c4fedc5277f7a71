package joyride.api.tcp;

import joyride.api.socket.Errno;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A congestion control (mod_cc(9)): an OSGi service with the property {@link #NAME}. It writes {@code sndCwnd}, {@code sndSsthresh}
 * and the recovery flags of the control block; the variant counts duplicate acknowledgements, runs PRR and knows what is limited by
 * what. All calls on the connection's event loop; none may allocate but {@link #init}. One object serves all loops, so state is
 * the connection's: {@link TcpControlBlock#ccPrivate}.
 */
@ConsumerType
public interface CongestionControl {
    /** Service property: the name for {@code net.inet.tcp.cc.algorithm} and TCP_CONGESTION. */
    String NAME = "tcp.cc";

    /** {@link #ackReceived}: new data was acknowledged. */
    int ACK = 0x1;

    /** {@link #ackReceived}: a duplicate acknowledgement. */
    int ACK_DUPLICATE = 0x2;

    /** {@link #ackReceived}: a partial acknowledgement in recovery (RFC 6582 §3.2). */
    int ACK_PARTIAL = 0x4;

    /** {@link #ackReceived}: an acknowledgement with SACK news. */
    int ACK_SACK = 0x8;

    /** {@link #congestionSignal}: ECN echo (RFC 3168 §6.1.2). */
    int SIGNAL_ECN = 0x1;

    /** {@link #congestionSignal}: retransmission timeout (RFC 5681 §3.1). */
    int SIGNAL_RTO = 0x2;

    /** {@link #congestionSignal}: the last timeout was spurious: undo (RFC 3522). */
    int SIGNAL_RTO_ERROR = 0x4;

    /** {@link #congestionSignal}: enough duplicate acknowledgements or SACKs to enter recovery. */
    int SIGNAL_DUPACKS = 0x8;

    String name();

    /**
     * cb_init: makes its state for a connection at whatever point that is; cwnd and ssthresh stay. {@link TcpControlBlock#ccPrivate} may
     * hold the state that the control block's last connection had of this very congestion control, to be used again.
     */
    void init(TcpControlBlock tcb);

    /** cb_destroy: the connection ends or gets another congestion control. The state may stay where it is. */
    void destroy(TcpControlBlock tcb);

    /** The connection is established and the initial window set. */
    void connInit(TcpControlBlock tcb);

    /**
     * What was acknowledged stands in {@code ccBytesThisAck}, {@code ccSegments} and {@code ccFlags}; {@code sndUna} has not moved yet. In
     * recovery too: whether the window grows then is the congestion control's to say.
     */
    void ackReceived(TcpControlBlock tcb, int type);

    void congestionSignal(TcpControlBlock tcb, int signal);

    /** Recovery ended: cwnd to go on with (RFC 6582 §3.2 step 3). */
    void postRecovery(TcpControlBlock tcb);

    /** Sending resumes after an idle time of at least an RTO (RFC 5681 §4.1). */
    void afterIdle(TcpControlBlock tcb);

    /**
     * A round-trip time was measured, before {@link #ackReceived} for the same acknowledgement. Rounds (RFC 9406 §4.2) are the congestion
     * control's own to tell, from {@code sndMax} and what is acknowledged.
     *
     * @param micros µs, at least 1; how fine is the variant's affair
     */
    default void rttSample(final TcpControlBlock tcb, final int micros) {}

    /**
     * An option of one connection's (TCP_CCALGOOPT), which {@link #init} forgets.
     *
     * @param tcb null: says whether it would be taken
     * @param option as FreeBSD lays it out, in the machine's byte order
     * @return 0, or a positive errno: ENOENT where there are no options
     */
    default int setOption(final TcpControlBlock tcb, final byte[] option) {
        return Errno.ENOENT;
    }

    /** Reads one. @param tcb null: what a new connection has @param option the answer is filled in */
    default int getOption(final TcpControlBlock tcb, final TcpTunables tunables, final byte[] option) {
        return Errno.ENOENT;
    }

    /**
     * Each packet of an ECN connection, before a {@link #SIGNAL_ECN} that it carries; {@code ccFlags} say whether CE, CWR or data was on it.
     * The variant has done what RFC 3168 says; this may change ECN_SND_ECE and ask for an acknowledgement (ACKNOW).
     */
    default void ecnPacket(final TcpControlBlock tcb) {}
}
