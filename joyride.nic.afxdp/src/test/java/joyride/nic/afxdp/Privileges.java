package joyride.nic.afxdp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import joyride.linux.Libc;

/** Takes capabilities from the calling thread alone, for good: tests run on a thread of their own. */
final class Privileges {
    static final int NET_ADMIN = 12;
    static final int NET_RAW = 13;
    static final int IPC_LOCK = 14;
    static final int SYS_ADMIN = 21;
    static final int BPF = 39;

    private static final int VERSION_3 = 0x2008_0522;
    private static final MethodHandle CAPGET = Libc.call("capget", Libc.INT, Libc.LONG, Libc.LONG);
    private static final MethodHandle CAPSET = Libc.call("capset", Libc.INT, Libc.LONG, Libc.LONG);

    private Privileges() {}

    static void drop(final int... capabilities) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment header = arena.allocate(8, 8);
            final MemorySegment data = arena.allocate(24, 8);
            header.set(ValueLayout.JAVA_INT, 0, VERSION_3);
            final MemorySegment errno = Libc.errno();
            assertEquals(0, Libc.result(errno, (int) CAPGET.invokeExact(errno, header.address(), data.address())));
            for (final int capability : capabilities) {
                for (int set = 0; set < 3; set++) {
                    final long at = capability / 32 * 12L + set * 4L;
                    final int bits = data.get(ValueLayout.JAVA_INT, at);
                    data.set(ValueLayout.JAVA_INT, at, bits & ~(1 << capability % 32));
                }
            }
            assertEquals(0, Libc.result(errno, (int) CAPSET.invokeExact(errno, header.address(), data.address())));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }
}
