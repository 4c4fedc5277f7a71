package joyride.core.tcp;

import joyride.api.net.IpAddress;
import joyride.api.socket.Errno;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpVariant;

/**
 * What programs set on a socket and ask of it: options, keys of TCP-MD5, congestion control, variant. Each is kept for the socket's next
 * connection and takes hold of the one it has. On the event loop.
 */
final class SocketSettings {
    private SocketSettings() {}

    /** @return 0, or why not: a positive errno */
    static int set(final TcpSocket socket, final SocketOption option, final long value) {
        if (option == SocketOption.TCP_REMOTE_UDP_ENCAPS_PORT && socket.state() != TcpState.CLOSED) {
            return Errno.EINVAL;
        }
        final TcpInstance instance = socket.tcpInstance();
        final OptionSets sets = instance.stack().optionSets();
        socket.options(sets.with(socket.options(), option, value, instance.tunables()));
        final int error = sets.error();
        final TcpConnection connection = socket.connection();
        if (error != 0 || connection == null) {
            if (option == SocketOption.TCP_FASTOPEN && error == 0 && value != 0 && socket.state() == TcpState.CLOSED) {
                // What the program writes before it connects may go with the SYN.
                socket.endpoint().sendRing().limit(socket.sendBuffer());
            }
            return error;
        }
        return instance.guard().option(connection, socket.options(), option, value);
    }

    /** A key for a peer, or for all of a prefix; of no bytes: none any more. @return 0, or why not: a positive errno */
    static int md5Key(final TcpSocket socket, final IpAddress peer, final int prefix, final byte[] key) {
        final OptionSets sets = socket.tcpInstance().stack().optionSets();
        socket.options(sets.with(socket.options(), peer, prefix, key));
        final int error = sets.error();
        if (error == 0 && socket.connection() != null) {
            socket.options().apply(socket.connection());
        }
        return error;
    }

    /** @return 0, or ENOENT: there is none of that name */
    static int congestionControl(final TcpSocket socket, final String name) {
        final TcpInstance instance = socket.tcpInstance();
        final TcpStack stack = instance.stack();
        if (!stack.variants().hasCongestionControl(name)) {
            return Errno.ENOENT;
        }
        socket.options(stack.optionSets().with(socket.options(), name));
        final TcpConnection connection = socket.connection();
        if (connection != null) {
            connection.wantedCc = name;
            instance.succession()
                    .switchCongestionControl(connection, stack.variants().congestionControlFor(connection));
        }
        return 0;
    }

    /** The connection's, else what its next one would have. */
    static String congestionControl(final TcpSocket socket) {
        if (socket.connection() != null) {
            return socket.connection().cc.name();
        }
        return socket.options().congestionControl != null
                ? socket.options().congestionControl
                : socket.tcpInstance().owner().congestionControl();
    }

    private static CongestionControl algorithm(final TcpSocket socket) {
        final TcpInstance instance = socket.tcpInstance();
        return socket.connection() != null
                ? socket.connection().cc
                : instance.stack().variants().congestionControl(socket.options().congestionControl, instance);
    }

    /** @return 0, or why the congestion control refuses it: a positive errno */
    static int congestionOption(final TcpSocket socket, final byte[] option) {
        final TcpInstance instance = socket.tcpInstance();
        final int refused = instance.guard().congestionOption(algorithm(socket), socket.connection(), option);
        if (refused == 0) {
            socket.options(instance.stack().optionSets().withCongestionOption(socket.options(), option));
        }
        return refused;
    }

    /** Fills in an option whose number {@code option} begins with. @return 0, or why not: a positive errno */
    static int readCongestionOption(final TcpSocket socket, final byte[] option) {
        if (socket.connection() == null) {
            for (final byte[] set : socket.options().congestionOptions) {
                if (set.length == option.length && OptionSets.sameName(set, option)) {
                    System.arraycopy(set, 0, option, 0, set.length);
                    return 0;
                }
            }
        }
        return algorithm(socket)
                .getOption(socket.connection(), socket.tcpInstance().tunables(), option);
    }

    /** @return 0, or why not: ENOENT, there is none of that name, or what it says of the connection */
    static int variant(final TcpSocket socket, final String name) {
        final TcpInstance instance = socket.tcpInstance();
        final TcpVariant wanted = instance.stack().variants().variant(name);
        if (wanted == null) {
            return Errno.ENOENT;
        }
        final TcpConnection connection = socket.connection();
        if (connection != null && connection.variant != wanted) {
            final int refused = instance.succession().choose(connection, wanted);
            if (refused != 0) {
                return refused;
            }
        }
        socket.options(instance.stack().optionSets().withVariant(socket.options(), name));
        return 0;
    }

    /** The connection's, else what its next one would have. */
    static String variant(final TcpSocket socket) {
        final TcpConnection connection = socket.connection();
        if (connection != null && connection.variant != null) {
            return connection.variant.name();
        }
        return socket.options().variant != null
                ? socket.options().variant
                : socket.tcpInstance().owner().variant();
    }
}
