package joyride.core.service;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import joyride.api.net.IpAddress;
import joyride.api.socket.Attachments;
import joyride.api.socket.Endpoint;
import joyride.api.socket.PolledTransport;
import joyride.api.socket.ReceiveRing;
import joyride.api.socket.RehearsalStage;
import joyride.api.socket.SendRing;
import joyride.api.socket.Socket;
import joyride.api.socket.StackInstance;
import joyride.api.socket.TransportHost;

/** A transport with one application that has one socket; notes what core calls. */
final class FakeTransport implements PolledTransport {
    static final int PORT = 7777;

    final List<String> calls = new ArrayList<>();
    final FakeEndpoint endpoint = new FakeEndpoint();
    RuntimeException failure;
    RuntimeException rehearsalFailure;
    Consumer<RehearsalStage> rehearsal = stage -> {};
    boolean leaves = true;
    StackInstance instance;
    Socket socket;
    private TransportHost host;

    /** Brings the application in; that of the first one listens. */
    void open() {
        instance = host.createInstance("application");
        socket = instance.openStream(endpoint);
        if (instance.id() == 1) {
            socket.bind(IpAddress.parse("127.77.0.1"), PORT, 0);
            socket.listen(5);
        }
    }

    @Override
    public void rehearse(final RehearsalStage stage) {
        if (rehearsalFailure != null) {
            throw rehearsalFailure;
        }
        rehearsal.accept(stage);
    }

    @Override
    public void attach(final TransportHost loop) {
        calls.add("attach");
        host = loop;
    }

    @Override
    public void detach() {
        calls.add("detach");
        if (instance != null) {
            instance.end("its transport stops");
        }
    }

    @Override
    public Attachments release() {
        if (!leaves) {
            detach();
            return null;
        }
        calls.add("release");
        return new Attachments("fake", new byte[0], new int[0], List.of(), List.of(instance), List.of(socket));
    }

    @Override
    public void adopt(final TransportHost loop, final Attachments left) {
        calls.add("adopt");
        host = loop;
        left.sockets().getFirst().exchange(endpoint);
        if (failure != null) {
            throw failure;
        }
        instance = left.instances().getFirst();
        socket = left.sockets().getFirst();
    }

    @Override
    public int poll() {
        return 0;
    }

    /** Rings without bytes. */
    static final class FakeEndpoint implements Endpoint, ReceiveRing, SendRing {
        int errno;

        @Override
        public ReceiveRing receiveRing() {
            return this;
        }

        @Override
        public SendRing sendRing() {
            return this;
        }

        @Override
        public void readable() {}

        @Override
        public void writable() {}

        @Override
        public void connected() {}

        @Override
        public void endOfStream() {}

        @Override
        public void sendClosed() {}

        @Override
        public void failed(final int reason) {
            errno = reason;
        }

        @Override
        public void closed() {}

        @Override
        public void receiveLimit(final int bytes) {}

        @Override
        public Endpoint incoming(final Socket accepted) {
            return null;
        }

        @Override
        public long reserve(final long position, final int length) {
            return position + length;
        }

        @Override
        public void write(final long position, final long address, final int length) {}

        @Override
        public void publish(final long position) {}

        @Override
        public long consumed() {
            return 0;
        }

        @Override
        public void read(final long position, final long address, final int length) {}

        @Override
        public long produced() {
            return 0;
        }

        @Override
        public long released() {
            return 0;
        }

        @Override
        public long address(final long position) {
            return 0;
        }

        @Override
        public int contiguous(final long position, final int limit) {
            return 0;
        }

        @Override
        public void release(final long position) {}

        @Override
        public void limit(final int bytes) {}

        @Override
        public int limit() {
            return 0;
        }
    }
}
