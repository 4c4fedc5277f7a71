package joyride.testkit.simulation;

import java.util.ArrayDeque;
import joyride.api.socket.Endpoint;
import joyride.api.socket.Errno;
import joyride.api.socket.Socket;
import joyride.api.socket.SocketOption;
import joyride.api.socket.StackInstance;

/**
 * The program's side of a socket in this process: rings, and what TCP told. Programs look at it in their turn; nothing here calls
 * the socket back.
 */
public final class MemoryEndpoint implements Endpoint {
    private final ProgramTransport transport;
    private final MemoryReceiveRing receiveRing;
    private final MemorySendRing sendRing;
    private final ArrayDeque<MemoryEndpoint> backlog = new ArrayDeque<>();
    private Socket socket;
    private Program program;
    private boolean connected;
    private boolean endOfStream;
    private boolean sendClosed;
    private boolean closed;
    private boolean closedByProgram;
    private boolean freed;
    private int errno;
    private long urgentAt = -1;
    private boolean urgentTaken;
    private int backlogLimit;
    private int receiveLimit;
    private boolean settles;
    private boolean refusing;
    private long wanted = Long.MAX_VALUE;
    private long heard;
    private long toldQuarter;

    MemoryEndpoint(final ProgramTransport transport) {
        this.transport = transport;
        receiveRing = new MemoryReceiveRing(transport.pool());
        sendRing = new MemorySendRing(transport.pool());
    }

    void open(final StackInstance instance, final Program owner) {
        program = owner;
        socket = instance.openStream(this);
        if (socket == null) {
            throw new IllegalStateException("no socket: the instance is at its limit");
        }
    }

    /** A program takes over an accepted connection. */
    void adopt(final Program owner) {
        program = owner;
        socket.accepted();
    }

    public Socket socket() {
        return socket;
    }

    @Override
    public MemoryReceiveRing receiveRing() {
        return receiveRing;
    }

    @Override
    public MemorySendRing sendRing() {
        return sendRing;
    }

    @Override
    public void readable() {
        settleLater();
        tell();
    }

    @Override
    public void urgent(final long position) {
        urgentAt = position;
        urgentTaken = false;
        tell();
    }

    private boolean oobInline() {
        return socket.getOption(SocketOption.SO_OOBINLINE) != 0;
    }

    /** recv with MSG_OOB, as Linux: 1, or a negative errno. @param peek leaves the byte there */
    public int receiveUrgent(final boolean peek) {
        if (urgentAt < receiveRing.consumed() || urgentTaken || oobInline()) {
            return -Errno.EINVAL;
        }
        if (receiveRing.produced() <= urgentAt) {
            return -Errno.EAGAIN;
        }
        urgentTaken = !peek;
        return 1;
    }

    /** Bytes that a read may take now: it ends before the urgent byte, and passes it over where it does not belong to the stream. */
    public int readable(final int most) {
        if (receiveRing.consumed() == urgentAt && !oobInline() && receiveRing.available() > 0) {
            receiveRing.consume(1);
        }
        final int available = Math.min(receiveRing.available(), most);
        final long distance = urgentAt - receiveRing.consumed();
        return distance > 0 ? (int) Math.min(available, distance) : available;
    }

    /** SIOCATMARK: the next byte is the urgent one. */
    public boolean atMark() {
        return receiveRing.consumed() == urgentAt;
    }

    @Override
    public void writable() {
        tell();
    }

    @Override
    public void connected() {
        if (connected) {
            throw new IllegalStateException("connected twice");
        }
        connected = true;
        tell();
    }

    @Override
    public void endOfStream() {
        endOfStream = true;
        tell();
    }

    @Override
    public void sendClosed() {
        sendClosed = true;
        tell();
    }

    @Override
    public void failed(final int number) {
        errno = number;
        tell();
    }

    @Override
    public void closed() {
        if (closed) {
            throw new IllegalStateException("closed twice");
        }
        closed = true;
        transport.told(this);
        tell();
    }

    @Override
    public void receiveLimit(final int bytes) {
        receiveLimit = bytes;
    }

    /** The end of a turn: shows the program from which reading on TCP wants to hear of it. */
    void settle() {
        settles = false;
        if (!closedByProgram && !closed && socket != null) {
            wanted = socket.hearAt();
            if (receiveRing.consumed() >= wanted && receiveRing.consumed() > heard) {
                transport.readBefore(this);
            }
        }
    }

    private void settleLater() {
        if (!settles) {
            settles = true;
            transport.settles(this);
        }
    }

    /** TCP hears of what was read. In the transport's poll. */
    void consumed() {
        if (closedByProgram || closed) {
            return;
        }
        heard = receiveRing.consumed();
        socket.consumed();
        settleLater();
    }

    /** The program has read so much: whether TCP is to hear of it, which {@link #tellRead} does, by the rule for programs in other processes. */
    boolean read() {
        final long consumed = receiveRing.consumed();
        if (consumed - toldQuarter >= receiveLimit / 4) {
            toldQuarter = consumed;
            return true;
        }
        return consumed >= wanted;
    }

    void tellRead() {
        consumed();
    }

    @Override
    public Endpoint incoming(final Socket accepted) {
        if (refusing || backlog.size() >= backlogLimit) {
            return null;
        }
        final MemoryEndpoint endpoint = new MemoryEndpoint(transport);
        endpoint.socket = accepted;
        endpoint.connected = true;
        transport.opened(endpoint);
        backlog.add(endpoint);
        tell();
        return endpoint;
    }

    private void tell() {
        if (program != null) {
            program.ready();
        }
    }

    // --- the program's side

    /** Takes no connection from now on, as a program without memory for one. */
    public void refuseIncoming() {
        refusing = true;
    }

    /** @return 0 or an errno */
    public int listen(final int port, final int limit) {
        backlogLimit = limit;
        connected = true;
        final int bound = socket.bind(joyride.api.net.IpAddress.ANY, port, 0);
        return bound != 0 ? bound : socket.listen(limit);
    }

    /** Listens where it is bound, or changes the backlog. @return 0 or an errno */
    public int listenBound(final int limit) {
        backlogLimit = limit;
        connected = true;
        return socket.listen(limit);
    }

    /** The next accepted connection, or null. */
    public MemoryEndpoint accept() {
        return backlog.poll();
    }

    /** Whether a connection waits to be accepted. */
    public boolean hasIncoming() {
        return !backlog.isEmpty();
    }

    /** Whether an urgent byte was told of that nobody took. */
    public boolean hasUrgent() {
        return !urgentTaken && urgentAt >= receiveRing.consumed();
    }

    public boolean isConnected() {
        return connected;
    }

    /** Whether the peer's FIN was reached and everything before it was read. */
    public boolean atEnd() {
        return endOfStream && receiveRing.available() == 0;
    }

    public boolean isSendClosed() {
        return sendClosed;
    }

    /** Whether TCP is done with the socket. */
    public boolean isClosed() {
        return closed;
    }

    /** The error that ended the connection, or 0. */
    public int errno() {
        return errno;
    }

    /** The program closes the socket. */
    public void close() {
        if (!closedByProgram) {
            closedByProgram = true;
            transport.told(this);
            socket.close();
        }
    }

    /** The program ends the connection with RST. */
    public void abort() {
        if (!closedByProgram) {
            closedByProgram = true;
            transport.told(this);
            socket.abort();
        }
    }

    /** Both sides are done: gives the memory back. By the transport, at the end of a turn. @return whether it is gone */
    boolean freeIfDone() {
        if (closed && closedByProgram && !freed) {
            freed = true;
            receiveRing.free();
            sendRing.free();
        }
        return freed;
    }

    @Override
    public String toString() {
        return socket == null
                ? "new"
                : socket.localAddress() + ":" + socket.localPort() + " - " + socket.remoteAddress() + ":"
                        + socket.remotePort() + " " + socket.stateName() + " read " + receiveRing.consumed() + "/"
                        + receiveRing.produced() + " sent " + sendRing.released() + "/" + sendRing.produced()
                        + (errno != 0 ? " errno " + errno : "") + (endOfStream ? " eof" : "")
                        + (closedByProgram ? " close" : "") + (closed ? " closed" : "");
    }
}
