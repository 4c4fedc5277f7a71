package joyride.core.tcp;

import joyride.api.socket.Errno;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;

/** How connections of an instance end: by RST, quietly, or into TIME_WAIT. */
final class ConnectionEnds {
    private final TcpInstance instance;
    private final TcpStack stack;

    ConnectionEnds(final TcpInstance instance) {
        this.instance = instance;
        stack = instance.stack();
    }

    /** Ends a connection by RST, if the state says so. */
    void drop(final TcpConnection connection, final int errno) {
        if (!connection.alive) {
            return;
        }
        if (TcpState.haveReceivedSyn(connection.state)) {
            instance.count(TcpCounter.DROPS);
            sendReset(connection);
        } else {
            instance.count(TcpCounter.CONNDROPS);
        }
        finish(connection, errno == Errno.ETIMEDOUT && connection.softError != 0 ? connection.softError : errno);
    }

    /** Ends a connection without a word to the peer. */
    void close(final TcpConnection connection, final int errno) {
        if (connection.alive) {
            finish(connection, errno);
        }
    }

    void sendReset(final TcpConnection connection) {
        final TcpOutput output = stack.scratch();
        output.clear();
        output.flags = TcpFlags.RST | TcpFlags.ACK;
        // As in FreeBSD: a probe of the persist timer may have gone a byte past the window, where the peer takes no
        // reset.
        output.seq = connection.timerActive(TcpTimer.PERSIST) ? connection.sndNxt : connection.sndMax;
        output.ack = connection.rcvNxt;
        output.window = 0;
        instance.count(TcpCounter.SNDRST);
        if (connection.trace != null) {
            connection.trace.sent(stack.clock().nanoTime(), connection, output);
        }
        stack.segments()
                .send(
                        connection.path,
                        connection.localPort,
                        connection.remotePort,
                        output,
                        connection.tos,
                        connection.ttl,
                        connection.udpPorts(),
                        connection.md5Key);
    }

    void timeWait(final TcpConnection connection, final boolean acknowledge) {
        if (!connection.alive) {
            return;
        }
        final TimeWait entry = stack.timeWaits()
                .enter(connection, Math.min(connection.rcvWnd >>> connection.rcvScale, TcpControlBlock.MAX_WINDOW));
        if (acknowledge) {
            stack.timeWaits().acknowledge(entry);
            if (connection.trace != null) {
                connection.trace.sent(stack.clock().nanoTime(), connection, stack.scratch());
            }
        }
        final TcpSocket socket = connection.socket;
        if (socket != null) {
            socket.enteredTimeWait(entry, connection);
        }
        discard(connection);
    }

    /** The end of a connection but for its port, which the caller keeps or gives back. */
    private void discard(final TcpConnection connection) {
        instance.count(TcpCounter.CLOSED);
        if (instance.tunables().hostcacheEnable != 0
                && connection.rttUpdated >= 4
                && !connection.is(TcpControlBlock.LOCAL)) {
            stack.hostCache()
                    .store(
                            connection,
                            connection.sndSsthresh < TcpControlBlock.MAX_WINDOW << TcpControlBlock.MAX_WINDOW_SHIFT);
        }
        connection.noLongerPending();
        instance.remove(connection);
        try {
            if (connection.variant != null) {
                connection.variant.fini(connection, true);
            }
            connection.cc.destroy(connection);
        } catch (final Throwable thrown) {
            instance.guard().failed("the end of a connection", thrown);
        }
        connection.state = TcpState.CLOSED;
        connection.socket = null;
        stack.pool().retire(connection);
    }

    /** Ends a connection and tells the program. */
    void finish(final TcpConnection connection, final int errno) {
        final TcpSocket socket = connection.socket;
        stack.ports().connectionRemoved(connection.localHigh, connection.localLow, connection.localPort);
        discard(connection);
        if (socket != null) {
            socket.connectionEnded(connection, errno);
        }
    }
}
