package joyride.core.tcp;

import joyride.api.net.IpAddress;
import joyride.api.socket.Errno;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;
import joyride.api.tcp.TcpTunables;
import joyride.core.ip.Path;

/** connect: picks path and port, and sends the SYN (RFC 9293 §3.10.1). */
final class ActiveOpen {
    private ActiveOpen() {}

    /**
     * @param mayWait whether the SYN waits for data where it may take some along (RFC 7413): {@link #depart} sends it
     * @return 0, or why not: a positive errno
     */
    static int connect(final TcpSocket socket, final IpAddress address, final int port, final boolean mayWait) {
        final TcpInstance instance = socket.tcpInstance();
        final TcpConnection present = socket.connection();
        if (socket.listener() != null) {
            return Errno.EOPNOTSUPP;
        }
        if (present != null) {
            return TcpState.haveEstablished(present.state) ? Errno.EISCONN : Errno.EALREADY;
        }
        if (address.isMulticast() || port <= 0 || port > 65535) {
            return port == 0 ? Errno.EADDRNOTAVAIL : Errno.ENETUNREACH;
        }
        final IpAddress local = socket.localAddress();
        final boolean any = local.isAny();
        final Path path = instance.stack()
                .path(
                        any ? 0 : local.high(),
                        any ? 0 : local.low(),
                        address.high(),
                        address.low(),
                        instance.tunables());
        if (path == null) {
            return Errno.ENETUNREACH;
        }
        final int chosen = instance.stack()
                .ephemeralPorts()
                .forConnect(
                        path.sourceHigh,
                        path.sourceLow,
                        socket.boundPort(),
                        address.high(),
                        address.low(),
                        port,
                        instance.tunables());
        if (chosen <= 0) {
            return chosen == 0 ? Errno.EADDRNOTAVAIL : -chosen;
        }
        final TcpConnection opened = socket.open(path, chosen, address, port);
        instance.add(opened);
        // Before a variant sees it.
        socket.awaitsData(mayWait && instance.host().takesData(opened));
        synchronize(instance, opened);
        if (!socket.awaitsData()) {
            depart(instance, opened);
        }
        return 0;
    }

    private static void synchronize(final TcpInstance instance, final TcpConnection opened) {
        final TcpTunables tunables = instance.tunables();
        final boolean options = !opened.is(TcpControlBlock.NOOPT);
        if (options && (tunables.rfc1323 == 1 || tunables.rfc1323 == 2)) {
            opened.set(TcpControlBlock.REQ_SCALE);
        }
        if (options && (tunables.rfc1323 == 1 || tunables.rfc1323 == 3)) {
            opened.set(TcpControlBlock.REQ_TSTMP);
        }
        if (options && tunables.sackEnable != 0) {
            opened.set(TcpControlBlock.SACK_PERMIT);
        }
        opened.iss = instance.host().initialSequence(opened);
        opened.sndUna = opened.iss;
        opened.sndNxt = opened.iss;
        opened.sndMax = opened.iss;
        opened.sndUp = opened.iss;
        opened.sndRecover = opened.iss;
        opened.sndUnaPosition = -1;
        opened.state = TcpState.SYN_SENT;
        instance.guard().equip(opened);
    }

    /** Sends the SYN of a connection that {@link #connect} made. */
    static void depart(final TcpInstance instance, final TcpConnection opened) {
        instance.count(TcpCounter.CONNATTEMPT);
        instance.host()
                .timer(
                        opened,
                        TcpTimer.KEEP,
                        opened.times.keepInit > 0 ? opened.times.keepInit : instance.tunables().keepInit);
        instance.guard().output(opened);
    }
}
