package joyride.linux;

import static joyride.linux.Libc.INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Descriptors by which somebody is woken (eventfd). {@link EventFd} is one with an owner. */
public final class EventDescriptor {
    private static final MethodHandle EVENTFD = Libc.call("eventfd", INT, INT, INT);
    private static final long ONE =
            Arena.global().allocateFrom(ValueLayout.JAVA_LONG, 1).address();

    private EventDescriptor() {}

    /** A new one, unreadable, non-blocking and closed by exec. */
    public static int open() {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(
                    errno, (int) EVENTFD.invokeExact(errno, 0, Sockets.SOCK_NONBLOCK | Sockets.SOCK_CLOEXEC));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Makes it readable. */
    public static int signal(final int fd) {
        return Descriptors.write(fd, ONE, Long.BYTES);
    }

    /** Makes it unreadable again; {@code -EAGAIN} if it was. */
    public static int drain(final int fd) {
        return Descriptors.read(fd, Libc.scratch().address(), Long.BYTES);
    }

    /** Whether {@code fd} is one: nothing else that a program sends may be written to by the loop. Allocates. */
    public static boolean is(final int fd) {
        return Descriptors.kind(fd).equals("anon_inode:[eventfd]");
    }
}
