package joyride.core.warmup;

import joyride.api.socket.SocketOption;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTunables;
import joyride.api.tcp.TcpVariant;

/**
 * What can be replaced, once more by other classes. The compiler believes that what it has seen is all there is, and throws the code away that
 * it made of that belief when the first object of a successor's class arrives, in the middle of a swap. Three classes at each of these calls
 * teach it at the service's start that others come; the real one, by far the most frequent, is still inlined.
 */
final class Foils {
    private Foils() {}

    /** A variant under another name. */
    abstract static class Variant implements TcpVariant {
        private final TcpVariant real;

        Variant(final TcpVariant real) {
            this.real = real;
        }

        @Override
        public String name() {
            return getClass().getName();
        }

        @Override
        public int handoffOk(final TcpControlBlock tcb) {
            return real.handoffOk(tcb);
        }

        @Override
        public int init(final TcpControlBlock tcb) {
            return real.init(tcb);
        }

        @Override
        public void fini(final TcpControlBlock tcb, final boolean destroyed) {
            real.fini(tcb, destroyed);
        }

        @Override
        public void segmentArrived(final TcpControlBlock tcb, final TcpSegment segment) {
            real.segmentArrived(tcb, segment);
        }

        @Override
        public void output(final TcpControlBlock tcb) {
            real.output(tcb);
        }

        @Override
        public void timer(final TcpControlBlock tcb, final int which) {
            real.timer(tcb, which);
        }

        @Override
        public int setOption(final TcpControlBlock tcb, final SocketOption option, final long value) {
            return real.setOption(tcb, option, value);
        }

        @Override
        public void mtuChanged(final TcpControlBlock tcb, final int mtu) {
            real.mtuChanged(tcb, mtu);
        }

        @Override
        public void switchFailed(final TcpControlBlock tcb) {
            real.switchFailed(tcb);
        }
    }

    /** One. */
    static final class VariantA extends Variant {
        VariantA(final TcpVariant real) {
            super(real);
        }
    }

    /** Another. */
    static final class VariantB extends Variant {
        VariantB(final TcpVariant real) {
            super(real);
        }
    }

    /** A congestion control under another name. */
    abstract static class Control implements CongestionControl {
        private final CongestionControl real;

        Control(final CongestionControl real) {
            this.real = real;
        }

        @Override
        public String name() {
            return getClass().getName();
        }

        @Override
        public void init(final TcpControlBlock tcb) {
            real.init(tcb);
        }

        @Override
        public void destroy(final TcpControlBlock tcb) {
            real.destroy(tcb);
        }

        @Override
        public void connInit(final TcpControlBlock tcb) {
            real.connInit(tcb);
        }

        @Override
        public void ackReceived(final TcpControlBlock tcb, final int type) {
            real.ackReceived(tcb, type);
        }

        @Override
        public void congestionSignal(final TcpControlBlock tcb, final int signal) {
            real.congestionSignal(tcb, signal);
        }

        @Override
        public void postRecovery(final TcpControlBlock tcb) {
            real.postRecovery(tcb);
        }

        @Override
        public void afterIdle(final TcpControlBlock tcb) {
            real.afterIdle(tcb);
        }

        @Override
        public void rttSample(final TcpControlBlock tcb, final int micros) {
            real.rttSample(tcb, micros);
        }

        @Override
        public int setOption(final TcpControlBlock tcb, final byte[] option) {
            return real.setOption(tcb, option);
        }

        @Override
        public int getOption(final TcpControlBlock tcb, final TcpTunables tunables, final byte[] option) {
            return real.getOption(tcb, tunables, option);
        }

        @Override
        public void ecnPacket(final TcpControlBlock tcb) {
            real.ecnPacket(tcb);
        }
    }

    /** One. */
    static final class ControlA extends Control {
        ControlA(final CongestionControl real) {
            super(real);
        }
    }

    /** Another. */
    static final class ControlB extends Control {
        ControlB(final CongestionControl real) {
            super(real);
        }
    }
}
