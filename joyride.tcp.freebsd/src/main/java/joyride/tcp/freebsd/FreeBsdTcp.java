package joyride.tcp.freebsd;

import joyride.api.socket.Errno;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpVariant;
import joyride.tcp.base.BaseTcp;
import joyride.tcp.base.Handover;
import org.osgi.service.component.annotations.Component;

/**
 * FreeBSD's default TCP: the variant's calls, each handed to the part that does it. It keeps no state; it is used on all event
 * loops at once.
 */
@Component(service = TcpVariant.class, property = TcpVariant.NAME + "=" + FreeBsdTcp.VARIANT)
public final class FreeBsdTcp extends BaseTcp {
    /** Its name for {@code net.inet.tcp.functions_default}. */
    public static final String VARIANT = "freebsd";

    @Override
    public String name() {
        return VARIANT;
    }

    @Override
    public int handoffOk(final TcpControlBlock tcb) {
        return Handover.possible(tcb) ? 0 : Errno.EINVAL;
    }

    @Override
    public int init(final TcpControlBlock tcb) {
        tcb.variantPrivate = null;
        Handover.toMillis(tcb);
        if (tcb.sendMap != null) {
            MapTakeover.apply(tcb);
        }
        Handover.armTimers(this, tcb);
        return 0;
    }

    @Override
    public void fini(final TcpControlBlock tcb, final boolean destroyed) {
        tcb.variantPrivate = null;
    }

    @Override
    protected boolean acknowledge(final TcpControlBlock tcb, final TcpSegment segment, final int window) {
        return AckProcessing.process(this, tcb, segment, window);
    }

    @Override
    protected void progress(final TcpControlBlock tcb, final TcpSegment segment, final int acked) {
        AckProcessing.predicted(tcb, segment, acked);
    }

    @Override
    protected boolean undisturbed(final TcpControlBlock tcb) {
        return tcb.sndNxt == tcb.sndMax && tcb.sack == null;
    }

    @Override
    protected void measure(final TcpControlBlock tcb, final TcpSegment segment) {
        AckProcessing.measure(tcb, segment);
    }

    @Override
    protected boolean step(
            final TcpControlBlock tcb,
            final boolean idle,
            final int space,
            final int available,
            final int size,
            final int blocks) {
        return WindowOutput.step(this, tcb, idle, space, available, size, blocks);
    }

    /** Go-back-N; what was SACKed before is not to be relied on (RFC 2018 §8). */
    @Override
    protected void resend(final TcpControlBlock tcb) {
        SackRecovery.forget(tcb);
        tcb.sndNxt = tcb.sndUna;
    }
}
