package joyride.tcp.base;

import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;

/** What every variant does that takes up connections, new ones and those that another served (tfb_tcp_handoff_ok, tfb_tcp_fb_init). */
public final class Handover {
    private static final int MICROS = 1000;

    private Handover() {}

    /** Everything that a variant needs lies in the control block, so any live state will do. */
    public static boolean possible(final TcpControlBlock tcb) {
        return tcb.state >= TcpState.SYN_SENT && tcb.state <= TcpState.FIN_WAIT_2;
    }

    /** All RTT fields in ms from here on. */
    public static void toMillis(final TcpControlBlock tcb) {
        if (tcb.rttUnit != TcpControlBlock.UNIT_MICROS) {
            return;
        }
        tcb.srtt = millis(tcb.srtt);
        tcb.rttvar = millis(tcb.rttvar);
        tcb.rttMin = millis(tcb.rttMin);
        tcb.rttLow = millis(tcb.rttLow);
        tcb.rttUnit = TcpControlBlock.UNIT_MILLIS;
    }

    /** All RTT fields in µs from here on. */
    public static void toMicros(final TcpControlBlock tcb) {
        if (tcb.rttUnit == TcpControlBlock.UNIT_MICROS) {
            return;
        }
        tcb.srtt *= MICROS;
        tcb.rttvar *= MICROS;
        tcb.rttMin *= MICROS;
        tcb.rttLow *= MICROS;
        tcb.rttUnit = TcpControlBlock.UNIT_MICROS;
    }

    private static int millis(final int micros) {
        return micros == 0 ? 0 : Math.max(micros / MICROS, 1);
    }

    /** Sees to it that each timer that the state needs runs. */
    public static void armTimers(final BaseTcp tcp, final TcpControlBlock tcb) {
        if (tcb.state == TcpState.SYN_SENT && tcb.host.awaitsData(tcb)) {
            return;
        }
        if (!tcb.timerActive(TcpTimer.KEEP)) {
            tcb.host.timer(
                    tcb,
                    TcpTimer.KEEP,
                    TcpState.haveEstablished(tcb.state) ? Timers.keepIdle(tcb) : Timers.keepInit(tcb));
        }
        if (!tcb.timerActive(TcpTimer.REXMT) && !tcb.timerActive(TcpTimer.PERSIST)) {
            armSending(tcp, tcb);
        }
        if (tcb.state == TcpState.FIN_WAIT_2 && tcb.programClosed && !tcb.timerActive(TcpTimer.MSL2)) {
            Timers.startFinWait2(tcb);
        }
        if (TcpState.haveReceivedSyn(tcb.state) && tcb.lastAckSent != tcb.rcvNxt && !tcb.timerActive(TcpTimer.DELACK)) {
            tcb.host.timer(tcb, TcpTimer.DELACK, tcb.host.tunables().delackTime);
        }
    }

    private static void armSending(final BaseTcp tcp, final TcpControlBlock tcb) {
        if (tcb.sndMax != tcb.sndUna && (tcb.sndWnd > 0 || !TcpState.haveEstablished(tcb.state))) {
            tcp.armRetransmit(tcb);
        } else if (TcpState.haveEstablished(tcb.state) && tcb.sndProduced > tcb.sndUnaPosition) {
            Timers.startPersist(tcp, tcb);
        }
    }
}
