package joyride.tcp.cc;

/** What CUBIC keeps of a connection (RFC 9438 §4.1.2). Windows in bytes, times in ms. */
final class CubicState {
    /** Window at the last reduction. */
    int wMax;

    /** Window at the start of the epoch. */
    int epochWindow;

    /** When the present growth began. */
    int epochStart;

    /** Whether an epoch runs. */
    boolean inEpoch;

    int k;

    /** What Reno would have (RFC 9438 §4.3), 1/256 bytes. */
    long wEst;

    /** Window before the last reduction: beyond it the friendly window grows by a whole segment. */
    int priorWindow;

    int congestionEvents;

    /** Saved at a timeout, restored when it proves spurious (RFC 9438 §4.9.1). */
    int undoWMax;

    int undoEpochWindow;
    int undoEpochStart;
    boolean undoInEpoch;
    int undoK;
    int undoPriorWindow;

    void save() {
        undoWMax = wMax;
        undoEpochWindow = epochWindow;
        undoEpochStart = epochStart;
        undoInEpoch = inEpoch;
        undoK = k;
        undoPriorWindow = priorWindow;
    }

    void restore() {
        wMax = undoWMax;
        epochWindow = undoEpochWindow;
        epochStart = undoEpochStart;
        inEpoch = undoInEpoch;
        k = undoK;
        priorWindow = undoPriorWindow;
    }
}
