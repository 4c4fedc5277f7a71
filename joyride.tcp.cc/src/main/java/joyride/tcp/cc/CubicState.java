package joyride.tcp.cc;

import joyride.api.tcp.HyStart;

/** What CUBIC keeps of a connection (RFC 9438 §4.1.2). Windows in bytes, times in ms. */
final class CubicState {
    final HyStart hyStart = new HyStart();

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

    /** The next epoch is the first after a timeout. */
    boolean timedOut;

    /** Saved at a timeout, restored when it proves spurious (RFC 9438 §4.9.1). */
    int undoWMax;

    int undoEpochWindow;
    int undoEpochStart;
    boolean undoInEpoch;
    int undoK;
    int undoPriorWindow;
    boolean undoTimedOut;

    /** For another connection. */
    void clear() {
        hyStart.clear();
        wMax = 0;
        epochWindow = 0;
        epochStart = 0;
        inEpoch = false;
        k = 0;
        wEst = 0;
        priorWindow = 0;
        congestionEvents = 0;
        timedOut = false;
        save();
    }

    void save() {
        undoTimedOut = timedOut;
        undoWMax = wMax;
        undoEpochWindow = epochWindow;
        undoEpochStart = epochStart;
        undoInEpoch = inEpoch;
        undoK = k;
        undoPriorWindow = priorWindow;
    }

    void restore() {
        timedOut = undoTimedOut;
        wMax = undoWMax;
        epochWindow = undoEpochWindow;
        epochStart = undoEpochStart;
        inEpoch = undoInEpoch;
        k = undoK;
        priorWindow = undoPriorWindow;
    }
}
