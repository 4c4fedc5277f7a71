package joyride.linux.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import joyride.linux.Libc;
import joyride.linux.SystemError;

/** bpf(2) with room for its arguments: used by one thread at a time, without allocating. */
final class BpfCall {
    static final int MAP_CREATE = 0;
    static final int MAP_LOOKUP = 1;
    static final int MAP_UPDATE = 2;
    static final int MAP_DELETE = 3;
    static final int PROGRAM_LOAD = 5;
    static final int PROGRAM_TEST_RUN = 10;
    static final int MAP_UPDATE_BATCH = 26;
    static final int MAP_DELETE_BATCH = 27;
    static final int LINK_CREATE = 28;

    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int EINVAL = 22;
    static final int ENOSYS = 38;

    /** The size of union bpf_attr as far as it is used here. */
    private static final int SIZE = 128;

    private static final long SYSTEM_CALL = System.getProperty("os.arch").equals("aarch64") ? 280 : 321;
    private static final MethodHandle SYSCALL =
            Libc.variadic("syscall", 1, Libc.LONG, Libc.LONG, Libc.INT, Libc.LONG, Libc.INT);

    private final MemorySegment attributes;

    BpfCall(final Arena arena) {
        attributes = arena.allocate(SIZE, 8);
    }

    BpfCall clear() {
        attributes.fill((byte) 0);
        return this;
    }

    BpfCall put(final int offset, final int value) {
        attributes.set(ValueLayout.JAVA_INT, offset, value);
        return this;
    }

    BpfCall put(final int offset, final long value) {
        attributes.set(ValueLayout.JAVA_LONG, offset, value);
        return this;
    }

    /** A name of at most 15 characters, as the kernel keeps it. */
    BpfCall name(final int offset, final String name) {
        for (int i = 0; i < Math.min(name.length(), 15); i++) {
            final char c = name.charAt(i);
            final boolean allowed = c < 128 && (Character.isLetterOrDigit(c) || c == '_' || c == '.');
            attributes.set(ValueLayout.JAVA_BYTE, offset + i, (byte) (allowed ? c : '_'));
        }
        return this;
    }

    int get(final int offset) {
        return attributes.get(ValueLayout.JAVA_INT, offset);
    }

    /** @return what the call returns, or -errno */
    int call(final int command) {
        final MemorySegment errno = Libc.errno();
        try {
            final long result = (long) SYSCALL.invokeExact(errno, SYSTEM_CALL, command, attributes.address(), SIZE);
            return (int) Libc.result(errno, result);
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** The exception for a call that returned {@code -errno}. */
    static BpfException failed(final String what, final int result) {
        final int errno = -result;
        final String why = switch (errno) {
            case EPERM -> "not permitted; it needs root, or the capabilities CAP_BPF and CAP_NET_ADMIN";
            case ENOSYS -> "this kernel is built without BPF; it needs CONFIG_BPF_SYSCALL";
            default -> SystemError.text(errno);
        };
        return new BpfException(what + ": " + why, errno);
    }
}
