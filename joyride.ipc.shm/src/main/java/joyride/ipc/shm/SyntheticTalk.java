package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import java.util.Arrays;
import java.util.function.LongConsumer;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;

/** What a made-up client and a made-up server say to each other on connections of theirs. */
final class SyntheticTalk {
    static final int CONNECTIONS = 32;
    static final int QUEUE = 0;

    private static final int REQUEST = 100;
    private static final int LARGE = 40_000;
    private static final int STREAM = 400_000;
    private static final int SLEEPER = 1;
    private static final long TURN_NANOS = 20_000;

    /** Turns without a byte, after which time passes faster: somebody waits for a timer. */
    private static final int BUSY_TURNS = 64;

    private static final long LONG_TURN_NANOS = 1_000_000;
    private static final long MOST_IDLE_NANOS = 60_000_000_000L;

    private final LongConsumer turn;
    private final SyntheticProgram client;
    private final SyntheticProgram server;
    private final IpAddress address;
    private final int port;
    private final int listener;
    private final byte[] request = new byte[REQUEST];
    private final byte[] large = new byte[LARGE];
    private final byte[] stream = new byte[STREAM];
    private final int[] near = new int[CONNECTIONS];
    private final int[] far = new int[CONNECTIONS];
    private final int[] written = new int[CONNECTIONS];
    private final int[] read = new int[CONNECTIONS];
    private int idleTurns;
    private long idleNanos;
    private long answered;

    /**
     * @param turn lets time pass, in ns, and then all do what is to be done
     * @param address of the server for the client
     * @param listener the server's slot
     */
    SyntheticTalk(
            final LongConsumer turn,
            final SyntheticProgram client,
            final SyntheticProgram server,
            final IpAddress address,
            final int port,
            final int listener) {
        this.turn = turn;
        this.client = client;
        this.server = server;
        this.address = address;
        this.port = port;
        this.listener = listener;
    }

    /** Messages that arrived whole. */
    long answered() {
        return answered;
    }

    /** Opens the connections. @throws IllegalStateException if one is not carried within a minute of the stage's time */
    void begin() {
        for (int i = 0; i < CONNECTIONS; i++) {
            client.connect(address.toString(), port);
            turn.accept(TURN_NANOS);
            near[i] = client.callSlotOf();
            far[i] = accept();
            Memory.putLong(server.socket(far[i]) + SOCKET_QUEUES, QUEUE + 1);
        }
    }

    private int accept() {
        busy();
        while (true) {
            final int accepted = server.accept(listener);
            if (accepted >= 0) {
                return accepted;
            }
            if (!goOn()) {
                throw new IllegalStateException("no connection to " + address);
            }
        }
    }

    /** Something came. */
    private void busy() {
        idleTurns = 0;
        idleNanos = 0;
    }

    /** A turn in which something may come. @return false: nothing has for too long */
    private boolean goOn() {
        final long nanos = idleTurns++ < BUSY_TURNS ? TURN_NANOS : LONG_TURN_NANOS;
        idleNanos += nanos;
        turn.accept(nanos);
        return idleNanos < MOST_IDLE_NANOS;
    }

    /**
     * A request and its answer on each connection; now and then they are long.
     *
     * @throws IllegalStateException if nothing more of them arrives for a minute of the stage's time
     */
    void round(final int number) {
        final byte[] asked = number % 16 == 0 ? large : request;
        exchange(client, near, server, far, asked, CONNECTIONS);
        exchange(server, far, client, near, number % 16 == 8 ? large : request, CONNECTIONS);
        if (number % 32 == 5) {
            exchange(client, near, server, far, stream, 1);
            exchange(server, far, client, near, stream, 1);
        }
    }

    /** Each of {@code from} writes {@code bytes}, and each of {@code to} reads them. */
    private void exchange(
            final SyntheticProgram writer,
            final int[] from,
            final SyntheticProgram reader,
            final int[] to,
            final byte[] bytes,
            final int connections) {
        Arrays.fill(written, 0);
        Arrays.fill(read, 0);
        busy();
        for (int i = 0; i < connections; i++) {
            if (i % 8 == 0) {
                // As one who waits for an answer and sleeps.
                Memory.putInt(reader.socket(to[i]) + SOCKET_RX_WAITER, SLEEPER + 1);
                Memory.putInt(reader.waiter(SLEEPER) + WAITER_ASLEEP, 1);
            }
            written[i] = writer.write(from[i], bytes, 0);
            if (i % 4 == 3) {
                turn.accept(TURN_NANOS);
            }
        }
        while (move(writer, from, reader, to, bytes, connections) > 0) {
            if (!goOn()) {
                throw new IllegalStateException("of messages of " + bytes.length + " bytes to " + address + ", "
                        + Arrays.toString(written) + " were written and " + Arrays.toString(read) + " read");
            }
        }
        answered += connections;
    }

    /** Writes what has room and reads what is there. @return connections whose message has not arrived whole */
    private int move(
            final SyntheticProgram writer,
            final int[] from,
            final SyntheticProgram reader,
            final int[] to,
            final byte[] bytes,
            final int connections) {
        int missing = 0;
        for (int i = 0; i < connections; i++) {
            if (written[i] < bytes.length) {
                written[i] += writer.write(from[i], bytes, written[i]);
            }
            if (read[i] < bytes.length) {
                final int came = reader.read(to[i], bytes.length - read[i]).length;
                read[i] += came;
                missing += read[i] < bytes.length ? 1 : 0;
                if (came > 0) {
                    busy();
                }
            }
        }
        return missing;
    }

    /** Closes the connections. */
    void end() {
        for (int i = 0; i < CONNECTIONS; i++) {
            client.closeSocket(near[i]);
            turn.accept(TURN_NANOS);
            server.closeSocket(far[i]);
        }
        for (int i = 0; i < CONNECTIONS; i++) {
            turn.accept(TURN_NANOS);
        }
    }
}
