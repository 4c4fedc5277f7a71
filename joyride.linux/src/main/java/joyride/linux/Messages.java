package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.function.IntConsumer;

/** Messages over unix sockets that carry descriptors (SCM_RIGHTS). Of one thread; owns a little memory until closed. */
public final class Messages implements AutoCloseable {
    /** Descriptors that one message may carry: the kernel's limit, so that it never closes any of them by itself. */
    public static final int MOST_DESCRIPTORS = 253;

    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CTRUNC = 8;
    private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;
    private static final int HEADER = 56;
    private static final int VECTOR = 16;
    private static final int CONTROL = HEADER + VECTOR;
    private static final int CONTROL_HEADER = 16;
    private static final int CONTROL_ROOM = CONTROL_HEADER + (4 * MOST_DESCRIPTORS + 7) / 8 * 8;
    private static final int FLAGS = 48;

    private static final MethodHandle RECVMSG = Libc.call("recvmsg", LONG, INT, LONG, INT);
    private static final MethodHandle SENDMSG = Libc.call("sendmsg", LONG, INT, LONG, INT);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment message = arena.allocate(CONTROL + CONTROL_ROOM, 8);
    private final int[] descriptors = new int[MOST_DESCRIPTORS];
    private final IntConsumer closer;
    private int count;
    private int flags;

    /** Closes at once what nobody takes: for peers that are trusted not to pass files whose close waits. */
    public Messages() {
        this(Descriptors::close);
    }

    /** @param closer closes the descriptors that nobody takes */
    public Messages(final IntConsumer closer) {
        this.closer = closer;
    }

    /** Receives one message into {@code length} bytes at {@code address}, never blocking. Its descriptors wait for {@link #take}. */
    public int receive(final int fd, final long address, final int length) {
        prepare(address, length, CONTROL_ROOM);
        count = 0;
        final int received = (int) receive(fd, message.address());
        if (received < 0) {
            return received;
        }
        flags = message.get(INT, FLAGS);
        if (message.get(LONG, 40) >= CONTROL_HEADER
                && message.get(INT, CONTROL + 8) == Sockets.SOL_SOCKET
                && message.get(INT, CONTROL + 12) == SCM_RIGHTS) {
            final int passed = (int) ((message.get(LONG, CONTROL) - CONTROL_HEADER) / 4);
            for (int i = 0; i < passed; i++) {
                descriptors[count++] = message.get(INT, CONTROL + CONTROL_HEADER + 4L * i);
            }
        }
        return received;
    }

    private static long receive(final int fd, final long header) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(
                    errno, (long) RECVMSG.invokeExact(errno, fd, header, Sockets.MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Whether the last message received was cut. */
    public boolean truncated() {
        return (flags & (MSG_CTRUNC | Sockets.MSG_TRUNC)) != 0;
    }

    /** Takes descriptor {@code index} of the last message, to be closed by the caller; -1 if there is none. */
    public int take(final int index) {
        if (index >= count) {
            return -1;
        }
        final int fd = descriptors[index];
        descriptors[index] = -1;
        return fd;
    }

    /** Closes the descriptors of the last message that nobody took. */
    public void closeRest() {
        for (int i = 0; i < count; i++) {
            if (descriptors[i] >= 0) {
                closer.accept(descriptors[i]);
            }
        }
        count = 0;
    }

    /** Sends one message with up to two descriptors (-1: none), never blocking, without SIGPIPE. */
    public int send(final int fd, final long address, final int length, final int first, final int second) {
        final int passed = first < 0 ? 0 : second < 0 ? 1 : 2;
        prepare(address, length, passed == 0 ? 0 : CONTROL_HEADER + 8);
        if (passed > 0) {
            message.set(LONG, CONTROL, CONTROL_HEADER + 4L * passed);
            message.set(INT, CONTROL + 8, Sockets.SOL_SOCKET);
            message.set(INT, CONTROL + 12, SCM_RIGHTS);
            message.set(INT, CONTROL + 16, first);
            message.set(INT, CONTROL + 20, second);
        }
        return (int) send(fd, message.address());
    }

    private static long send(final int fd, final long header) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(
                    errno, (long) SENDMSG.invokeExact(errno, fd, header, Sockets.MSG_DONTWAIT | Sockets.MSG_NOSIGNAL));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    private void prepare(final long address, final int length, final int control) {
        final long base = message.address();
        message.asSlice(0, CONTROL + CONTROL_HEADER + 8).fill((byte) 0);
        message.set(LONG, 16, base + HEADER);
        message.set(LONG, 24, 1);
        message.set(LONG, 32, control == 0 ? 0 : base + CONTROL);
        message.set(LONG, 40, control);
        message.set(LONG, HEADER, address);
        message.set(LONG, HEADER + 8, length);
    }

    @Override
    public void close() {
        arena.close();
    }
}
