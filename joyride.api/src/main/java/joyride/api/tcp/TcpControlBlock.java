package joyride.api.tcp;

import joyride.api.socket.ReceiveRing;
import joyride.api.socket.SendRing;

/**
 * The state of a connection (TCB, RFC 9293 §3.3.1) that outlives its variant and congestion control: whichever comes next goes on from
 * here. Core makes, pools and recycles it; it belongs to one event loop. Fields are public because they are the contract: who
 * writes each is said at its group. Times are {@link TcpHost#now} truncated to 32 bits unless said otherwise.
 */
public class TcpControlBlock {
    // ------------------------------------------------------------------ bits of flags

    /** Acknowledge at once. */
    public static final int ACKNOW = 1;

    /** An acknowledgement is due when the DELACK timer or the next segment says so. */
    public static final int DELACK = 1 << 1;

    /** No Nagle: TCP_NODELAY. */
    public static final int NODELAY = 1 << 2;

    /** Full segments only: TCP_NOPUSH. */
    public static final int NOPUSH = 1 << 3;

    /** FIN was sent. */
    public static final int SENTFIN = 1 << 4;

    /** Window scale was or will be offered. */
    public static final int REQ_SCALE = 1 << 5;

    /** Window scale was offered by the peer too. */
    public static final int RCVD_SCALE = 1 << 6;

    /** Timestamps were or will be offered. */
    public static final int REQ_TSTMP = 1 << 7;

    /** Timestamps are in use. */
    public static final int RCVD_TSTMP = 1 << 8;

    /** SACK is in use, or will be offered. */
    public static final int SACK_PERMIT = 1 << 9;

    /** A FIN waits for SYN to be acknowledged: close in SYN_SENT or SYN_RECEIVED. */
    public static final int NEEDFIN = 1 << 10;

    /** In loss recovery (RFC 6582, RFC 6675). */
    public static final int FASTRECOVERY = 1 << 11;

    /** In recovery from an ECN echo (RFC 3168 §6.1.2). */
    public static final int CONGRECOVERY = 1 << 12;

    /** {@link #FASTRECOVERY} before the last timeout, for undo. */
    public static final int WASFRECOVERY = 1 << 13;

    /** {@link #CONGRECOVERY} before the last timeout. */
    public static final int WASCRECOVERY = 1 << 14;

    /** The values for undo are valid. */
    public static final int PREVVALID = 1 << 15;

    /** The connection was idle when output was last called. */
    public static final int LASTIDLE = 1 << 16;

    /** A zero window was advertised last. */
    public static final int RXWIN0SENT = 1 << 17;

    /** Send something whatever the rules say: window probe. */
    public static final int FORCEDATA = 1 << 18;

    /** More data follows at once: output need not push. */
    public static final int MORETOCOME = 1 << 19;

    /** ECN is in use (RFC 3168). */
    public static final int ECN_PERMIT = 1 << 20;

    /** CWR is due to the peer. */
    public static final int ECN_SND_CWR = 1 << 21;

    /** ECE is due to the peer. */
    public static final int ECN_SND_ECE = 1 << 22;

    /** Acknowledge every segment: TCP_QUICKACK. */
    public static final int QUICKACK = 1 << 23;

    /** Probe an idle peer: SO_KEEPALIVE. */
    public static final int KEEPALIVE = 1 << 24;

    /** Both ends are in this service. */
    public static final int LOCAL = 1 << 25;

    /** Either recovery. */
    public static final int RECOVERY = FASTRECOVERY | CONGRECOVERY;

    // ------------------------------------------------------------------ bits of ccFlags

    /** cwnd, not the program or the peer's window, limits sending. */
    public static final int CC_CWND_LIMITED = 1;

    /** Appropriate byte counting has credit for one segment (RFC 3465 §2.1). */
    public static final int CC_ABC_SENTAWND = 1 << 1;

    /** The packet was marked CE. */
    public static final int CC_IPHDR_CE = 1 << 2;

    /** The segment has CWR. */
    public static final int CC_TCPHDR_CWR = 1 << 3;

    /** Values of {@link #rttUnit}: all RTT fields are in ticks of 1 ms. */
    public static final int UNIT_MILLIS = 0;

    /** All RTT fields are in µs. */
    public static final int UNIT_MICROS = 1;

    /** SACK blocks kept for the peer: MAX_SACK_BLKS. */
    public static final int RECEIVE_SACKS = 6;

    /** The largest window without scaling (RFC 9293 §3.1). */
    public static final int MAX_WINDOW = 65535;

    /** RFC 7323 §2.3. */
    public static final int MAX_WINDOW_SHIFT = 14;

    // ------------------------------------------------------------------ identity (core)

    public long localHigh;
    public long localLow;
    public long remoteHigh;
    public long remoteLow;
    public int localPort;
    public int remotePort;

    // ------------------------------------------------------------------ who serves it (core)

    public TcpHost host;

    /** Null while no variant is in service. */
    public TcpVariant variant;

    public CongestionControl cc;

    /** The variant's own; gone with it. */
    public Object variantPrivate;

    /** The congestion control's own; gone with it. */
    public Object ccPrivate;

    // ------------------------------------------------------------------ state machine (variant; core opens and closes)

    /** Of {@link TcpState}. */
    public int state;

    /** Bits above. */
    public int flags;

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

    /** Stream position up to which the program wrote, as read last. */
    public long sndProduced;

    /** Stream position of {@link #sndUna}; the SYN is at -1, the FIN after the last byte. */
    public long sndUnaPosition;

    /** Stream position of {@link #rcvNxt}. */
    public long rcvNxtPosition;

    /** Bytes received since {@link #rfbufTs}, for autosizing. */
    public int rfbufCnt;

    /** Timestamp by which a round trip is told, for autosizing. */
    public int rfbufTs;

    // ------------------------------------------------------------------ send sequence space (RFC 9293 §3.3.1)

    public int iss;
    public int sndUna;
    public int sndNxt;

    /** Highest sequence number sent: differs from {@link #sndNxt} while retransmitting. */
    public int sndMax;

    /** Send urgent pointer. */
    public int sndUp;

    /** Segment sequence number of the last window update. */
    public int sndWl1;

    /** Segment acknowledgement number of the last window update. */
    public int sndWl2;

    /** The peer's window, scaled, bytes. */
    public int sndWnd;

    /** The largest window that the peer offered (RFC 5961 §5). */
    public int maxSndWnd;

    /** Shift for the peer's windows (RFC 7323 §2). */
    public int sndScale;

    /** The shift that the peer asked for. */
    public int requestedSndScale;

    // ------------------------------------------------------------------ receive sequence space

    public int irs;
    public int rcvNxt;

    /** Right edge of the window advertised: never moves left. */
    public int rcvAdv;

    /** Receive window, bytes. */
    public int rcvWnd;

    /** Receive urgent pointer. */
    public int rcvUp;

    public int lastAckSent;

    /** Shift for our windows. */
    public int rcvScale;

    /** The shift that we ask for. */
    public int requestRScale;

    /** Timestamp to echo (RFC 7323 §4.3). */
    public int tsRecent;

    /** When it was taken. */
    public int tsRecentAge;

    /** Added to the clock in our timestamps. */
    public int tsOffset;

    // ------------------------------------------------------------------ segment sizes

    /** Largest segment, bytes of payload and options (t_maxseg). */
    public int maxSeg;

    /** {@link #maxSeg} before black hole detection lowered it; 0: it did not. */
    public int savedMaxSeg;

    /** MSS option of the peer; 0: none. */
    public int peerMss;

    /** TCP_MAXSEG of the program; 0: none. */
    public int userMss;

    // ------------------------------------------------------------------ congestion (congestion control; variant for
    // PRR)

    public int sndCwnd;
    public int sndSsthresh;

    /** Recovery ends when this is acknowledged (RFC 6582). */
    public int sndRecover;

    public int sndCwndPrev;
    public int sndSsthreshPrev;
    public int sndRecoverPrev;

    /** Until then an acknowledgement shows that the last timeout was spurious. */
    public int badRxtWin;

    /** Bits above. */
    public int ccFlags;

    /** Bytes that the acknowledgement in hand acknowledges. */
    public int ccBytesThisAck;

    /** Segments that the acknowledgement in hand stands for. */
    public int ccSegments;

    /** Bytes acknowledged and not yet counted into cwnd (RFC 3465). */
    public int bytesAcked;

    // ------------------------------------------------------------------ round-trip time (RFC 6298; variant)

    /** Unit of the RTT fields. */
    public int rttUnit;

    /** Smoothed RTT, units / 32; 0: none yet. */
    public int srtt;

    /** RTT variance, units / 16. */
    public int rttvar;

    /** Least RTO, units. */
    public int rttMin;

    /** Lowest RTT seen, units; 0: none. */
    public int rttLow;

    /** RTT samples taken. */
    public int rttUpdated;

    /** When the timed segment was sent; 0: none is timed. */
    public int rttTime;

    /** Sequence number of the timed segment. */
    public int rttSeq;

    /** Timeouts in a row: index into the back-off. */
    public int rxtShift;

    /** Present retransmission timeout, ms. */
    public int rxtCur;

    // ------------------------------------------------------------------ timers

    /** Deadlines on {@link TcpHost#now}, ms; 0: off. Indexed by {@link TcpTimer}. Set by {@link TcpHost#timer}. */
    public final long[] deadline = new long[TcpTimer.COUNT];

    /** When something was received last. */
    public int rcvTime;

    /** When data was sent last. */
    public int sndTime;

    /** When {@link #sndUna} moved last. */
    public int ackTime;

    /** When the window closed: TCP_MAXUNACKTIME and persist. */
    public int persistTime;

    /** Per connection, ms; -1: the sysctl. */
    public int keepInit;

    public int keepIdle;
    public int keepIntvl;

    /** Probes; -1: the sysctl. */
    public int keepCnt;

    /** Time without progress before the connection is dropped, ms; -1: the sysctl. */
    public int maxUnackTime;

    // ------------------------------------------------------------------ loss recovery (RFC 6675, RFC 6937; variant)

    public int dupAcks;

    /** Segments sent by limited transmit (RFC 3042). */
    public int sndLimited;

    /** Null: nothing SACKed. */
    public SackScoreboard sack;

    /** Highest sequence number SACKed. */
    public int sndFack;

    /** Bytes newly delivered by the acknowledgement in hand. */
    public int sackDelivered;

    /** Flight size when recovery began. */
    public int recoverFs;

    /** Bytes delivered in recovery. */
    public int prrDelivered;

    /** Bytes sent in recovery. */
    public int prrOut;

    // ------------------------------------------------------------------ out-of-order data (variant)

    /** Null: nothing out of order. */
    public ReassemblyQueue reassembly;

    /** SACK blocks for the peer, newest first (RFC 2018 §4). */
    public int rcvSackCount;

    public final int[] rcvSackStart = new int[RECEIVE_SACKS];
    public final int[] rcvSackEnd = new int[RECEIVE_SACKS];

    /** Duplicate range to report once (RFC 2883); equal: none. */
    public int dsackStart;

    public int dsackEnd;

    // ------------------------------------------------------------------ limits and statistics

    /** Challenge ACKs sent since {@link #ackWarTime} (RFC 5961 §7). */
    public int ackWarCount;

    public int ackWarTime;

    /** Segments retransmitted. */
    public int rexmitPackets;

    /** Segments received out of order. */
    public int oooPackets;

    /** Zero windows advertised. */
    public int zeroWindows;

    public int dsackPackets;
    public long bytesSent;
    public long bytesReceived;

    // ------------------------------------------------------------------

    public final boolean is(final int flag) {
        return (flags & flag) != 0;
    }

    public final void set(final int flag) {
        flags |= flag;
    }

    public final void clear(final int flag) {
        flags &= ~flag;
    }

    public final boolean timerActive(final int which) {
        return deadline[which] != 0;
    }

    /** Reads how far the program wrote, unless it is done writing. */
    public final void refreshProduced() {
        if (!sendClosed) {
            sndProduced = sendRing.produced();
        }
    }

    /** Bytes of options in an ordinary segment. */
    public final int plainOptionLength() {
        return (flags & (REQ_TSTMP | RCVD_TSTMP)) == (REQ_TSTMP | RCVD_TSTMP) ? 12 : 0;
    }

    /** Payload of a full segment: {@link #maxSeg} less options (tcp_maxseg). */
    public final int segmentSize() {
        return Math.max(maxSeg - plainOptionLength(), 1);
    }

    /** Back to nothing, for the next connection. Core alone. */
    protected final void reset() {
        host = null;
        variant = null;
        cc = null;
        variantPrivate = null;
        ccPrivate = null;
        state = TcpState.CLOSED;
        flags = 0;
        sendClosed = false;
        receiveClosed = false;
        programClosed = false;
        softError = 0;
        sendRing = null;
        receiveRing = null;
        sndAutosize = true;
        rcvAutosize = true;
        sndProduced = 0;
        sndUnaPosition = -1;
        rcvNxtPosition = -1;
        rfbufCnt = 0;
        rfbufTs = 0;
        sndWnd = 0;
        maxSndWnd = 0;
        sndScale = 0;
        requestedSndScale = 0;
        rcvNxt = 0;
        rcvAdv = 0;
        rcvWnd = 0;
        lastAckSent = 0;
        rcvScale = 0;
        tsRecent = 0;
        tsRecentAge = 0;
        peerMss = 0;
        savedMaxSeg = 0;
        userMss = 0;
        ccFlags = 0;
        ccSegments = 0;
        bytesAcked = 0;
        badRxtWin = 0;
        rttUnit = UNIT_MILLIS;
        srtt = 0;
        rttvar = 0;
        rttLow = 0;
        rttUpdated = 0;
        rttTime = 0;
        rxtShift = 0;
        java.util.Arrays.fill(deadline, 0);
        keepInit = -1;
        keepIdle = -1;
        keepIntvl = -1;
        keepCnt = -1;
        maxUnackTime = -1;
        dupAcks = 0;
        sndLimited = 0;
        sack = null;
        sackDelivered = 0;
        prrDelivered = 0;
        prrOut = 0;
        reassembly = null;
        rcvSackCount = 0;
        dsackStart = 0;
        dsackEnd = 0;
        ackWarCount = 0;
        ackWarTime = 0;
        rexmitPackets = 0;
        oooPackets = 0;
        zeroWindows = 0;
        dsackPackets = 0;
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
        iss = 0;
        sndUna = 0;
        sndNxt = 0;
        sndMax = 0;
        sndUp = 0;
        sndWl1 = 0;
        sndWl2 = 0;
        irs = 0;
        rcvUp = 0;
        requestRScale = 0;
        tsOffset = 0;
        maxSeg = 0;
        sndCwnd = 0;
        sndSsthresh = 0;
        sndRecover = 0;
        sndCwndPrev = 0;
        sndSsthreshPrev = 0;
        sndRecoverPrev = 0;
        ccBytesThisAck = 0;
        rttMin = 0;
        rttSeq = 0;
        rxtCur = 0;
        rcvTime = 0;
        sndTime = 0;
        ackTime = 0;
        persistTime = 0;
        sndFack = 0;
        recoverFs = 0;
    }
}
