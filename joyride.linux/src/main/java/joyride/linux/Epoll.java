package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** A set of descriptors to look at in one call. Of one thread at a time. */
public final class Epoll implements AutoCloseable {
    public static final int IN = 1;
    public static final int OUT = 4;
    public static final int ERR = 8;
    public static final int HUP = 0x10;
    public static final int RDHUP = 0x2000;

    /** Edge-triggered. */
    public static final int ET = 1 << 31;

    /** Events that one look brings at most. */
    public static final int MOST_EVENTS = 64;

    private static final int ADD = 1;
    private static final int REMOVE = 2;
    private static final int CLOEXEC = 0x80000;

    /** struct epoll_event is packed on x86-64 alone. */
    private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");

    private static final int EVENT_SIZE = PACKED ? 12 : 16;
    private static final int EVENT_DATA = PACKED ? 4 : 8;

    private static final MethodHandle CREATE = Libc.call("epoll_create1", INT, INT);
    private static final MethodHandle CONTROL = Libc.call("epoll_ctl", INT, INT, INT, INT, LONG);
    private static final MethodHandle WAIT = Libc.call("epoll_wait", INT, INT, LONG, INT, INT);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment events = arena.allocate((long) EVENT_SIZE * MOST_EVENTS, 8);
    private final int descriptor;

    /** @throws IllegalStateException if the system has no descriptor left */
    public Epoll() {
        this(SystemError.check("epoll", create()));
    }

    /** A set that is there already, with what is in it. */
    public Epoll(final int descriptor) {
        this.descriptor = descriptor;
    }

    private static int create() {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) CREATE.invokeExact(errno, CLOEXEC));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Readable when one of the set is ready. */
    public int descriptor() {
        return descriptor;
    }

    /** Adds {@code fd}; its events carry {@code data}. */
    public int add(final int fd, final int interest, final long data) {
        events.set(ValueLayout.JAVA_INT_UNALIGNED, 0, interest);
        events.set(ValueLayout.JAVA_LONG_UNALIGNED, EVENT_DATA, data);
        return control(descriptor, ADD, fd, events.address());
    }

    /** Takes {@code fd} out. */
    public int remove(final int fd) {
        return control(descriptor, REMOVE, fd, events.address());
    }

    private static int control(final int epoll, final int operation, final int fd, final long event) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) CONTROL.invokeExact(errno, epoll, operation, fd, event));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** How many events there are, without waiting; {@link #data} and {@link #bits} have them until the next call. */
    public int poll() {
        return await(0);
    }

    /** As {@link #poll}, waiting until there is one. @param millis at most so long; -1: without limit */
    public int await(final int millis) {
        return await(descriptor, events.address(), millis);
    }

    private static int await(final int epoll, final long events, final int millis) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) WAIT.invokeExact(errno, epoll, events, MOST_EVENTS, millis));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** What was given to {@link #add}. */
    public long data(final int event) {
        return events.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) event * EVENT_SIZE + EVENT_DATA);
    }

    /** {@link #IN}, {@link #OUT}, {@link #HUP}…, or-ed. */
    public int bits(final int event) {
        return events.get(ValueLayout.JAVA_INT_UNALIGNED, (long) event * EVENT_SIZE);
    }

    /** Frees what this object owns; the set stays open, for another object. */
    public void letGo() {
        arena.close();
    }

    @Override
    public void close() {
        Descriptors.close(descriptor);
        arena.close();
    }
}
