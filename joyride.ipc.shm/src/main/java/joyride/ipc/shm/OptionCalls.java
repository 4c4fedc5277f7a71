package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import java.nio.charset.StandardCharsets;
import joyride.api.memory.Memory;
import joyride.api.socket.Errno;
import joyride.api.socket.Socket;
import joyride.api.socket.SocketOption;

/** The calls that ask for a socket's options and set them, by Linux's numbers. On the event loop. */
final class OptionCalls {
    private static final int SOL_SOCKET = 1;
    private static final int SOL_IP = 0;
    private static final int SOL_TCP = 6;
    private static final int TCP_INFO = 11;
    private static final int TCP_CONGESTION = 13;

    /** FreeBSD's number. */
    private static final int TCP_CCALGOOPT = 65;

    private static final int NAME_ROOM = 16;

    /** FreeBSD's number: Linux has no such option. */
    private static final int TCP_FUNCTION_BLK = 8192;

    /** Of struct tcp_function_set, whose name is its first field. */
    private static final int FUNCTION_ROOM = 32;

    private static final int DATA_ROOM = WAITER_SIZEOF - WAITER_DATA;
    private static final String RENO = "reno";
    private static final String NEW_RENO = "newreno";

    private OptionCalls() {}

    /** Writes the value into the call. @return its length, or a negative errno */
    static int get(final Socket socket, final long at) {
        final int level = (int) Memory.getLong(at + WAITER_ARGS);
        final int name = (int) Memory.getLong(at + WAITER_ARGS + 8);
        final int room = Math.clamp(Memory.getLong(at + WAITER_ARGS + 16), 0, DATA_ROOM);
        final long data = at + WAITER_DATA;
        if (level == SOL_TCP && name == TCP_INFO) {
            return socket.tcpInfo(data, room);
        }
        if (level == SOL_TCP && name == TCP_CONGESTION) {
            return give(socket.congestionControl(), data, Math.min(room, NAME_ROOM));
        }
        if (level == SOL_TCP && name == TCP_FUNCTION_BLK) {
            return give(socket.variant(), data, Math.min(room, FUNCTION_ROOM));
        }
        if (level == SOL_TCP && name == TCP_CCALGOOPT) {
            final byte[] asked = bytes(data, room);
            final int failed = socket.getCongestionOption(asked);
            Memory.copyIn(asked, 0, data, room);
            return failed == 0 ? room : -failed;
        }
        final SocketOption option = option(level, name);
        if (option == null) {
            return -Errno.ENOPROTOOPT;
        }
        final long value = socket.getOption(option);
        if (value < 0 && option != SocketOption.SO_LINGER) {
            return (int) value;
        }
        if (room < 4) {
            return -Errno.EINVAL;
        }
        Memory.putInt(data, (int) value);
        return 4;
    }

    private static int give(final String text, final long data, final int length) {
        final byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        Memory.zero(data, length);
        Memory.copyIn(bytes, 0, data, Math.min(bytes.length, length));
        return length;
    }

    /** @return 0, or a negative errno */
    static int set(final Socket socket, final long at) {
        final int level = (int) Memory.getLong(at + WAITER_ARGS);
        final int name = (int) Memory.getLong(at + WAITER_ARGS + 8);
        final int length = Math.clamp(Memory.getLong(at + WAITER_ARGS + 16), 0, DATA_ROOM);
        final long data = at + WAITER_DATA;
        if (level == SOL_TCP && name == TCP_CONGESTION) {
            final String algorithm = text(data, Math.min(length, NAME_ROOM));
            // Linux's name for what FreeBSD calls newreno.
            return -socket.congestionControl(algorithm.equals(RENO) ? NEW_RENO : algorithm);
        }
        if (level == SOL_TCP && name == TCP_CCALGOOPT) {
            return -socket.setCongestionOption(bytes(data, length));
        }
        if (level == SOL_TCP && name == TCP_FUNCTION_BLK) {
            return -socket.variant(text(data, Math.min(length, FUNCTION_ROOM)));
        }
        final SocketOption option = option(level, name);
        if (option == null) {
            return -Errno.ENOPROTOOPT;
        }
        if (length < 4) {
            return -Errno.EINVAL;
        }
        return -socket.setOption(option, Memory.getInt(data));
    }

    private static byte[] bytes(final long at, final int length) {
        final byte[] bytes = new byte[length];
        Memory.copyOut(at, bytes, 0, length);
        return bytes;
    }

    private static String text(final long at, final int length) {
        final byte[] bytes = bytes(at, length);
        int end = 0;
        while (end < length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.US_ASCII);
    }

    /** Linux's numbers. */
    private static SocketOption option(final int level, final int name) {
        if (level == SOL_TCP) {
            return switch (name) {
                case 1 -> SocketOption.TCP_NODELAY;
                case 2 -> SocketOption.TCP_MAXSEG;
                case 3 -> SocketOption.TCP_NOPUSH;
                case 4 -> SocketOption.TCP_KEEPIDLE;
                case 5 -> SocketOption.TCP_KEEPINTVL;
                case 6 -> SocketOption.TCP_KEEPCNT;
                case 12 -> SocketOption.TCP_QUICKACK;
                case 18 -> SocketOption.TCP_MAXUNACKTIME;
                case 23 -> SocketOption.TCP_FASTOPEN_QUEUE;
                case 34 -> SocketOption.TCP_FASTOPEN_NO_COOKIE;
                case 71 -> SocketOption.TCP_REMOTE_UDP_ENCAPS_PORT;
                default -> null;
            };
        }
        if (level == SOL_SOCKET) {
            return switch (name) {
                case 2 -> SocketOption.SO_REUSEADDR;
                case 7 -> SocketOption.SO_SNDBUF;
                case 8 -> SocketOption.SO_RCVBUF;
                case 9 -> SocketOption.SO_KEEPALIVE;
                case 10 -> SocketOption.SO_OOBINLINE;
                case 15 -> SocketOption.SO_REUSEPORT;
                default -> null;
            };
        }
        if (level == SOL_IP) {
            return switch (name) {
                case 1 -> SocketOption.IP_TOS;
                case 2 -> SocketOption.IP_TTL;
                default -> null;
            };
        }
        return null;
    }
}
