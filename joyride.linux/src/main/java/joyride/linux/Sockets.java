package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Sockets of the kernel. Addresses are raw: a pointer to a {@code struct sockaddr_*} and its length. */
public final class Sockets {
    public static final int AF_UNIX = 1;
    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;
    public static final int AF_NETLINK = 16;
    public static final int AF_PACKET = 17;
    public static final int AF_XDP = 44;

    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_RAW = 3;
    public static final int SOCK_SEQPACKET = 5;

    /** Added to a type: calls on it never block. */
    public static final int SOCK_NONBLOCK = 0x800;

    /** Added to a type: closed by exec. */
    public static final int SOCK_CLOEXEC = 0x80000;

    public static final int SOL_SOCKET = 1;
    public static final int SO_TYPE = 3;
    public static final int SO_ERROR = 4;
    public static final int SO_SNDBUF = 7;
    public static final int SO_RCVBUF = 8;
    public static final int SO_PEERCRED = 17;
    public static final int SO_SNDBUFFORCE = 32;
    public static final int SO_RCVBUFFORCE = 33;
    public static final int SO_DOMAIN = 39;
    public static final int SO_ATTACH_BPF = 50;
    public static final int SO_COOKIE = 57;
    public static final int SO_PEERGROUPS = 59;

    public static final int SHUT_RD = 0;
    public static final int SHUT_WR = 1;
    public static final int SHUT_RDWR = 2;

    public static final int MSG_PEEK = 2;
    public static final int MSG_TRUNC = 0x20;
    public static final int MSG_DONTWAIT = 0x40;
    public static final int MSG_NOSIGNAL = 0x4000;

    private static final MethodHandle SOCKET = Libc.call("socket", INT, INT, INT, INT);
    private static final MethodHandle SOCKETPAIR = Libc.call("socketpair", INT, INT, INT, INT, LONG);
    private static final MethodHandle BIND = Libc.call("bind", INT, INT, LONG, INT);
    private static final MethodHandle CONNECT = Libc.call("connect", INT, INT, LONG, INT);
    private static final MethodHandle LISTEN = Libc.call("listen", INT, INT, INT);
    private static final MethodHandle ACCEPT4 = Libc.call("accept4", INT, INT, LONG, LONG, INT);
    private static final MethodHandle SENDTO = Libc.call("sendto", LONG, INT, LONG, LONG, INT, LONG, INT);
    private static final MethodHandle SENDMMSG = Libc.call("sendmmsg", INT, INT, LONG, INT, INT);
    private static final MethodHandle RECVFROM = Libc.call("recvfrom", LONG, INT, LONG, LONG, INT, LONG, LONG);
    private static final MethodHandle SHUTDOWN = Libc.call("shutdown", INT, INT, INT);
    private static final MethodHandle GETSOCKOPT = Libc.call("getsockopt", INT, INT, INT, INT, LONG, LONG);
    private static final MethodHandle SETSOCKOPT = Libc.call("setsockopt", INT, INT, INT, INT, LONG, INT);
    private static final MethodHandle GETSOCKNAME = Libc.call("getsockname", INT, INT, LONG, LONG);
    private static final MethodHandle GETPEERNAME = Libc.call("getpeername", INT, INT, LONG, LONG);

    private Sockets() {}

    /** socket(2). */
    public static int socket(final int family, final int type, final int protocol) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) SOCKET.invokeExact(errno, family, type, protocol));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Two connected unix sockets, closed by exec, as a new array; null if the system has no descriptors left. Allocates. */
    public static int[] pair(final int type) {
        final MemorySegment ends = Libc.scratch();
        final int failed = pair(type | SOCK_CLOEXEC, ends.address());
        return failed < 0 ? null : new int[] {ends.get(INT, 0), ends.get(INT, 4)};
    }

    private static int pair(final int type, final long ends) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) SOCKETPAIR.invokeExact(errno, AF_UNIX, type, 0, ends));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** bind(2). */
    public static int bind(final int fd, final long address, final int length) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) BIND.invokeExact(errno, fd, address, length));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** connect(2). */
    public static int connect(final int fd, final long address, final int length) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) CONNECT.invokeExact(errno, fd, address, length));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** listen(2). */
    public static int listen(final int fd, final int backlog) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) LISTEN.invokeExact(errno, fd, backlog));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** The next connection, non-blocking and closed by exec; {@code -EAGAIN} if there is none. */
    public static int accept(final int fd) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) ACCEPT4.invokeExact(errno, fd, 0L, 0L, SOCK_NONBLOCK | SOCK_CLOEXEC));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Sends bytes to the peer, never blocking, without SIGPIPE. */
    public static int send(final int fd, final long address, final int length) {
        return send(fd, address, length, MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
    }

    /** sendto(2). @param to a {@code struct sockaddr}; 0: the peer */
    public static int send(
            final int fd, final long address, final int length, final int flags, final long to, final int toLength) {
        final MemorySegment errno = Libc.errno();
        try {
            return (int) Libc.result(
                    errno, (long) SENDTO.invokeExact(errno, fd, address, (long) length, flags, to, toLength));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /**
     * sendmmsg(2): sends several messages by one call, never blocking.
     *
     * @param vector {@code count} structs mmsghdr of 64 bytes
     * @return how many were sent; {@code -errno} if the first one was refused
     */
    public static int sendMany(final int fd, final long vector, final int count) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(
                    errno, (int) SENDMMSG.invokeExact(errno, fd, vector, count, MSG_DONTWAIT | MSG_NOSIGNAL));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Receives bytes, never blocking. */
    public static int receive(final int fd, final long address, final int length) {
        return receive(fd, address, length, MSG_DONTWAIT, 0, 0);
    }

    /** recvfrom(2). @param from room for a {@code struct sockaddr}; 0: none @param fromLength where its length stands, 4 bytes; 0: none */
    public static int receive(
            final int fd,
            final long address,
            final int length,
            final int flags,
            final long from,
            final long fromLength) {
        final MemorySegment errno = Libc.errno();
        try {
            return (int) Libc.result(
                    errno, (long) RECVFROM.invokeExact(errno, fd, address, (long) length, flags, from, fromLength));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** shutdown(2). @param how {@link #SHUT_RD}, {@link #SHUT_WR} or {@link #SHUT_RDWR} */
    public static int shutdown(final int fd, final int how) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) SHUTDOWN.invokeExact(errno, fd, how));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** getsockopt(2). @return the length of the value at {@code value} */
    public static int option(final int fd, final int level, final int name, final long value, final int room) {
        final MemorySegment length = Libc.scratch();
        length.set(INT, 0, room);
        final int failed = getOption(fd, level, name, value, length.address());
        return failed < 0 ? failed : length.get(INT, 0);
    }

    private static int getOption(final int fd, final int level, final int name, final long value, final long length) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) GETSOCKOPT.invokeExact(errno, fd, level, name, value, length));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** setsockopt(2). */
    public static int setOption(final int fd, final int level, final int name, final long value, final int length) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) SETSOCKOPT.invokeExact(errno, fd, level, name, value, length));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** setsockopt(2) of an int. */
    public static int setOption(final int fd, final int level, final int name, final int value) {
        final MemorySegment room = Libc.scratch();
        room.set(INT, 0, value);
        return setOption(fd, level, name, room.address(), Integer.BYTES);
    }

    /** Takes the error that waits at a socket, which would else make it poll ready. @return it, 0: there was none */
    public static int takeError(final int fd) {
        final MemorySegment room = Libc.scratch();
        final long value = room.address() + Long.BYTES;
        final int length = option(fd, SOL_SOCKET, SO_ERROR, value, Integer.BYTES);
        return length < 0 ? 0 : room.get(INT, Long.BYTES);
    }

    /** getsockname(2). @return the length of the {@code struct sockaddr} at {@code address} */
    public static int name(final int fd, final long address, final int room) {
        final MemorySegment length = Libc.scratch();
        length.set(INT, 0, room);
        final int failed = getName(fd, address, length.address());
        return failed < 0 ? failed : length.get(INT, 0);
    }

    private static int getName(final int fd, final long address, final long length) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) GETSOCKNAME.invokeExact(errno, fd, address, length));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** getpeername(2). @return the length of the {@code struct sockaddr} at {@code address} */
    public static int peerName(final int fd, final long address, final int room) {
        final MemorySegment length = Libc.scratch();
        length.set(INT, 0, room);
        final int failed = getPeerName(fd, address, length.address());
        return failed < 0 ? failed : length.get(INT, 0);
    }

    private static int getPeerName(final int fd, final long address, final long length) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) GETPEERNAME.invokeExact(errno, fd, address, length));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }
}
