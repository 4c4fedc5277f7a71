package joyride.api.tcp;

import joyride.api.counters.DropReason;
import joyride.api.time.RandomSource;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What core does for a variant: one for each stack instance, reached by {@link TcpControlBlock#host}. All calls on the instance's event
 * loop, from within a call of the variant; none allocates.
 */
@ProviderType
public interface TcpHost {
    /** The turn's time, ms since the loop began; TCP's ticks are its low 32 bits. */
    long now();

    /** The turn's time, µs. */
    long nowMicros();

    RandomSource random();

    TcpTunables tunables();

    void count(TcpCounter counter);

    void count(TcpCounter counter, long amount);

    /** Counts a segment dropped. */
    void drop(DropReason reason);

    /** The loop's object to describe a segment in; contents are the last user's. */
    TcpOutput outputScratch();

    /**
     * Sends the segment: header, options, payload from the send ring. A unit of several segments ({@link TcpOutput#segmentSize}) may go in part: then
     * {@code output.length} is less than it was, FIN and PSH stayed behind, and there are no frames for the rest now.
     *
     * @return 0 or a positive errno: ENOBUFS (no frame now, try later), ENETDOWN (no port, {@link TcpVariant#output} is called when there is
     *     one), EMSGSIZE (path MTU fell, {@link #pathMtu} says to what), EHOSTUNREACH
     */
    int transmit(TcpControlBlock tcb, TcpOutput output);

    /**
     * The most payload that {@link #transmit} takes as one unit, to be cut into segments at the driver's edge or by the NIC, bytes; 0: segments one
     * by one (net.inet.tcp.tso is off, or the interface's, or the peer is in this service).
     */
    default int largestUnit(final TcpControlBlock tcb) {
        return 0;
    }

    /** Answers a segment with RST, by the rules of RFC 9293 §3.10.7 and the rate limit. */
    void resetFor(TcpControlBlock tcb, TcpSegment segment);

    /** IP packet size limit of the connection's path, bytes, without what UDP takes where TCP goes in UDP. */
    int pathMtu(TcpControlBlock tcb);

    /**
     * The connection owes an acknowledgement ({@code ACKNOW}), but more of the same burst may follow: before the turn ends
     * {@link TcpVariant#output} is called, once, however often this was.
     */
    void acknowledgeLater(TcpControlBlock tcb);

    /** Arms a timer {@code delay} ms from now, at most 2³⁰ (12 days), or disarms it (0). @param which of {@link TcpTimer} */
    void timer(TcpControlBlock tcb, int which, long delay);

    /**
     * Paces: {@link TcpVariant#output} is called {@code nanos} from now, to 10 µs; only the last call counts. Unlike {@link #timer} this costs
     * little however often it is called, and a hand-over does not keep it.
     *
     * @return false: {@code pacing_limit} connections wait so already, this one sends on
     */
    boolean pace(TcpControlBlock tcb, long nanos);

    /** A new initial sequence number for the connection's tuple (RFC 6528). */
    int initialSequence(TcpControlBlock tcb);

    /** Three-way handshake done: an active open completes, or the connection is offered to its listener. */
    void connected(TcpControlBlock tcb);

    /** Bytes were published in the receive ring. */
    void readable(TcpControlBlock tcb);

    /** The peer's urgent pointer moved: {@code rcvUp} is the number after the urgent byte, which may still be on its way. */
    void urgent(TcpControlBlock tcb);

    /** The peer's FIN was reached: nothing follows. */
    void endOfStream(TcpControlBlock tcb);

    /** The peer acknowledged everything before a stream position: frees it for the program. */
    void acknowledged(TcpControlBlock tcb, long position);

    /**
     * Ends the connection: the program gets {@code errno}, the peer gets RST if the state says so (tcp_drop). The control block is
     * not to be touched after.
     */
    void drop(TcpControlBlock tcb, int errno);

    /**
     * Ends the connection, nothing to tell the peer (tcp_close). The control block is not to be touched after.
     *
     * @param errno what the program gets; 0: nothing, the end was orderly
     */
    void close(TcpControlBlock tcb, int errno);

    /**
     * Enters TIME_WAIT, which core keeps. The control block is not to be touched after.
     *
     * @param acknowledge whether the peer's FIN is still to be acknowledged
     */
    void timeWait(TcpControlBlock tcb, boolean acknowledge);

    /**
     * Bytes that may be advertised from {@code rcvNxt} on: free space of the receive buffer, as far as memory stands behind it.
     */
    int receiveSpace(TcpControlBlock tcb);

    /** Bytes that the receive buffer can hold: its size, less where memory is short. As of the last {@link #receiveSpace}. */
    int receiveBuffer(TcpControlBlock tcb);

    /** In-order bytes arrived: grows the receive buffer where that helps (net.inet.tcp.recvbuf_auto). */
    void receiveAutosize(TcpControlBlock tcb, TcpSegment segment, int bytes);

    /** Sending is limited by the send buffer: grows it (net.inet.tcp.sendbuf_auto). @param window min of cwnd and peer's window */
    void sendAutosize(TcpControlBlock tcb, int window);

    /** Lends an empty scoreboard to the connection: {@code tcb.sack}; false if the global limit is reached. */
    boolean acquireScoreboard(TcpControlBlock tcb);

    /** Lends an empty reassembly queue to the connection: {@code tcb.reassembly}; false if the global limit is reached. */
    boolean acquireReassembly(TcpControlBlock tcb);

    void releaseScoreboard(TcpControlBlock tcb);

    /** Lends an empty map to the connection: {@code tcb.sendMap}. It has arrays only while something is outstanding. */
    void acquireSendMap(TcpControlBlock tcb);

    /** More room in the connection's map; false: it is as large as may be, or net.inet.tcp.map_limit is reached. */
    boolean growSendMap(TcpControlBlock tcb);

    void releaseSendMap(TcpControlBlock tcb);

    void releaseReassembly(TcpControlBlock tcb);

    /**
     * The peer's SYN was seen (tcp_mss): sets {@code maxSeg} from its MSS option and the path, sizes the socket buffers to full segments, and
     * takes RTT and ssthresh from the hostcache.
     *
     * @param offer the MSS option; 0: none
     */
    void mssReceived(TcpControlBlock tcb, int offer);

    /**
     * Fast Open for a first SYN (RFC 7413 §4.2.1): gives the output the peer's cookie, or a request for one.
     *
     * @return the MSS that the peer offered with its cookie; 0: only a request goes, no data; -1: no Fast Open to this peer now
     */
    int fastOpen(TcpControlBlock tcb, TcpOutput output);

    /**
     * The answer to a SYN with a Fast Open option came: keeps the cookie that it gives, or remembers that there is none.
     *
     * @param presented whether the SYN had a cookie
     * @param taken whether the data in the SYN was acknowledged
     */
    void fastOpenAnswered(TcpControlBlock tcb, TcpSegment segment, boolean presented, boolean taken);

    /** A SYN with a Fast Open option was lost: the path may not pass it (RFC 7413 §4.1.3.1). */
    void fastOpenFailed(TcpControlBlock tcb);

    /** Whether the first SYN waits for what the program writes, which it will take along: until then nothing is sent. */
    boolean awaitsData(TcpControlBlock tcb);

    /** The MSS to offer in a SYN (tcp_mssopt). */
    int mssToOffer(TcpControlBlock tcb);
}
