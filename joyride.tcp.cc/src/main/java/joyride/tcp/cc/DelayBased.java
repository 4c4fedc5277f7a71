package joyride.tcp.cc;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.Reno;
import joyride.api.tcp.TcpControlBlock;

/**
 * What delay-based congestion controls share: their measurements, and NewReno where nothing else is said.
 *
 * @param <S> state of a connection
 */
abstract class DelayBased<S extends RoundTrips> implements CongestionControl {
    private final String algorithm;
    private final Class<S> type;

    DelayBased(final String algorithm, final Class<S> type) {
        this.algorithm = algorithm;
        this.type = type;
    }

    /** A new state; cleared. */
    abstract S fresh();

    final S state(final TcpControlBlock tcb) {
        return type.cast(tcb.ccPrivate);
    }

    @Override
    public final String name() {
        return algorithm;
    }

    @Override
    public final void init(final TcpControlBlock tcb) {
        if (type.isInstance(tcb.ccPrivate)) {
            state(tcb).clear();
        } else {
            tcb.ccPrivate = fresh();
        }
    }

    @Override
    public void destroy(final TcpControlBlock tcb) {}

    @Override
    public void connInit(final TcpControlBlock tcb) {}

    @Override
    public final void rttSample(final TcpControlBlock tcb, final int micros) {
        state(tcb).measured(micros);
    }

    @Override
    public void congestionSignal(final TcpControlBlock tcb, final int signal) {
        Reno.congestionSignal(tcb, signal);
    }

    @Override
    public void postRecovery(final TcpControlBlock tcb) {
        Reno.postRecovery(tcb, Reno.pipe(tcb));
    }

    @Override
    public void afterIdle(final TcpControlBlock tcb) {
        Reno.afterIdle(tcb);
    }

    /** Backs off for delay: as for an ECN echo, the window then rests for a round trip. */
    static void backOff(final TcpControlBlock tcb, final int window) {
        tcb.sndRecover = tcb.sndMax;
        Reno.reduce(tcb, window);
    }

    /** Whether something of that probability happens, by the host's dice. */
    static boolean hit(final TcpControlBlock tcb, final double probability) {
        return (tcb.host.random().nextLong() >>> 11) * 0x1p-53 < probability;
    }
}
