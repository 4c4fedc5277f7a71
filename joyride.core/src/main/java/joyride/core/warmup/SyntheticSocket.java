package joyride.core.warmup;

import joyride.api.socket.Endpoint;
import joyride.api.socket.ReceiveRing;
import joyride.api.socket.SendRing;
import joyride.api.socket.Socket;

/** The program's side of a synthetic connection: the server echoes, the client writes messages of changing sizes. */
class SyntheticSocket implements Endpoint {
    private final SyntheticPrograms programs;
    private final PlainRing receive;
    private final PlainRing send;
    private Socket socket;
    private boolean server;
    private boolean readable;
    private boolean connected;
    private boolean ended;
    private boolean closed;
    private int messages;
    private int outstanding;
    private int owed;

    SyntheticSocket(final SyntheticPrograms programs, final PlainRing receive, final PlainRing send) {
        this.programs = programs;
        this.receive = receive;
        this.send = send;
    }

    /** Takes up a new life. */
    void begin(final boolean asServer) {
        server = asServer;
        readable = false;
        connected = false;
        ended = false;
        closed = false;
        messages = 0;
        outstanding = 0;
        owed = 0;
        receive.reset();
        send.reset();
    }

    void socket(final Socket opened) {
        socket = opened;
    }

    boolean isClosed() {
        return closed;
    }

    /** What the program does in a turn. @param most messages of a client's life */
    void run(final int most) {
        if (server) {
            echo();
        } else if (connected) {
            talk(most);
        }
    }

    private void echo() {
        if (readable) {
            readable = false;
            final int count = receive.consume();
            if (count > 0) {
                owed += count;
                socket.consumed();
            }
        }
        if (owed > 0) {
            final int count = send.produce(owed);
            owed -= count;
            if (count > 0) {
                socket.written();
            }
        }
        if (ended && owed == 0) {
            ended = false;
            socket.close();
        }
    }

    private void talk(final int most) {
        if (readable) {
            readable = false;
            final int count = receive.consume();
            outstanding -= count;
            if (count > 0) {
                socket.consumed();
            }
        }
        if (outstanding > 0) {
            return;
        }
        if (messages == most) {
            connected = false;
            socket.close();
            return;
        }
        outstanding = send.produce(size(messages++));
        socket.written();
    }

    /** Mostly small, some large: what requests and answers are like. */
    private static int size(final int message) {
        return switch (message & 7) {
            case 7 -> 60_000;
            case 3 -> 4_096;
            default -> 64 + message % 900;
        };
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
        readable = true;
    }

    @Override
    public void writable() {}

    @Override
    public void connected() {
        connected = true;
    }

    @Override
    public void endOfStream() {
        ended = true;
    }

    @Override
    public void sendClosed() {}

    @Override
    public void failed(final int errno) {
        closed = true;
        programs.failed(errno);
    }

    @Override
    public void closed() {
        closed = true;
    }

    @Override
    public void receiveLimit(final int bytes) {}

    @Override
    public Endpoint incoming(final Socket accepted) {
        return programs.accept(accepted);
    }

    /** The same by another class: see {@link Foils}. */
    static final class Other extends SyntheticSocket {
        Other(final SyntheticPrograms programs, final PlainRing receive, final PlainRing send) {
            super(programs, receive, send);
        }
    }
}
