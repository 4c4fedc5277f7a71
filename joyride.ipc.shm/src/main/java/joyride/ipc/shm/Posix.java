package joyride.ipc.shm;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;

/**
 * The system calls of this transport. Every method returns what the call returned, or {@code -errno}. Pointers are addresses
 * as {@code long}. One object for each thread; it owns a little memory until closed.
 */
final class Posix implements AutoCloseable {
    static final int EPOLLIN = 1;
    static final int EPOLLOUT = 4;
    static final int EPOLLHUP = 0x10;
    static final int EPOLLRDHUP = 0x2000;
    static final int EPOLLET = 1 << 31;
    static final int MSG_CTRUNC = 8;
    static final int EINTR = 4;
    static final int EAGAIN = 11;
    static final int ECONNREFUSED = 111;
    /** Descriptors that one message may carry. */
    static final int MOST_DESCRIPTORS = 4;

    private static final int AF_UNIX = 1;
    private static final int SOCK_SEQPACKET = 5;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_PEERCRED = 17;
    private static final int SO_COOKIE = 57;
    private static final int SO_PEERGROUPS = 59;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;
    private static final int F_SETFL = 4;
    private static final int F_ADD_SEALS = 1033;
    private static final int SEALS = 1 | 2 | 4; // seal, shrink, grow
    private static final int MFD_CLOEXEC_ALLOW_SEALING = 3;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MAP_PRIVATE_ANONYMOUS_FIXED_NORESERVE = 0x2 | 0x20 | 0x10 | 0x4000;
    private static final int PATH_ROOM = 108;
    /** struct epoll_event is packed on x86-64 alone. */
    private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");

    private static final int EVENT_SIZE = PACKED ? 12 : 16;
    private static final int EVENT_DATA = PACKED ? 4 : 8;
    /** Events that one look into an epoll set brings at most. */
    static final int EVENTS = 64;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final ValueLayout.OfInt I = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong L = ValueLayout.JAVA_LONG;

    private static final MethodHandle MEMFD_CREATE = call("memfd_create", I, L, I);
    private static final MethodHandle FTRUNCATE = call("ftruncate", I, I, L);
    private static final MethodHandle FCNTL = variadic("fcntl", 2, I, I, I, I);
    private static final MethodHandle MMAP = call("mmap", L, L, L, I, I, I, L);
    private static final MethodHandle MUNMAP = call("munmap", I, L, L);
    private static final MethodHandle SOCKET = call("socket", I, I, I, I);
    private static final MethodHandle BIND = call("bind", I, I, L, I);
    private static final MethodHandle CONNECT = call("connect", I, I, L, I);
    private static final MethodHandle LISTEN = call("listen", I, I, I);
    private static final MethodHandle ACCEPT4 = call("accept4", I, I, L, L, I);
    private static final MethodHandle RECVMSG = call("recvmsg", L, I, L, I);
    private static final MethodHandle SENDMSG = call("sendmsg", L, I, L, I);
    private static final MethodHandle GETSOCKOPT = call("getsockopt", I, I, I, I, L, L);
    private static final MethodHandle EVENTFD = call("eventfd", I, I, I);
    private static final MethodHandle TIMERFD_CREATE = call("timerfd_create", I, I, I);
    private static final MethodHandle TIMERFD_SETTIME = call("timerfd_settime", I, I, I, L, L);
    private static final MethodHandle EPOLL_CREATE1 = call("epoll_create1", I, I);
    private static final MethodHandle EPOLL_CTL = call("epoll_ctl", I, I, I, I, L);
    private static final MethodHandle EPOLL_WAIT = call("epoll_wait", I, I, L, I, I);
    private static final MethodHandle SENDTO = call("sendto", L, I, L, L, I, L, I);
    private static final MethodHandle RECVFROM = call("recvfrom", L, I, L, L, I, L, L);
    private static final MethodHandle SHUTDOWN = call("shutdown", I, I, I);
    private static final MethodHandle POLL = call("poll", I, L, L, I);
    private static final MethodHandle READLINK = call("readlink", L, L, L, L);
    private static final MethodHandle WRITE = call("write", L, I, L, L);
    private static final MethodHandle READ = call("read", L, I, L, L);
    private static final MethodHandle CLOSE = call("close", I, I);
    private static final MethodHandle CHMOD = call("chmod", I, L, I);
    private static final MethodHandle GETEUID = call("geteuid", I);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment capture = arena.allocate(CAPTURE);
    private final MemorySegment one = arena.allocate(8, 8);
    private final MemorySegment text = arena.allocate(4096, 8);
    private final MemorySegment message = arena.allocate(56 + 16 + 64, 8);
    private final MemorySegment option = arena.allocate(1024, 8);
    private final MemorySegment events = arena.allocate((long) EVENT_SIZE * EVENTS, 8);
    private final int[] descriptors = new int[MOST_DESCRIPTORS];
    private int descriptorCount;
    private int messageFlags;

    Posix() {
        one.set(L, 0, 1);
    }

    private static MethodHandle call(final String name, final MemoryLayout result, final MemoryLayout... arguments) {
        return link(name, FunctionDescriptor.of(result, arguments), Linker.Option.captureCallState("errno"));
    }

    private static MethodHandle variadic(
            final String name, final int fixed, final MemoryLayout result, final MemoryLayout... arguments) {
        return link(
                name,
                FunctionDescriptor.of(result, arguments),
                Linker.Option.captureCallState("errno"),
                Linker.Option.firstVariadicArg(fixed));
    }

    @SuppressWarnings("restricted")
    private static MethodHandle link(
            final String name, final FunctionDescriptor descriptor, final Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, options);
    }

    private static AssertionError impossible(final Throwable thrown) {
        return new AssertionError("a downcall threw", thrown);
    }

    private int result(final int value) {
        return value >= 0 ? value : -(int) ERRNO.get(capture, 0L);
    }

    private long result(final long value) {
        return value >= 0 ? value : -(int) ERRNO.get(capture, 0L);
    }

    /** An anonymous file of fixed {@code size} that nobody can grow, shrink or unseal. */
    int sealedMemory(final String name, final long size) {
        try {
            final int fd = result((int) MEMFD_CREATE.invokeExact(capture, put(name), MFD_CLOEXEC_ALLOW_SEALING));
            if (fd < 0) {
                return fd;
            }
            int failed = result((int) FTRUNCATE.invokeExact(capture, fd, size));
            if (failed == 0) {
                failed = result((int) FCNTL.invokeExact(capture, fd, F_ADD_SEALS, SEALS));
            }
            if (failed < 0) {
                close(fd);
                return failed;
            }
            return fd;
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Maps {@code size} bytes of {@code fd}, shared, readable and writable. */
    long map(final int fd, final long size) {
        try {
            return result((long) MMAP.invokeExact(capture, 0L, size, PROT_READ_WRITE, MAP_SHARED, fd, 0L));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Puts empty private memory where a mapping is, so that late accesses stay harmless. */
    long blank(final long address, final long size) {
        try {
            return result((long) MMAP.invokeExact(
                    capture, address, size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_FIXED_NORESERVE, -1, 0L));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    int unmap(final long address, final long size) {
        try {
            return result((int) MUNMAP.invokeExact(capture, address, size));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** A listening SOCK_SEQPACKET socket at {@code path}, non-blocking, open to its owner and group by {@code mode}. */
    int listen(final String path, final int mode, final int backlog) {
        try {
            final int fd = seqpacket();
            if (fd < 0) {
                return fd;
            }
            int failed = result((int) BIND.invokeExact(capture, fd, putAddress(path), 2 + PATH_ROOM));
            if (failed == 0) {
                failed = result((int) CHMOD.invokeExact(capture, put(path), mode));
            }
            if (failed == 0) {
                failed = result((int) LISTEN.invokeExact(capture, fd, backlog));
            }
            if (failed < 0) {
                close(fd);
                return failed;
            }
            return fd;
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Connects to the SOCK_SEQPACKET socket at {@code path}, non-blocking. */
    int connect(final String path) {
        try {
            final int fd = seqpacket();
            if (fd < 0) {
                return fd;
            }
            final int failed = result((int) CONNECT.invokeExact(capture, fd, putAddress(path), 2 + PATH_ROOM));
            if (failed < 0) {
                close(fd);
                return failed;
            }
            return fd;
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    private int seqpacket() throws Throwable {
        return result((int) SOCKET.invokeExact(capture, AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    }

    /** The next connection, non-blocking; {@code -EAGAIN} if there is none. */
    int accept(final int fd) {
        try {
            return result((int) ACCEPT4.invokeExact(capture, fd, 0L, 0L, SOCK_NONBLOCK | SOCK_CLOEXEC));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Receives one message into {@code length} bytes at {@code address}; its descriptors are {@link #descriptor}s. */
    int receive(final int fd, final long address, final int length) {
        prepare(address, length, 64);
        descriptorCount = 0;
        try {
            final long received =
                    result((long) RECVMSG.invokeExact(capture, fd, message.address(), MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
            if (received < 0) {
                return (int) received;
            }
            messageFlags = message.get(I, 48);
            if (message.get(L, 40) >= 16 && message.get(I, 80) == SOL_SOCKET && message.get(I, 84) == SCM_RIGHTS) {
                final int count = (int) ((message.get(L, 72) - 16) / 4);
                for (int i = 0; i < count; i++) {
                    final int passed = message.get(I, 88 + 4L * i);
                    if (descriptorCount < MOST_DESCRIPTORS) {
                        descriptors[descriptorCount++] = passed;
                    } else {
                        close(passed);
                    }
                }
            }
            return (int) received;
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** How many descriptors came with the last message; who takes one out closes it. */
    int descriptorCount() {
        return descriptorCount;
    }

    /** Takes descriptor {@code index} of the last message; -1 if there is none. */
    int descriptor(final int index) {
        if (index >= descriptorCount) {
            return -1;
        }
        final int fd = descriptors[index];
        descriptors[index] = -1;
        return fd;
    }

    /** Closes the descriptors of the last message that nobody took. */
    void closeDescriptors() {
        for (int i = 0; i < descriptorCount; i++) {
            if (descriptors[i] >= 0) {
                close(descriptors[i]);
            }
        }
        descriptorCount = 0;
    }

    /** Whether the last message was cut. */
    boolean truncated() {
        return (messageFlags & (MSG_CTRUNC | 0x20)) != 0;
    }

    /** Sends one message with up to two descriptors (-1: none), never blocking. */
    int send(final int fd, final long address, final int length, final int first, final int second) {
        final int count = first < 0 ? 0 : second < 0 ? 1 : 2;
        prepare(address, length, count == 0 ? 0 : 24);
        if (count > 0) {
            message.set(L, 72, 16 + 4L * count);
            message.set(I, 80, SOL_SOCKET);
            message.set(I, 84, SCM_RIGHTS);
            message.set(I, 88, first);
            message.set(I, 92, second);
        }
        try {
            return (int)
                    result((long) SENDMSG.invokeExact(capture, fd, message.address(), MSG_DONTWAIT | MSG_NOSIGNAL));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    private void prepare(final long address, final int length, final int control) {
        final long base = message.address();
        message.fill((byte) 0);
        message.set(L, 16, base + 56);
        message.set(L, 24, 1);
        message.set(L, 32, control == 0 ? 0 : base + 72);
        message.set(L, 40, control);
        message.set(L, 56, address);
        message.set(L, 64, length);
    }

    /** pid, uid and gid of the peer of a connected unix socket as {@code {pid, uid, gid}}; null if it cannot be told. */
    int[] peer(final int fd) {
        if (getOption(fd, SO_PEERCRED, 12) < 0) {
            return null;
        }
        return new int[] {option.get(I, 8), option.get(I, 12), option.get(I, 16)};
    }

    /** The peer's supplementary groups. */
    int[] peerGroups(final int fd) {
        final int length = getOption(fd, SO_PEERGROUPS, 1016);
        return length <= 0 ? new int[0] : option.asSlice(8, length).toArray(I);
    }

    /** The kernel's cookie of a socket; 0 if {@code fd} is none. */
    long cookie(final int fd) {
        return getOption(fd, SO_COOKIE, 8) < 0 ? 0 : option.get(L, 8);
    }

    private int getOption(final int fd, final int name, final int room) {
        option.set(I, 0, room);
        try {
            final int failed = result((int)
                    GETSOCKOPT.invokeExact(capture, fd, SOL_SOCKET, name, option.address() + 8, option.address()));
            return failed < 0 ? failed : option.get(I, 0);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** A non-blocking eventfd. */
    int eventDescriptor() {
        try {
            return result((int) EVENTFD.invokeExact(capture, 0, SOCK_NONBLOCK | SOCK_CLOEXEC));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Whether {@code fd} is an eventfd: nothing else may be written to by the loop. */
    boolean isEventDescriptor(final int fd) {
        try {
            final long length = result(
                    (long) READLINK.invokeExact(capture, put("/proc/self/fd/" + fd), text.address() + 1024, 64L));
            return length > 0
                    && new String(text.asSlice(1024, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII)
                            .equals("anon_inode:[eventfd]");
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    int setNonBlocking(final int fd) {
        try {
            return result((int) FCNTL.invokeExact(capture, fd, F_SETFL, SOCK_NONBLOCK | 2));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** A timer descriptor on CLOCK_MONOTONIC. */
    int timerDescriptor() {
        try {
            return result((int) TIMERFD_CREATE.invokeExact(capture, 1, SOCK_NONBLOCK | SOCK_CLOEXEC));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Lets a timer descriptor expire once, {@code nanos} from now; 0 disarms it. */
    int setTimer(final int fd, final long nanos) {
        option.set(L, 0, 0);
        option.set(L, 8, 0);
        option.set(L, 16, nanos / 1_000_000_000L);
        option.set(L, 24, nanos % 1_000_000_000L);
        try {
            return result((int) TIMERFD_SETTIME.invokeExact(capture, fd, 0, option.address(), 0L));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Adds 1 to an eventfd. */
    long signal(final int fd) {
        try {
            return result((long) WRITE.invokeExact(capture, fd, one.address(), 8L));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Writes bytes to a socket, never blocking, without SIGPIPE. */
    int sendBytes(final int fd, final long address, final int length) {
        try {
            return (int) result(
                    (long) SENDTO.invokeExact(capture, fd, address, (long) length, MSG_DONTWAIT | MSG_NOSIGNAL, 0L, 0));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Reads bytes from a socket, never blocking. */
    int receiveBytes(final int fd, final long address, final int length) {
        try {
            return (int) result((long) RECVFROM.invokeExact(capture, fd, address, (long) length, MSG_DONTWAIT, 0L, 0L));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    int shutdownWrite(final int fd) {
        try {
            return result((int) SHUTDOWN.invokeExact(capture, fd, 1));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Whether the last reference to the other end of a socketpair is gone. */
    boolean isHungUp(final int fd) {
        option.set(I, 0, fd);
        option.set(I, 4, 0);
        try {
            return result((int) POLL.invokeExact(capture, option.address(), 1L, 0)) > 0
                    && (option.get(ValueLayout.JAVA_SHORT, 6) & EPOLLHUP) != 0;
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Writes bytes to a non-blocking descriptor. */
    int write(final int fd, final long address, final int length) {
        try {
            return (int) result((long) WRITE.invokeExact(capture, fd, address, (long) length));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Reads bytes from a non-blocking descriptor. */
    int read(final int fd, final long address, final int length) {
        try {
            return (int) result((long) READ.invokeExact(capture, fd, address, (long) length));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    int close(final int fd) {
        try {
            return result((int) CLOSE.invokeExact(capture, fd));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    int effectiveUser() {
        try {
            return (int) GETEUID.invokeExact(capture);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    int epoll() {
        try {
            return result((int) EPOLL_CREATE1.invokeExact(capture, SOCK_CLOEXEC));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Adds {@code fd} to an epoll set; its events carry {@code data}. */
    int epollAdd(final int epoll, final int fd, final int interest, final long data) {
        Event.put(events, interest, data);
        try {
            return result((int) EPOLL_CTL.invokeExact(capture, epoll, 1, fd, events.address()));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    int epollRemove(final int epoll, final int fd) {
        try {
            return result((int) EPOLL_CTL.invokeExact(capture, epoll, 2, fd, events.address()));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** How many events there are, without waiting; {@link #eventData} and {@link #eventBits} have them. */
    int epollPoll(final int epoll) {
        try {
            return result((int) EPOLL_WAIT.invokeExact(capture, epoll, events.address(), EVENTS, 0));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** Waits up to {@code millis} until {@code fd} is readable. */
    int await(final int fd, final int millis) {
        option.set(I, 0, fd);
        option.set(I, 4, 1); // POLLIN
        try {
            return result((int) POLL.invokeExact(capture, option.address(), 1L, millis));
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    long eventData(final int index) {
        return events.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) index * EVENT_SIZE + EVENT_DATA);
    }

    int eventBits(final int index) {
        return events.get(ValueLayout.JAVA_INT_UNALIGNED, (long) index * EVENT_SIZE);
    }

    private static final class Event {
        static void put(final MemorySegment at, final int interest, final long data) {
            at.set(ValueLayout.JAVA_INT_UNALIGNED, 0, interest);
            at.set(ValueLayout.JAVA_LONG_UNALIGNED, EVENT_DATA, data);
        }
    }

    private long put(final String string) {
        text.setString(0, string);
        return text.address();
    }

    private long putAddress(final String path) {
        text.asSlice(2048, 2 + PATH_ROOM).fill((byte) 0);
        text.set(ValueLayout.JAVA_SHORT, 2048, (short) AF_UNIX);
        text.setString(2050, path);
        return text.address() + 2048;
    }

    @Override
    public void close() {
        arena.close();
    }
}
