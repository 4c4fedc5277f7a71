package joyride.tcp.base;

import joyride.api.socket.SocketOption;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpVariant;

/**
 * A TCP but for loss: what it must find out, send again and wait for when segments get lost is the variant's that extends this. It keeps no state;
 * one object serves all event loops. All calls on the connection's loop.
 */
public abstract class BaseTcp implements TcpVariant {
    @Override
    public final void segmentArrived(final TcpControlBlock tcb, final TcpSegment segment) {
        TcpInput.segmentArrived(this, tcb, segment);
    }

    @Override
    public void output(final TcpControlBlock tcb) {
        OutputEngine.output(this, tcb);
    }

    @Override
    public final void timer(final TcpControlBlock tcb, final int which) {
        Timers.expired(this, tcb, which);
    }

    @Override
    public int setOption(final TcpControlBlock tcb, final SocketOption option, final long value) {
        return Options.changed(this, tcb, option, value);
    }

    @Override
    public final void mtuChanged(final TcpControlBlock tcb, final int mtu) {
        MtuChange.apply(this, tcb, mtu);
    }

    @Override
    public void switchFailed(final TcpControlBlock tcb) {
        Handover.armTimers(this, tcb);
    }

    // ------------------------------------------------------------------ what a variant does its own way

    /**
     * Takes in an acceptable acknowledgement (RFC 9293 §3.10.7.4, fifth step).
     *
     * @param window the peer's window, bytes
     * @return whether the connection is still there
     */
    protected abstract boolean acknowledge(TcpControlBlock tcb, TcpSegment segment, int window);

    /** Header prediction: {@code acked} bytes, 0 to all of them, are newly acknowledged and nothing is lost. */
    protected abstract void progress(TcpControlBlock tcb, TcpSegment segment, int acked);

    /** Whether an acknowledgement can only be progress: nothing is being sent again or known to be out of order at the peer. */
    protected abstract boolean undisturbed(TcpControlBlock tcb);

    /** A round-trip time from the answer to our SYN. */
    protected abstract void measure(TcpControlBlock tcb, TcpSegment segment);

    /**
     * Sends at most one segment.
     *
     * @param idle nothing is outstanding: Nagle's algorithm lets go
     * @param space what the receive buffer has
     * @param available bytes from {@code sndUna} on that the program wrote
     * @param size payload of a full segment, with the blocks
     * @param blocks SACK blocks to send along
     * @return whether there may be another
     */
    protected abstract boolean step(TcpControlBlock tcb, boolean idle, int space, int available, int size, int blocks);

    /** {@code [seq, next)} went out at {@code sndNxt}, which has moved. */
    protected void sent(final TcpControlBlock tcb, final int seq, final int next) {}

    /** Everything outstanding is to be sent again, but for what is known to have arrived: a timeout, or segments too large for the path. */
    protected abstract void resend(TcpControlBlock tcb);

    /** The deadline REXMT passed: whether it stood for something else than the retransmission timeout, which is dealt with now. */
    protected boolean tookTimer(final TcpControlBlock tcb) {
        return false;
    }

    /** Something is outstanding: arms the deadline REXMT. */
    protected void armRetransmit(final TcpControlBlock tcb) {
        Timers.startRetransmit(tcb);
    }

    /** The largest retransmission timeout, ms. */
    protected int rexmitMax(final TcpControlBlock tcb) {
        return tcb.host.tunables().rexmitMax;
    }

    /** The shortest persist interval, ms. */
    protected int persMin(final TcpControlBlock tcb) {
        return tcb.host.tunables().persMin;
    }

    /** The longest persist interval, ms. */
    protected int persMax(final TcpControlBlock tcb) {
        return tcb.host.tunables().persMax;
    }
}
