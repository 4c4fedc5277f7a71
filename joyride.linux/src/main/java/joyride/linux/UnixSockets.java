package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/** Unix sockets of kind SOCK_SEQPACKET at a path, and who is at the other end of one. For control paths: allocates. */
public final class UnixSockets {
    private static final int PATIENCE_MILLIS = 1000;
    private static final int PATH_ROOM = 108;
    private static final int CREDENTIALS = 12;
    private static final int MOST_GROUPS = 256;

    private static final MethodHandle CHMOD = Libc.call("chmod", INT, LONG, INT);

    private UnixSockets() {}

    /**
     * A listening socket at {@code path}, non-blocking and closed by exec.
     *
     * @param mode permissions of the path
     */
    public static int listen(final String path, final int mode, final int backlog) {
        final int fd = socket();
        if (fd < 0) {
            return fd;
        }
        try (Arena arena = Arena.ofConfined()) {
            int failed = Sockets.bind(fd, address(arena, path), 2 + PATH_ROOM);
            if (failed == 0) {
                failed = chmod(arena.allocateFrom(path).address(), mode);
            }
            if (failed == 0) {
                failed = Sockets.listen(fd, backlog);
            }
            if (failed < 0) {
                Descriptors.close(fd);
                return failed;
            }
            return fd;
        }
    }

    /** A socket connected to the one that listens at {@code path}, non-blocking and closed by exec. */
    public static int connect(final String path) {
        final int fd = socket();
        if (fd < 0) {
            return fd;
        }
        try (Arena arena = Arena.ofConfined()) {
            final int failed = Sockets.connect(fd, address(arena, path), 2 + PATH_ROOM);
            if (failed < 0) {
                Descriptors.close(fd);
                return failed;
            }
            return fd;
        }
    }

    /**
     * Whether somebody listens at {@code path} who speaks first, as a memif's server does. What it says is awaited, a second at most: DPDK's
     * server ends its process when it finds nobody to say it to.
     *
     * @return 0: somebody does; else a negative errno
     */
    public static int probe(final String path) {
        final int fd = connect(path);
        if (fd < 0) {
            return fd;
        }
        Poll.await(fd, Poll.IN, PATIENCE_MILLIS);
        Descriptors.close(fd);
        return 0;
    }

    private static int socket() {
        return Sockets.socket(
                Sockets.AF_UNIX, Sockets.SOCK_SEQPACKET | Sockets.SOCK_NONBLOCK | Sockets.SOCK_CLOEXEC, 0);
    }

    private static int chmod(final long path, final int mode) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) CHMOD.invokeExact(errno, path, mode));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    private static long address(final Arena arena, final String path) {
        final byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= PATH_ROOM) {
            throw new IllegalArgumentException(
                    "socket path of " + bytes.length + " bytes, the limit is " + (PATH_ROOM - 1) + ": " + path);
        }
        final MemorySegment address = arena.allocate(2 + PATH_ROOM, 8);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) Sockets.AF_UNIX);
        MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, 2, bytes.length);
        return address.address();
    }

    /** The peer of a connected unix socket as {@code {pid, uid, gid}}; null if it cannot be told. */
    public static int[] peer(final int fd) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment value = arena.allocate(CREDENTIALS, 4);
            return Sockets.option(fd, Sockets.SOL_SOCKET, Sockets.SO_PEERCRED, value.address(), CREDENTIALS) < 0
                    ? null
                    : value.toArray(INT);
        }
    }

    /** The peer's supplementary groups. */
    public static int[] peerGroups(final int fd) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment value = arena.allocate(MOST_GROUPS * 4L, 4);
            final int length = Sockets.option(
                    fd, Sockets.SOL_SOCKET, Sockets.SO_PEERGROUPS, value.address(), (int) value.byteSize());
            return length <= 0 ? new int[0] : value.asSlice(0, length).toArray(INT);
        }
    }

    /** The kernel's cookie of a socket of any kind; 0 if {@code fd} is none. */
    public static long cookie(final int fd) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment value = arena.allocate(LONG);
            return Sockets.option(fd, Sockets.SOL_SOCKET, Sockets.SO_COOKIE, value.address(), 8) < 0
                    ? 0
                    : value.get(LONG, 0);
        }
    }
}
