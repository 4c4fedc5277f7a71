package joyride.tcp.rack;

import joyride.api.socket.Errno;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;
import joyride.api.tcp.TcpVariant;
import joyride.tcp.base.BaseTcp;
import joyride.tcp.base.Handover;
import joyride.tcp.base.Timers;
import org.osgi.service.component.annotations.Component;

/**
 * RACK-TLP (RFC 8985): the variant's calls, each handed to the part that does it. It keeps no state; it is used on all event loops at
 * once. What it knows of a connection is in {@link TcpControlBlock#sendMap}.
 */
@Component(service = TcpVariant.class, property = TcpVariant.NAME + "=" + RackTcp.VARIANT)
public final class RackTcp extends BaseTcp {
    /** Its name for {@code net.inet.tcp.functions_default}. */
    public static final String VARIANT = "rack";

    private static final int MICROS = 1000;

    @Override
    public String name() {
        return VARIANT;
    }

    /** As FreeBSD's: without SACK only where {@code no_sack_needed} says so; before the peer has said whether it can, it may come. */
    @Override
    public int handoffOk(final TcpControlBlock tcb) {
        if (!Handover.possible(tcb)) {
            return Errno.EINVAL;
        }
        final boolean refused = TcpState.haveEstablished(tcb.state)
                && !tcb.is(TcpControlBlock.SACK_PERMIT)
                && tcb.host.tunables().rackNoSackNeeded == 0;
        return refused ? Errno.EINVAL : 0;
    }

    @Override
    public int init(final TcpControlBlock tcb) {
        return Takeover.apply(this, tcb);
    }

    @Override
    public void fini(final TcpControlBlock tcb, final boolean destroyed) {
        tcb.variantPrivate = null;
    }

    @Override
    public void output(final TcpControlBlock tcb) {
        super.output(tcb);
        if (TcpState.haveEstablished(tcb.state)) {
            Deadlines.settle(tcb);
            if (tcb.sndMax == tcb.sndUna
                    && tcb.sndProduced > tcb.sndUnaPosition
                    && !tcb.timerActive(TcpTimer.PERSIST)) {
                // Only now is it known that no other timer will send what waits.
                tcb.rxtShift = 0;
                Timers.startPersist(this, tcb);
            }
        }
    }

    @Override
    protected boolean acknowledge(final TcpControlBlock tcb, final TcpSegment segment, final int window) {
        if (tcb.sndUna == tcb.iss && tcb.sendMap.count() > 0) {
            // The SYN-ACK went again, and data was out already: the map knows what is to go again.
            tcb.sndNxt = tcb.sendMap.limit();
        }
        return AckInput.process(tcb, segment, window);
    }

    @Override
    protected void progress(final TcpControlBlock tcb, final TcpSegment segment, final int acked) {
        AckInput.predicted(tcb, segment, acked);
    }

    @Override
    protected boolean undisturbed(final TcpControlBlock tcb) {
        return tcb.sndNxt == tcb.sndMax && tcb.sendMap.isQuiet() && Seq.geq(tcb.sndUna, tcb.sndRecover);
    }

    @Override
    protected void measure(final TcpControlBlock tcb, final TcpSegment segment) {
        RoundTrip.ofHandshake(tcb, segment);
    }

    @Override
    protected boolean step(
            final TcpControlBlock tcb,
            final boolean idle,
            final int space,
            final int available,
            final int size,
            final int blocks) {
        return MapOutput.step(this, tcb, idle, space, available, size, blocks);
    }

    @Override
    protected void sent(final TcpControlBlock tcb, final int seq, final int next) {
        MapOutput.sent(tcb, seq, next);
    }

    @Override
    protected void resend(final TcpControlBlock tcb) {
        Detection.allLost(tcb);
    }

    @Override
    protected boolean tookTimer(final TcpControlBlock tcb) {
        return TcpState.haveEstablished(tcb.state) && Deadlines.expired(this, tcb);
    }

    @Override
    protected void armRetransmit(final TcpControlBlock tcb) {
        if (TcpState.haveEstablished(tcb.state)) {
            Deadlines.settle(tcb);
        } else {
            tcb.host.timer(tcb, TcpTimer.REXMT, tcb.rxtCur);
        }
    }

    @Override
    protected int rexmitMax(final TcpControlBlock tcb) {
        return TcpState.haveEstablished(tcb.state) ? tcb.host.tunables().rackMaxRto / MICROS : super.rexmitMax(tcb);
    }

    @Override
    protected int persMin(final TcpControlBlock tcb) {
        return tcb.host.tunables().rackPersMin / MICROS;
    }

    @Override
    protected int persMax(final TcpControlBlock tcb) {
        return tcb.host.tunables().rackPersMax / MICROS;
    }
}
