package joyride.ipc.shm;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Pairs of connected unix sockets. */
final class Pairs {
    private static final MethodHandle SOCKETPAIR = link();

    private Pairs() {}

    @SuppressWarnings("restricted")
    private static MethodHandle link() {
        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("socketpair"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS));
    }

    /** A pair of SOCK_SEQPACKET sockets. */
    static int[] make() {
        return make(5);
    }

    /** A pair of stream sockets. */
    static int[] streams() {
        return make(1 | 0x800);
    }

    private static int[] make(final int type) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment pair = arena.allocate(8, 4);
            if ((int) SOCKETPAIR.invokeExact(1, type | 0x80000, 0, pair) != 0) {
                throw new IllegalStateException("socketpair failed");
            }
            return pair.toArray(ValueLayout.JAVA_INT);
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
