package joyride.core.engine;

import joyride.api.socket.Endpoint;
import joyride.api.socket.ReceiveRing;
import joyride.api.socket.SendRing;
import joyride.api.socket.Socket;

/**
 * Stands for a program while no transport serves it: its rings stand still where they stood, and what core tells is kept for the
 * successor. On the event loop.
 */
public final class WaitingEndpoint implements Endpoint {
    private static final int READABLE = 1;
    private static final int WRITABLE = 2;
    private static final int CONNECTED = 4;
    private static final int END_OF_STREAM = 8;
    private static final int SEND_CLOSED = 16;
    private static final int CLOSED = 32;

    private final Standing receive;
    private final StandingOutput send;
    private int told;
    private int errno;
    private int receiveLimit = -1;

    /** Takes the place of {@code before}. */
    public WaitingEndpoint(final Endpoint before) {
        receive = new Standing(
                before.receiveRing().produced(), before.receiveRing().consumed());
        send = new StandingOutput(
                before.sendRing().produced(),
                before.sendRing().released(),
                before.sendRing().limit());
    }

    /** Tells the successor what core told meanwhile. */
    public void passOn(final Endpoint successor) {
        if (send.changed) {
            successor.sendRing().limit(send.limit);
        }
        if (receiveLimit >= 0) {
            successor.receiveLimit(receiveLimit);
        }
        if ((told & CONNECTED) != 0) {
            successor.connected();
        }
        if ((told & READABLE) != 0) {
            successor.readable();
        }
        if ((told & WRITABLE) != 0) {
            successor.writable();
        }
        if ((told & END_OF_STREAM) != 0) {
            successor.endOfStream();
        }
        if ((told & SEND_CLOSED) != 0) {
            successor.sendClosed();
        }
        if (errno != 0) {
            successor.failed(errno);
        }
        if ((told & CLOSED) != 0) {
            successor.closed();
        }
    }

    @Override
    public ReceiveRing receiveRing() {
        return receive;
    }

    @Override
    public SendRing sendRing() {
        return send;
    }

    @Override
    public void readable() {
        told |= READABLE;
    }

    @Override
    public void writable() {
        told |= WRITABLE;
    }

    @Override
    public void connected() {
        told |= CONNECTED;
    }

    @Override
    public void endOfStream() {
        told |= END_OF_STREAM;
    }

    @Override
    public void sendClosed() {
        told |= SEND_CLOSED;
    }

    @Override
    public void failed(final int reason) {
        errno = reason;
    }

    @Override
    public void closed() {
        told |= CLOSED;
    }

    @Override
    public void receiveLimit(final int bytes) {
        receiveLimit = bytes;
    }

    /** Segments are dropped meanwhile, so that nothing comes here. */
    @Override
    public Endpoint incoming(final Socket accepted) {
        return null;
    }

    @Override
    public String note() {
        return "waits for a transport";
    }

    private static IllegalStateException nobody() {
        return new IllegalStateException("no transport serves this socket");
    }

    private record Standing(long produced, long consumed) implements ReceiveRing {
        @Override
        public long reserve(final long position, final int length) {
            return position;
        }

        @Override
        public void write(final long position, final long address, final int length) {
            throw nobody();
        }

        @Override
        public void publish(final long position) {
            throw nobody();
        }

        @Override
        public void read(final long position, final long address, final int length) {
            throw nobody();
        }
    }

    private static final class StandingOutput implements SendRing {
        private final long produced;
        private final long released;
        private int limit;
        private boolean changed;

        StandingOutput(final long produced, final long released, final int limit) {
            this.produced = produced;
            this.released = released;
            this.limit = limit;
        }

        @Override
        public long produced() {
            return produced;
        }

        @Override
        public long released() {
            return released;
        }

        @Override
        public long address(final long position) {
            throw nobody();
        }

        @Override
        public int contiguous(final long position, final int most) {
            return 0;
        }

        @Override
        public void release(final long position) {
            throw nobody();
        }

        @Override
        public void limit(final int bytes) {
            limit = bytes;
            changed = true;
        }

        @Override
        public int limit() {
            return limit;
        }
    }
}
