package joyride.nic.wire;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * An eventfd by which a sending loop wakes the receiving one. The receiver arms it before it sleeps and polls once more; a sender
 * that finds it armed signals once. While nobody sleeps it costs a look at a flag.
 */
@SuppressWarnings("restricted")
final class WakeDescriptor {
    private static final int EFD_CLOEXEC_NONBLOCK = 0x80800;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MethodHandle EVENTFD = handle("eventfd", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle READ = handle("read", FunctionDescriptor.of(LONG, INT, LONG, LONG));
    private static final MethodHandle WRITE = handle("write", FunctionDescriptor.of(LONG, INT, LONG, LONG));
    private static final MethodHandle CLOSE = handle("close", FunctionDescriptor.of(INT, INT));

    private final long one;
    private final long scratch;
    private volatile int descriptor = -1;
    private volatile boolean armed;
    private volatile boolean signalled;

    WakeDescriptor(final Arena arena) {
        final var memory = arena.allocate(16, 8);
        memory.set(LONG, 0, 1);
        one = memory.address();
        scratch = one + 8;
    }

    private static MethodHandle handle(final String name, final FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor);
    }

    /** The descriptor, made when first asked for; -1 if the system has none left: the queue is then polled. By the receiver. */
    int descriptor() {
        if (descriptor < 0) {
            try {
                descriptor = (int) EVENTFD.invokeExact(0, EFD_CLOEXEC_NONBLOCK);
            } catch (final Throwable e) {
                throw new IllegalStateException("eventfd", e);
            }
        }
        return descriptor;
    }

    /** The receiver is about to sleep; it polls once more after this. */
    void arm() {
        if (descriptor() >= 0) {
            armed = true;
            VarHandle.fullFence();
        }
    }

    /** The receiver polled: what was signalled is taken back. @param busy whether it found frames, and need not be woken */
    void polled(final boolean busy) {
        if (busy && armed) {
            armed = false;
        }
        if (signalled) {
            signalled = false;
            transfer(READ, scratch);
        }
    }

    /** The sender handed frames over. */
    void signal() {
        if (descriptor < 0) {
            return;
        }
        VarHandle.fullFence();
        if (armed) {
            armed = false;
            transfer(WRITE, one);
            signalled = true;
        }
    }

    private void transfer(final MethodHandle call, final long address) {
        try {
            // A full or empty eventfd refuses: it is in the state wanted.
            final long ignored = (long) call.invokeExact(descriptor, address, 8L);
        } catch (final Throwable e) {
            throw new IllegalStateException("eventfd", e);
        }
    }

    /** Both loops are done. */
    void close() {
        if (descriptor >= 0) {
            try {
                final int ignored = (int) CLOSE.invokeExact(descriptor);
            } catch (final Throwable e) {
                throw new IllegalStateException("close", e);
            }
            descriptor = -1;
        }
    }
}
