package joyride.testkit.simulation;

import joyride.api.net.IpAddress;

/**
 * One end of an endless connection, for measurements: sends as much as there is room for, or reads whatever comes, without
 * looking at the bytes. Allocates nothing once connected.
 */
public final class FlowProgram extends Program {
    /** What it does once connected. */
    public enum Role {
        /** Keeps the send buffer full. */
        SOURCE,
        /** Reads what comes. */
        SINK,
        /** Sends a request, waits for an answer as long, and again. */
        REQUEST,
        /** Sends back what comes. */
        ECHO
    }

    private final ProgramTransport transport;
    private final Role role;
    private final int size;
    private final IpAddress remote;
    private final int port;
    private MemoryEndpoint endpoint;
    private boolean stopping;
    private boolean begun;
    private int awaited;
    private long bytes;
    private long exchanges;

    /** @param size of a request, or of a write at most */
    public FlowProgram(
            final ProgramTransport transport, final Role role, final int size, final IpAddress remote, final int port) {
        this.transport = transport;
        this.role = role;
        this.size = size;
        this.remote = remote;
        this.port = port;
    }

    /** An end that was accepted. */
    public FlowProgram(
            final ProgramTransport transport, final Role role, final int size, final MemoryEndpoint accepted) {
        this(transport, role, size, null, 0);
        endpoint = accepted;
    }

    public MemoryEndpoint endpoint() {
        return endpoint;
    }

    /** Bytes sent by a source, read by the others. */
    public long bytes() {
        return bytes;
    }

    /** Requests answered. */
    public long exchanges() {
        return exchanges;
    }

    /** Closes the connection. */
    public void stop() {
        stopping = true;
        ready();
    }

    @Override
    protected void act(final long now) {
        if (!begun) {
            begun = true;
            if (remote != null) {
                endpoint = transport.open(this);
                endpoint.socket().connect(remote, port);
            }
        }
        if (stopping || endpoint.errno() != 0 || endpoint.atEnd()) {
            endpoint.close();
        } else if (endpoint.isConnected()) {
            flow();
        }
        if (endpoint.isClosed()) {
            endpoint.close();
            finish();
        }
    }

    private void flow() {
        switch (role) {
            case SOURCE -> bytes += send(size);
            case SINK -> bytes += read();
            case REQUEST -> {
                final int got = read();
                bytes += got;
                awaited -= got;
                if (awaited <= 0) {
                    exchanges += bytes > 0 ? 1 : 0;
                    awaited = send(size);
                }
            }
            case ECHO -> {
                final int got = Math.min(
                        endpoint.receiveRing().available(), endpoint.sendRing().room(size));
                if (got > 0) {
                    read(got);
                    bytes += send(got);
                }
            }
        }
    }

    private int send(final int most) {
        final MemorySendRing ring = endpoint.sendRing();
        final int length = ring.room(most);
        if (length > 0) {
            ring.produce(length);
            endpoint.socket().written();
        }
        return length;
    }

    private int read() {
        final int length = endpoint.receiveRing().available();
        if (length > 0) {
            read(length);
        }
        return length;
    }

    private void read(final int length) {
        endpoint.receiveRing().consume(length);
        endpoint.socket().consumed();
    }

    @Override
    public String toString() {
        return role + " " + bytes + " bytes " + exchanges + " exchanges [" + endpoint + "]";
    }
}
