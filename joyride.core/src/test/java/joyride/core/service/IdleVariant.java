package joyride.core.service;

import joyride.api.socket.SocketOption;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpVariant;

/** A variant that does nothing, or throws. */
record IdleVariant(RuntimeException failure) implements TcpVariant {
    @Override
    public String name() {
        return "freebsd";
    }

    @Override
    public int handoffOk(final TcpControlBlock tcb) {
        return 0;
    }

    @Override
    public int init(final TcpControlBlock tcb) {
        if (failure != null) {
            throw failure;
        }
        return 0;
    }

    @Override
    public void fini(final TcpControlBlock tcb, final boolean destroyed) {}

    @Override
    public void segmentArrived(final TcpControlBlock tcb, final TcpSegment segment) {}

    @Override
    public void output(final TcpControlBlock tcb) {}

    @Override
    public void timer(final TcpControlBlock tcb, final int which) {}

    @Override
    public int setOption(final TcpControlBlock tcb, final SocketOption option, final long value) {
        return 0;
    }

    @Override
    public void mtuChanged(final TcpControlBlock tcb, final int mtu) {}
}
