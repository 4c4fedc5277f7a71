package joyride.core.tcp;

import joyride.api.socket.Errno;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;
import joyride.api.tcp.TcpVariant;

/** A live connection's passing from one variant or congestion control to the next. */
final class Succession {
    private final TcpInstance instance;
    private final VariantGuard guard;

    Succession(final TcpInstance instance) {
        this.instance = instance;
        guard = instance.guard();
    }

    /**
     * Moves a connection to {@code newcomer} as FreeBSD does: the newcomer's init runs while the old one is still attached.
     *
     * @return null, or why it kept what it has
     */
    String switchVariant(final TcpConnection connection, final TcpVariant newcomer) {
        final TcpVariant old = connection.variant;
        instance.unpace(connection);
        final boolean outer = guard.enter();
        try {
            if (newcomer != null) {
                final Object previous = connection.variantPrivate;
                final String refusal = takeUp(connection, newcomer);
                if (refusal != null) {
                    connection.variantPrivate = previous;
                    if (old != null) {
                        old.switchFailed(connection);
                    }
                    return refusal;
                }
                final Object fresh = connection.variantPrivate;
                if (old != null) {
                    connection.variantPrivate = previous;
                    old.fini(connection, false);
                    connection.variantPrivate = fresh;
                }
            } else if (old != null) {
                old.fini(connection, false);
                connection.variantPrivate = null;
            }
            connection.variant = newcomer;
            instance.count(TcpCounter.SWITCHED);
        } catch (final Throwable thrown) {
            guard.failed("hand-over", thrown);
            return "exception: " + thrown;
        } finally {
            guard.leave(outer);
        }
        if (newcomer != null && connection.alive) {
            if (old == null && connection.timerActive(TcpTimer.REXMT)) {
                // Without a variant, what was in flight was dropped here: waiting for the backed-off timer gains
                // nothing.
                connection.deadline(TcpTimer.REXMT, (int) instance.now() + 1);
            }
            guard.rearm(connection);
            guard.output(connection);
        }
        return null;
    }

    /** Moves a connection because its program, or the console, wants it. @return 0, or the errno of the newcomer that does not take it */
    int choose(final TcpConnection connection, final TcpVariant newcomer) {
        final boolean outer = guard.enter();
        int errno;
        try {
            errno = newcomer.handoffOk(connection);
        } catch (final RuntimeException | LinkageError thrown) {
            errno = Errno.EINVAL;
        } finally {
            guard.leave(outer);
        }
        if (errno == 0 && switchVariant(connection, newcomer) != null) {
            errno = Errno.EINVAL;
        }
        return errno;
    }

    /** Asks a newcomer to take a connection up; one that throws does not. @return null, or why not */
    private static String takeUp(final TcpConnection connection, final TcpVariant newcomer) {
        try {
            int errno = newcomer.handoffOk(connection);
            if (errno == 0) {
                errno = newcomer.init(connection);
            }
            return errno == 0
                    ? null
                    : newcomer.name() + " does not take a connection in " + TcpState.name(connection.state) + " (errno "
                            + errno + ")";
        } catch (final RuntimeException | LinkageError thrown) {
            return newcomer.name() + " threw " + thrown;
        }
    }

    /** cwnd, ssthresh and flags stay; private state starts afresh. */
    void switchCongestionControl(final TcpConnection connection, final CongestionControl newcomer) {
        final boolean outer = guard.enter();
        try {
            connection.cc.destroy(connection);
            connection.ccPrivate = null;
            connection.cc = newcomer;
            newcomer.init(connection);
            instance.count(TcpCounter.CC_SWITCHED);
        } catch (final Throwable thrown) {
            guard.failed("congestion control", thrown);
        } finally {
            guard.leave(outer);
        }
    }
}
