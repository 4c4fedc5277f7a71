package joyride.ipc.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import joyride.api.memory.Memory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AllocationTest {
    private static final int ROUNDS = 20_000;

    /** The first rounds run before the JVM has compiled everything, which may take long beside other work. */
    private static final int MOST_ROUNDS = 60;

    @TempDir
    Path directory;

    @Test
    void shouldAllocateNothingWhenRequestsGoByInSteadyState() {
        final com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long self = Thread.currentThread().threadId();
        try (Rig rig = new Rig(directory)) {
            final SyntheticProgram server = rig.program("server");
            final SyntheticProgram client = rig.program("client");
            server.listen("127.77.0.1", 80, 8);
            rig.turn();
            client.connect("127.77.0.1", 80);
            final int listener = server.callSlotOf();
            rig.turn();
            final int near = client.callSlotOf();
            final int far = server.accept(listener);
            rig.turn();
            final byte[] request = new byte[300];
            long least = Long.MAX_VALUE;
            for (int round = 0; round < MOST_ROUNDS && least > 0; round++) {
                long allocated = 0;
                for (int i = 0; i < ROUNDS; i++) {
                    client.write(near, request, 0);
                    server.write(far, request, 0);
                    final long before = threads.getThreadAllocatedBytes(self);
                    rig.transport.poll();
                    rig.host.network.pump();
                    rig.transport.flush();
                    allocated += threads.getThreadAllocatedBytes(self) - before;
                    skip(server, far);
                    skip(client, near);
                }
                least = Math.min(least, allocated);
            }
            assertEquals(0, least, "bytes allocated in " + ROUNDS + " turns");
        }
    }

    /** Reads without making an array. */
    private static void skip(final SyntheticProgram program, final int slot) {
        final long at = program.socket(slot);
        Memory.putLongRelease(at + ShmLayout.SOCKET_RX_CONS, Memory.getLongAcquire(at + ShmLayout.SOCKET_RX_PROD));
        program.markDirty(slot);
    }
}
