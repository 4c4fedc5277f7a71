package joyride.testkit.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Listens on a port and starts a program for each of so many connections, then closes. */
public final class ListenerProgram extends Program {
    private final ProgramTransport transport;
    private final int port;
    private final int backlog;
    private final int connections;
    private final Function<MemoryEndpoint, Program> server;
    private final List<Program> accepted = new ArrayList<>();
    private MemoryEndpoint endpoint;
    private boolean closing;

    /**
     * @param connections after which it stops listening
     * @param server makes the program of an accepted connection
     */
    public ListenerProgram(
            final ProgramTransport transport,
            final int port,
            final int backlog,
            final int connections,
            final Function<MemoryEndpoint, Program> server) {
        this.transport = transport;
        this.port = port;
        this.backlog = backlog;
        this.connections = connections;
        this.server = server;
    }

    /** The programs started. */
    public List<Program> accepted() {
        return accepted;
    }

    /** Stops listening. Between two turns. */
    public void stop() {
        closing = true;
        ready();
    }

    @Override
    protected void act(final long now) {
        if (endpoint == null) {
            endpoint = transport.open(this);
            final int error = endpoint.listen(port, backlog);
            if (error != 0) {
                throw new IllegalStateException("listen on " + port + ": errno " + error);
            }
        }
        MemoryEndpoint connection;
        while ((connection = endpoint.accept()) != null) {
            final Program program = server.apply(connection);
            connection.adopt(program);
            accepted.add(program);
            transport.start(program);
        }
        if (accepted.size() >= connections || closing) {
            endpoint.close();
            if (endpoint.isClosed()) {
                finish();
            }
        }
    }
}
