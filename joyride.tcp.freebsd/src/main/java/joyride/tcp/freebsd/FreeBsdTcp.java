package joyride.tcp.freebsd;

import joyride.api.socket.Errno;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpVariant;
import org.osgi.service.component.annotations.Component;

/**
 * FreeBSD's default TCP: the variant's calls, each handed to the part that does it. It keeps no state; it is used on all event
 * loops at once.
 */
@Component(service = TcpVariant.class, property = TcpVariant.NAME + "=" + FreeBsdTcp.VARIANT)
public final class FreeBsdTcp implements TcpVariant {
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
        return Handover.takeUp(tcb);
    }

    @Override
    public void fini(final TcpControlBlock tcb, final boolean destroyed) {
        tcb.variantPrivate = null;
    }

    @Override
    public void switchFailed(final TcpControlBlock tcb) {
        Handover.armTimers(tcb);
    }

    @Override
    public void segmentArrived(final TcpControlBlock tcb, final TcpSegment segment) {
        TcpInput.segmentArrived(tcb, segment);
    }

    @Override
    public void output(final TcpControlBlock tcb) {
        OutputEngine.output(tcb);
    }

    @Override
    public void timer(final TcpControlBlock tcb, final int which) {
        Timers.expired(tcb, which);
    }

    @Override
    public int setOption(final TcpControlBlock tcb, final SocketOption option, final long value) {
        return Options.changed(tcb, option, value);
    }

    @Override
    public void mtuChanged(final TcpControlBlock tcb, final int mtu) {
        MtuChange.apply(tcb, mtu);
    }
}
