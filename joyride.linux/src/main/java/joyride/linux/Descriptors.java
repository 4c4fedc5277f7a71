package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/** What can be done with any descriptor. */
public final class Descriptors {
    /** Flag of {@link #open}: for reading. */
    public static final int O_RDONLY = 0;

    /** Flag of {@link #open}: for writing. */
    public static final int O_WRONLY = 1;

    /** Flag of {@link #open}: for both. */
    public static final int O_RDWR = 2;

    /** Status flag: calls on it never block. */
    public static final int O_NONBLOCK = 0x800;

    /** Flag of {@link #open}: closed by exec. */
    public static final int O_CLOEXEC = 0x80000;

    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int LINK_ROOM = 256;

    private static final MethodHandle OPEN = Libc.variadic("open", 2, INT, LONG, INT, INT);
    private static final MethodHandle CLOSE = Libc.call("close", INT, INT);
    private static final MethodHandle READ = Libc.call("read", LONG, INT, LONG, LONG);
    private static final MethodHandle PREAD = Libc.call("pread", LONG, INT, LONG, LONG, LONG);
    private static final MethodHandle WRITE = Libc.call("write", LONG, INT, LONG, LONG);
    private static final MethodHandle FCNTL = Libc.variadic("fcntl", 2, INT, INT, INT, INT);
    private static final MethodHandle IOCTL = Libc.variadic("ioctl", 2, INT, INT, LONG, LONG);
    private static final MethodHandle READLINK = Libc.call("readlink", LONG, LONG, LONG, LONG);

    private Descriptors() {}

    /** open(2). Allocates. @param mode permissions of a file that is made */
    public static int open(final String path, final int flags, final int mode) {
        try (Arena arena = Arena.ofConfined()) {
            final long name = arena.allocateFrom(path).address();
            return open(name, flags, mode);
        }
    }

    private static int open(final long path, final int flags, final int mode) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) OPEN.invokeExact(errno, path, flags, mode));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** close(2). */
    public static int close(final int fd) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) CLOSE.invokeExact(errno, fd));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** read(2) of up to {@code length} bytes to {@code address}. */
    public static int read(final int fd, final long address, final int length) {
        final MemorySegment errno = Libc.errno();
        try {
            return (int) Libc.result(errno, (long) READ.invokeExact(errno, fd, address, (long) length));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** pread(2): reads at {@code offset}, whatever the descriptor's position. */
    public static int read(final int fd, final long address, final int length, final long offset) {
        final MemorySegment errno = Libc.errno();
        try {
            return (int) Libc.result(errno, (long) PREAD.invokeExact(errno, fd, address, (long) length, offset));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** write(2) of up to {@code length} bytes at {@code address}. */
    public static int write(final int fd, final long address, final int length) {
        final MemorySegment errno = Libc.errno();
        try {
            return (int) Libc.result(errno, (long) WRITE.invokeExact(errno, fd, address, (long) length));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** fcntl(2) with a command that takes an int. */
    public static int control(final int fd, final int command, final int argument) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) FCNTL.invokeExact(errno, fd, command, argument));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** ioctl(2). @param argument a pointer or a number, as {@code request} wants it */
    public static int ioctl(final int fd, final long request, final long argument) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) IOCTL.invokeExact(errno, fd, request, argument));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Another descriptor of the same open file, closed by exec. */
    public static int duplicate(final int fd) {
        return control(fd, F_DUPFD_CLOEXEC, 0);
    }

    /** Makes every later call on it return at once. */
    public static int setNonBlocking(final int fd) {
        final int flags = control(fd, F_GETFL, 0);
        return flags < 0 ? flags : control(fd, F_SETFL, flags | O_NONBLOCK);
    }

    /** What the system says an open descriptor is, such as {@code anon_inode:[eventfd]}; empty if it is none. Allocates. */
    public static String kind(final int fd) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment path = arena.allocateFrom("/proc/self/fd/" + fd);
            final MemorySegment link = arena.allocate(LINK_ROOM);
            final int length = (int) link(path.address(), link.address());
            return length < 0
                    ? ""
                    : new String(link.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        }
    }

    private static long link(final long path, final long room) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (long) READLINK.invokeExact(errno, path, room, (long) LINK_ROOM));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }
}
