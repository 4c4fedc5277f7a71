package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;

/** Frees an mbuf as any other user of DPDK in the process would. */
final class FreeOne {
    private FreeOne() {}

    static void free(final long mbuf) {
        try (Arena arena = Arena.ofConfined()) {
            final long array = arena.allocate(8, 8).address();
            Memory.putLong(array, mbuf);
            Functions.FREE_BULK.invokeExact(array, 1);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }
}
