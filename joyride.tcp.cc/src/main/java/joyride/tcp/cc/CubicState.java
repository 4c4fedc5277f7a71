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

    /** Saved at a timeout, restored when it proves spurious (RFC 9438 §4.9.1); null: there was none yet. */
    private Saved saved;

    /** What a timeout changes. */
    private static final class Saved {
        int wMax;
        int epochWindow;
        int epochStart;
        boolean inEpoch;
        int k;
        int priorWindow;
        boolean timedOut;
    }

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
        if (saved != null) {
            save();
        }
    }

    void save() {
        if (saved == null) {
            saved = new Saved();
        }
        saved.timedOut = timedOut;
        saved.wMax = wMax;
        saved.epochWindow = epochWindow;
        saved.epochStart = epochStart;
        saved.inEpoch = inEpoch;
        saved.k = k;
        saved.priorWindow = priorWindow;
    }

    /** Back to what {@link #save} found, if there was one. */
    void restore() {
        if (saved == null) {
            return;
        }
        timedOut = saved.timedOut;
        wMax = saved.wMax;
        epochWindow = saved.epochWindow;
        epochStart = saved.epochStart;
        inEpoch = saved.inEpoch;
        k = saved.k;
        priorWindow = saved.priorWindow;
    }
}
