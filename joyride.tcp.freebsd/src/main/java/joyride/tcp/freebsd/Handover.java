package joyride.tcp.freebsd;

import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;

/** Takes up connections, new ones and those that another variant served (tfb_tcp_handoff_ok, tfb_tcp_fb_init). */
final class Handover {
    private static final int MICROS = 1000;

    private Handover() {}

    /** Everything that this variant needs lies in the control block, so any live state will do. */
    static boolean possible(final TcpControlBlock tcb) {
        return tcb.state >= TcpState.SYN_SENT && tcb.state <= TcpState.FIN_WAIT_2;
    }

    static int takeUp(final TcpControlBlock tcb) {
        tcb.variantPrivate = null;
        toMillis(tcb);
        armTimers(tcb);
        return 0;
    }

    private static void toMillis(final TcpControlBlock tcb) {
        if (tcb.rttUnit != TcpControlBlock.UNIT_MICROS) {
            return;
        }
        tcb.srtt = millis(tcb.srtt);
        tcb.rttvar = millis(tcb.rttvar);
        tcb.rttMin = millis(tcb.rttMin);
        tcb.rttLow = millis(tcb.rttLow);
        tcb.rttTime = 0;
        tcb.rttUnit = TcpControlBlock.UNIT_MILLIS;
    }

    private static int millis(final int micros) {
        return micros == 0 ? 0 : Math.max(micros / MICROS, 1);
    }

    /** Sees to it that each timer that the state needs runs. */
    static void armTimers(final TcpControlBlock tcb) {
        if (tcb.deadline[TcpTimer.KEEP] == 0) {
            tcb.host.timer(
                    tcb,
                    TcpTimer.KEEP,
                    TcpState.haveEstablished(tcb.state) ? Timers.keepIdle(tcb) : Timers.keepInit(tcb));
        }
        if (tcb.deadline[TcpTimer.REXMT] == 0 && tcb.deadline[TcpTimer.PERSIST] == 0) {
            armSending(tcb);
        }
        if (tcb.state == TcpState.FIN_WAIT_2 && tcb.programClosed && tcb.deadline[TcpTimer.MSL2] == 0) {
            Timers.startFinWait2(tcb);
        }
        if (TcpState.haveReceivedSyn(tcb.state)
                && tcb.lastAckSent != tcb.rcvNxt
                && tcb.deadline[TcpTimer.DELACK] == 0) {
            tcb.host.timer(tcb, TcpTimer.DELACK, tcb.host.tunables().delackTime);
        }
    }

    private static void armSending(final TcpControlBlock tcb) {
        if (tcb.sndMax != tcb.sndUna && (tcb.sndWnd > 0 || !TcpState.haveEstablished(tcb.state))) {
            Timers.startRetransmit(tcb);
        } else if (TcpState.haveEstablished(tcb.state) && tcb.sndProduced > tcb.sndUnaPosition) {
            Timers.startPersist(tcb);
        }
    }
}
