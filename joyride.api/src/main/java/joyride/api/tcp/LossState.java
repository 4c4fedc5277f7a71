package joyride.api.tcp;

/**
 * What a sender that tells loss by time knows beside its segments: RACK's and TLP's state (RFC 8985 §5.2), the deadlines that share the REXMT timer, and pacing.
 * Written by the variant. Times are µs on {@link TcpHost#nowMicros} unless said otherwise.
 */
public abstract class LossState {
    // ------------------------------------------------------------------ RACK

    /** Whether anything was delivered: {@link #rackSentAt} and what follows say something. */
    public boolean rackValid;

    /** When the delivered segment that was sent last was sent. */
    public long rackSentAt;

    /** Its end. */
    public int rackEnd;

    /** Its round-trip time, µs. */
    public int rackRtt;

    /** The lowest round-trip time of the last minutes, µs; 0: none yet. */
    public int minRtt;

    /** When it was seen. */
    public long minRttAt;

    /** The highest number delivered. */
    public int fack;

    /** When reordering was seen last; 0: never. */
    public long reorderedAt;

    /** Whether {@link #dsackRoundEnd} holds. */
    public boolean dsackRound;

    /** Duplicate reports count once until this is acknowledged. */
    public int dsackRoundEnd;

    /** Factor of the reordering window. */
    public int reoWndMult;

    /** Recoveries left until the factor is 1 again. */
    public int reoWndPersist;

    /** A retransmission later than {@link #reducedAt} was found lost. */
    public boolean lostAgain;

    // ------------------------------------------------------------------ TLP

    /** A probe is out and not answered. */
    public boolean probeOut;

    /** {@code sndNxt} when it was sent. */
    public int probeEnd;

    /** Whether it sent something again. */
    public boolean probeRepeats;

    /** Probes since the last progress. */
    public int probes;

    // ------------------------------------------------------------------ deadlines, ms on TcpHost.now; 0: off

    /** Retransmission timeout. */
    public long rtoAt;

    /** Tail loss probe. */
    public long probeAt;

    /** What was reordered until then is lost. */
    public long reorderAt;

    // ------------------------------------------------------------------ the rest

    /** When cwnd was reduced last. */
    public long reducedAt;

    /** Paced: nothing is sent before, ns. */
    public long paceAt;

    /** When the burst in hand began, ns. */
    public long burstAt;

    /** Segments sent in it. */
    public int burstSegments;

    // ------------------------------------------------------------------ goodput

    /** What the peer acknowledges, smoothed, bytes a second; 0: not measured yet. */
    public long goodput;

    /** Measurements that {@link #goodput} rests on. */
    public int goodputSamples;

    /** A measurement is under way. */
    public boolean measuring;

    /** In it there was a time when the program had nothing to send: it shows the least that the path carries. */
    public boolean measureLimited;

    /** {@code sndUna} when it began. */
    public int measureFrom;

    /** When it began. */
    public long measureAt;

    LossState() {}

    void clearLossState() {
        rackValid = false;
        rackSentAt = 0;
        rackEnd = 0;
        rackRtt = 0;
        minRtt = 0;
        minRttAt = 0;
        fack = 0;
        reorderedAt = 0;
        dsackRound = false;
        dsackRoundEnd = 0;
        reoWndMult = 1;
        reoWndPersist = 0;
        lostAgain = false;
        probeOut = false;
        probeEnd = 0;
        probeRepeats = false;
        probes = 0;
        rtoAt = 0;
        probeAt = 0;
        reorderAt = 0;
        reducedAt = 0;
        paceAt = 0;
        burstAt = 0;
        burstSegments = 0;
        goodput = 0;
        goodputSamples = 0;
        measuring = false;
        measureLimited = false;
        measureFrom = 0;
        measureAt = 0;
    }
}
