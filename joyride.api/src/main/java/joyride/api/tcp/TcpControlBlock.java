package joyride.api.tcp;

import joyride.api.socket.ReceiveRing;
import joyride.api.socket.SendRing;

/**
 * The state of a connection (TCB, RFC 9293 §3.3.1) that outlives its variant and congestion control: whichever comes next goes on from
 * here. Core makes, pools and recycles it; it belongs to one event loop. Fields are public because they are the contract: who
 * writes each is said at its group. Times are {@link TcpHost#now} truncated to 32 bits unless said otherwise.
 */
public class TcpControlBlock extends CongestionState {
    // ------------------------------------------------------------------ identity (core)

    public long localHigh;
    public long localLow;
    public long remoteHigh;
    public long remoteLow;
    public char localPort;
    public char remotePort;

    // ------------------------------------------------------------------ who serves it (core)

    public TcpHost host;

    /** Null while no variant is in service. */
    public TcpVariant variant;

    public CongestionControl cc;

    /**
     * The congestion control's own; gone with it, but not with the connection: the next one that this control block serves may find it
     * ({@link CongestionControl#init}).
     */
    public Object ccPrivate;

    // ------------------------------------------------------------------ state machine (variant; core opens and closes)

    /** Of {@link TcpState}. */
    public int state;

    /** The program will write no more: FIN follows what it wrote (SBS_CANTSENDMORE). */
    public boolean sendClosed;

    /** The program will read no more: what arrives is acknowledged and thrown away (SBS_CANTRCVMORE by shutdown). */
    public boolean receiveClosed;

    /** The program closed: data that arrives now is answered by RST (SS_NOFDREF). */
    public boolean programClosed;

    /** An error that is reported if the connection fails (RFC 5461 §4.1). */
    public int softError;

    // ------------------------------------------------------------------ buffers (core; read by the variant)

    public SendRing sendRing;
    public ReceiveRing receiveRing;

    /** Size limit of the send buffer, bytes: sb_hiwat. */
    public int sndHiwat;

    /** Size limit of the receive buffer. */
    public int rcvHiwat;

    public boolean sndAutosize;
    public boolean rcvAutosize;

    /** Bytes received since {@link #rfbufTs}, for autosizing. */
    public int rfbufCnt;

    /** Timestamp by which a round trip is told, for autosizing. */
    public int rfbufTs;

    // ------------------------------------------------------------------ timers

    // Deadlines on TcpHost.now, ms, truncated; 0: off.
    private int retransmitAt;
    private int persistAt;
    private int keepAt;
    private int orphanAt;
    private int delayedAckAt;

    /** When something was received last. */
    public int rcvTime;

    /** When data was sent last. */
    public int sndTime;

    /** When {@link #sndUna} moved last. */
    public int ackTime;

    // ------------------------------------------------------------------ out-of-order data (variant)

    /** Null: nothing out of order. */
    public ReassemblyQueue reassembly;

    /** SACK blocks for the peer, in {@link ReassemblyQueue#sackStart}; 0 whenever {@link #reassembly} is null. */
    public int rcvSackCount;

    /** Duplicate range to report once (RFC 2883); equal: none. */
    public int dsackStart;

    public int dsackEnd;

    // ------------------------------------------------------------------ statistics

    /** Sent, each byte counted once. */
    public long bytesSent;

    public long bytesReceived;

    /** @param which of {@link TcpTimer} */
    public final boolean timerActive(final int which) {
        return deadline(which) != 0;
    }

    /** When the timer goes off, ms on {@link TcpHost#now} truncated to 32 bits; 0: it is off. @param which of {@link TcpTimer} */
    public final int deadline(final int which) {
        return switch (which) {
            case TcpTimer.REXMT -> retransmitAt;
            case TcpTimer.PERSIST -> persistAt;
            case TcpTimer.KEEP -> keepAt;
            case TcpTimer.MSL2 -> orphanAt;
            default -> delayedAckAt;
        };
    }

    /** Sets when the timer goes off: core's to do, at {@link TcpHost#timer}. @param at less than 24 days away */
    public final void deadline(final int which, final int at) {
        // What falls on the word for "off" is a millisecond late.
        put(which, at == 0 ? 1 : at);
    }

    /** The timer is off: core's to do. */
    public final void stopTimer(final int which) {
        put(which, 0);
    }

    private void put(final int which, final int at) {
        switch (which) {
            case TcpTimer.REXMT -> retransmitAt = at;
            case TcpTimer.PERSIST -> persistAt = at;
            case TcpTimer.KEEP -> keepAt = at;
            case TcpTimer.MSL2 -> orphanAt = at;
            default -> delayedAckAt = at;
        }
    }

    /** Reads how far the program wrote, unless it is done writing. */
    public final void refreshProduced() {
        if (!sendClosed) {
            sndProduced = sendRing.produced();
        }
    }

    /** Back to nothing, for the next connection. Core alone. */
    protected final void reset() {
        clearRare();
        clearFlags();
        clearSequences();
        clearCongestion();
        host = null;
        variant = null;
        cc = null;
        state = TcpState.CLOSED;
        sendClosed = false;
        receiveClosed = false;
        programClosed = false;
        softError = 0;
        sendRing = null;
        receiveRing = null;
        sndAutosize = true;
        rcvAutosize = true;
        rfbufCnt = 0;
        rfbufTs = 0;
        retransmitAt = 0;
        persistAt = 0;
        keepAt = 0;
        orphanAt = 0;
        delayedAckAt = 0;
        reassembly = null;
        rcvSackCount = 0;
        dsackStart = 0;
        dsackEnd = 0;
        bytesSent = 0;
        bytesReceived = 0;
        localHigh = 0;
        localLow = 0;
        remoteHigh = 0;
        remoteLow = 0;
        localPort = 0;
        remotePort = 0;
        sndHiwat = 0;
        rcvHiwat = 0;
        rcvTime = 0;
        sndTime = 0;
        ackTime = 0;
    }
}
