package joyride.bench.crowd;

import java.lang.foreign.Arena;
import java.util.Arrays;
import joyride.api.net.IpAddress;
import joyride.api.socket.PolledTransport;
import joyride.api.socket.Socket;
import joyride.api.socket.StackInstance;
import joyride.api.socket.TransportHost;

/** The programs of one host in this process, all on its loop: each has one connection, and some of them talk. Idle ones cost a turn nothing. */
final class Peers implements PolledTransport, AutoCloseable {
    /** Bytes of a request, and of its answer. */
    static final int MESSAGE = 64;

    /** Bytes that an end's ring has room for: a power of two, and more than a segment, for smaller windows are not announced. */
    static final int ROOM = 4096;

    private static final int BACKLOG = 128;
    private static final int UNDER_WAY = 64;
    private static final int PIECES = 256;

    private final String name;
    private final Arena arena = Arena.ofShared();
    private StackInstance instance;
    private PeerEnd[] told = new PeerEnd[64];
    private PeerEnd[] spare = new PeerEnd[64];
    private int toldCount;
    private long[] memory = new long[PIECES];
    private int memoryCount;
    private PeerEnd[] clients = new PeerEnd[1024];
    private IpAddress server;
    private int firstPort;
    private int ports;
    private int opened;
    private int wanted;
    private int connected;
    private long answers;
    private int asking;
    private String failure;

    Peers(final String name) {
        this.name = name;
    }

    /** Serves on so many ports from {@code first} on. */
    void listen(final IpAddress address, final int first, final int count) {
        for (int i = 0; i < count; i++) {
            final PeerEnd end = new PeerEnd(this, false);
            end.listens();
            final Socket socket = instance.openStream(end);
            end.socket(socket);
            final int error = socket.bind(address, first + i, 0) | socket.listen(BACKLOG);
            if (error != 0) {
                throw new IllegalStateException("cannot listen on port " + (first + i) + ": error " + error);
            }
        }
    }

    /** Where clients connect to, in turn. */
    void server(final IpAddress address, final int first, final int count) {
        server = address;
        firstPort = first;
        ports = count;
    }

    /** Has so many connections, soon: {@link #connectedClients}. */
    void want(final int connections) {
        wanted = connections;
        clients = Arrays.copyOf(clients, connections);
    }

    int connectedClients() {
        return connected;
    }

    /** The first so many clients ask from now on, or end once they have their answers. */
    void talk(final int count, final boolean now) {
        for (int i = 0; i < count; i++) {
            clients[i].asks(now);
        }
    }

    long answers() {
        return answers;
    }

    /** What went wrong first; null: nothing. */
    String failure() {
        return failure;
    }

    // ---- what ends tell

    void later(final PeerEnd end) {
        if (toldCount == told.length) {
            told = Arrays.copyOf(told, 2 * toldCount);
        }
        told[toldCount++] = end;
    }

    void connected() {
        connected++;
    }

    void asked() {
        asking++;
    }

    void answered() {
        answers++;
        asking--;
    }

    /** Questions without an answer yet. */
    int asking() {
        return asking;
    }

    void failed(final String why) {
        failure = failure == null ? why : failure;
    }

    /** Memory for a ring, {@link #ROOM} bytes. */
    long take() {
        if (memoryCount == 0) {
            final long more = arena.allocate((long) PIECES * ROOM, 64).address();
            for (int i = 0; i < PIECES; i++) {
                give(more + (long) i * ROOM);
            }
        }
        return memory[--memoryCount];
    }

    void give(final long piece) {
        if (memoryCount == memory.length) {
            memory = Arrays.copyOf(memory, 2 * memoryCount);
        }
        memory[memoryCount++] = piece;
    }

    // ---- the loop

    @Override
    public void attach(final TransportHost host) {
        instance = host.createInstance(name);
    }

    @Override
    public void detach() {
        instance = null;
    }

    @Override
    public int poll() {
        final PeerEnd[] due = told;
        final int count = toldCount;
        told = spare;
        spare = due;
        toldCount = 0;
        for (int i = 0; i < count; i++) {
            due[i].act();
        }
        int begun = 0;
        while (opened < wanted && opened - connected < UNDER_WAY) {
            connect();
            begun++;
        }
        return count + begun;
    }

    private void connect() {
        final PeerEnd end = new PeerEnd(this, true);
        final Socket socket = instance.openStream(end);
        end.socket(socket);
        final int error = socket.connect(server, firstPort + opened % ports);
        if (error != 0) {
            failed("connection " + opened + " could not begin: error " + error);
            wanted = opened;
            return;
        }
        clients[opened++] = end;
    }

    @Override
    public void flush() {
        // Programs look by themselves.
    }

    @Override
    public void close() {
        arena.close();
    }
}
