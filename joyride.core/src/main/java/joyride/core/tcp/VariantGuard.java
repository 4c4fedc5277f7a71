package joyride.core.tcp;

import joyride.api.counters.DropReason;
import joyride.api.socket.Errno;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTimer;
import joyride.api.tcp.TcpVariant;

/** Every call into variant and congestion control code: what it throws ends the stack instance, and nothing else. */
final class VariantGuard {
    private final TcpInstance instance;

    /** A call is under way: the instance's end waits for its return. */
    private boolean inside;

    /** Nobody serves the programs: no call is made. */
    private boolean paused;

    private long pausedAt;

    VariantGuard(final TcpInstance instance) {
        this.instance = instance;
    }

    boolean inside() {
        return inside;
    }

    boolean isPaused() {
        return paused;
    }

    /** From now on connections neither hear nor say anything, and their timers stand still. */
    void pause() {
        paused = true;
        pausedAt = instance.now();
    }

    /** Connections go on where they stood: what was due after some time is due after that time still. */
    void resume() {
        if (!paused) {
            return;
        }
        paused = false;
        final int pause = (int) (instance.now() - pausedAt);
        for (int i = 0; i < instance.connectionCount(); i++) {
            final TcpConnection connection = instance.connection(i);
            for (int which = 0; which < TcpTimer.COUNT; which++) {
                if (connection.timerActive(which)) {
                    connection.deadline(which, connection.deadline(which) + pause);
                }
            }
            rearm(connection);
        }
        // From the last on: output may end a connection, whose place the last one takes.
        for (int i = instance.connectionCount() - 1; i >= 0; i--) {
            if (i < instance.connectionCount()) {
                output(instance.connection(i));
            }
        }
    }

    /** Gives the connection the variant and the congestion control that are in service. */
    void equip(final TcpConnection connection) {
        connection.cc = instance.stack().variants().congestionControlFor(connection);
        final TcpVariant variant = instance.stack().variants().variantFor(connection);
        final boolean outer = enter();
        try {
            connection.cc.init(connection);
            if (connection.socket != null) {
                for (final byte[] option : connection.socket.options().congestionOptions) {
                    connection.cc.setOption(connection, option);
                }
            }
            if (variant != null && variant.init(connection) == 0) {
                connection.variant = variant;
            }
        } catch (final Throwable thrown) {
            failed("init", thrown);
        } finally {
            leave(outer);
        }
    }

    /** An option of a congestion control (TCP_CCALGOOPT). @param connection null: none yet @return 0, or a positive errno */
    int congestionOption(final CongestionControl control, final TcpConnection connection, final byte[] option) {
        final boolean outer = enter();
        try {
            return control.setOption(connection, option);
        } catch (final Throwable thrown) {
            failed("congestion control's option", thrown);
            return Errno.ENOENT;
        } finally {
            leave(outer);
        }
    }

    /** Takes a segment for a connection. */
    void input(final TcpConnection connection, final TcpSegment segment) {
        final TcpVariant variant = connection.variant;
        if (variant == null) {
            instance.drop(DropReason.TCP_NO_VARIANT);
            return;
        }
        if (paused) {
            instance.drop(DropReason.TCP_NO_TRANSPORT);
            return;
        }
        final boolean outer = enter();
        try {
            variant.segmentArrived(connection, segment);
        } catch (final Throwable thrown) {
            failed("segment input", thrown);
        } finally {
            leave(outer);
        }
    }

    void output(final TcpConnection connection) {
        final TcpVariant variant = connection.variant;
        if (variant == null || paused || !connection.alive) {
            return;
        }
        final boolean outer = enter();
        try {
            variant.output(connection);
        } catch (final Throwable thrown) {
            failed("output", thrown);
        } finally {
            leave(outer);
        }
    }

    void expired(final TcpConnection connection) {
        if (connection.variant == null || paused) {
            return; // its next variant, or its next transport, arms the wheel again
        }
        final boolean outer = enter();
        try {
            final int now = (int) instance.timers().now();
            for (int which = 0; which < TcpTimer.COUNT && connection.alive; which++) {
                if (connection.timerActive(which) && connection.deadline(which) - now <= 0) {
                    connection.stopTimer(which);
                    if (connection.trace != null) {
                        connection.trace.timer(instance.stack().clock().nanoTime(), connection, which);
                    }
                    connection.variant.timer(connection, which);
                }
            }
        } catch (final Throwable thrown) {
            failed("timer", thrown);
        } finally {
            leave(outer);
        }
        if (connection.alive) {
            rearm(connection);
        }
    }

    /** Puts the connection's earliest deadline on the wheel. */
    void rearm(final TcpConnection connection) {
        final long now = instance.now();
        int earliest = Integer.MAX_VALUE;
        for (int which = 0; which < TcpTimer.COUNT; which++) {
            if (connection.timerActive(which)) {
                earliest = Math.min(earliest, connection.deadline(which) - (int) now);
            }
        }
        if (earliest != Integer.MAX_VALUE) {
            connection.expireAt(instance.timers(), now + earliest);
        }
    }

    boolean enter() {
        final boolean outer = inside;
        inside = true;
        return outer;
    }

    void leave(final boolean outer) {
        inside = outer;
        if (!outer) {
            instance.outside();
        }
    }

    void failed(final String where, final Throwable thrown) {
        instance.owner().fail(where, thrown);
    }

    /** An option of a live connection changed. */
    int option(
            final TcpConnection connection, final SocketOptions options, final SocketOption option, final long value) {
        options.apply(connection);
        switch (option) {
            case SO_SNDBUF -> {
                connection.sndHiwat = options.sendBuffer;
                connection.sndAutosize = false;
                connection.sendRing.limit(connection.sndHiwat);
            }
            case SO_RCVBUF -> {
                connection.rcvHiwat = options.receiveBuffer;
                connection.rcvAutosize = false;
                SocketBuffers.tell(connection);
            }
            case IP_TOS -> connection.tos = (short) options.tos;
            case IP_TTL -> connection.ttl = (short) options.ttl;
            case TCP_MAXSEG -> connection.maxSeg = Math.min(connection.maxSeg, options.maxSegment);
            default -> {}
        }
        final TcpVariant variant = connection.variant;
        if (variant == null) {
            return 0;
        }
        final boolean outer = enter();
        try {
            return variant.setOption(connection, option, value);
        } catch (final Throwable thrown) {
            failed("option", thrown);
            return Errno.ECONNRESET;
        } finally {
            leave(outer);
        }
    }

    void mtuChanged(final TcpConnection connection, final int mtu) {
        final TcpVariant variant = connection.variant;
        if (variant == null || paused) {
            return;
        }
        final boolean outer = enter();
        try {
            variant.mtuChanged(connection, mtu);
        } catch (final Throwable thrown) {
            failed("path MTU change", thrown);
        } finally {
            leave(outer);
        }
    }
}
