package joyride.tcp.base;

import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpTunables;

/** Round-trip time and the retransmission timeout from it (RFC 6298) in FreeBSD's fixed point: srtt × 32, rttvar × 16, in ms or µs. */
public final class RttEstimator {
    private static final int MICROS = 1000;
    private static final int RTT_SHIFT = 5;
    private static final int RTTVAR_SHIFT = 4;
    private static final int DELTA_SHIFT = 2;

    private RttEstimator() {}

    /**
     * A sample of {@code rtt} units, counted from 1: what took less than a tick is 1.
     *
     * @param most the largest timeout, ms
     */
    public static void sample(final TcpControlBlock tcb, final int rtt, final int most) {
        tcb.host.count(TcpCounter.RTTUPDATED);
        tcb.rttUpdated++;
        if (tcb.rttLow == 0 || tcb.rttLow > rtt) {
            tcb.rttLow = rtt;
        }
        if (tcb.srtt != 0) {
            int delta = ((rtt - 1) << DELTA_SHIFT) - (tcb.srtt >> RTT_SHIFT - DELTA_SHIFT);
            tcb.srtt = Math.max(tcb.srtt + delta, 1);
            delta = Math.abs(delta) - (tcb.rttvar >> RTTVAR_SHIFT - DELTA_SHIFT);
            tcb.rttvar = Math.max(tcb.rttvar + delta, 1);
        } else {
            tcb.srtt = rtt << RTT_SHIFT;
            tcb.rttvar = rtt << RTTVAR_SHIFT - 1;
        }
        tcb.rttTime = 0;
        tcb.rxtShift = 0;
        final TcpTunables tunables = tcb.host.tunables();
        tcb.rxtCur = bounded(computed(tcb), Math.max(least(tcb), millis(tcb, rtt) + 2), most, tunables.rexmitSlop);
        // An error reported before the peer answered has healed.
        tcb.softError = 0;
    }

    /** srtt + 4·rttvar, ms, not below the least; without slop and back-off (TCP_REXMTVAL). */
    public static int computed(final TcpControlBlock tcb) {
        return Math.max(least(tcb), millis(tcb, (tcb.srtt >> RTT_SHIFT - DELTA_SHIFT) + tcb.rttvar >> DELTA_SHIFT));
    }

    /** The least timeout, ms. */
    static int least(final TcpControlBlock tcb) {
        return millis(tcb, tcb.rttMin);
    }

    private static int millis(final TcpControlBlock tcb, final int units) {
        return tcb.rttUnit == TcpControlBlock.UNIT_MICROS ? (units + MICROS - 1) / MICROS : units;
    }

    /** {@code value} with the slop added, in {@code [least, most]} (TCPT_RANGESET). */
    public static int bounded(final long value, final int least, final int most, final int slop) {
        return (int) Math.min(Math.max(value + slop, least), most);
    }

    /** The persist interval without back-off, ms. */
    public static int persist(final TcpControlBlock tcb) {
        return millis(tcb, (tcb.srtt >> 2) + tcb.rttvar >> 1);
    }

    /** Half the smoothed RTT, ms. */
    public static int halfSmoothed(final TcpControlBlock tcb) {
        return millis(tcb, tcb.srtt >> RTT_SHIFT + 1);
    }

    /** After many timeouts the estimate is worth nothing: it becomes variance, which leaves {@link #computed} as it is, until the next sample. */
    public static void invalidate(final TcpControlBlock tcb) {
        tcb.rttvar += tcb.srtt >> RTT_SHIFT - DELTA_SHIFT;
        tcb.srtt = 0;
    }
}
