package joyride.core.tcp;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the console does to single connections, which it names as {@link SocketViews} shows them. On the loop. */
final class NamedConnections {
    private static final int MOST_TRACES = 64;

    private final Collection<TcpInstance> instances;
    private final Map<String, EventTrace> traces = new LinkedHashMap<>();

    /** @param instances those that there are, as they come and go */
    NamedConnections(final Collection<TcpInstance> instances) {
        this.instances = instances;
    }

    boolean startTrace(final String connection, final int events) {
        final TcpSocket socket = SocketViews.find(instances, 0, connection);
        if (socket == null) {
            return false;
        }
        if (traces.size() >= MOST_TRACES && !traces.containsKey(connection)) {
            throw new IllegalStateException(
                    MOST_TRACES + " connections are traced already; trace stop LOCAL REMOTE FILE ends one's");
        }
        final EventTrace trace = new EventTrace(socket.connection(), events);
        socket.connection().trace = trace;
        traces.put(connection, trace);
        return true;
    }

    EventTrace stopTrace(final String connection) {
        final EventTrace trace = traces.remove(connection);
        final TcpSocket socket = SocketViews.find(instances, 0, connection);
        if (socket != null && socket.connection().trace == trace) {
            socket.connection().trace = null;
        }
        return trace;
    }

    String congestionControl(final long instance, final String connection, final String name) {
        final TcpSocket socket = SocketViews.find(instances, instance, connection);
        final String before = socket == null ? null : socket.congestionControl();
        return before != null && socket.congestionControl(name) == 0 ? before : null;
    }

    String variant(final long instance, final String connection, final String name) {
        final TcpSocket socket = SocketViews.find(instances, instance, connection);
        if (socket == null) {
            return null;
        }
        final String before = socket.variant();
        final int refused = socket.variant(name);
        if (refused != 0) {
            throw new IllegalStateException(name + " does not take the connection in " + socket.stateName() + " (errno "
                    + refused + "); it keeps " + before);
        }
        return before;
    }
}
