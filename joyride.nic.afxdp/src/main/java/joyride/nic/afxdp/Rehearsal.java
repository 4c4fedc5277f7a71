package joyride.nic.afxdp;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;
import joyride.api.nic.PacketBatch;
import joyride.api.time.Clock;

/** Runs a queue on private rings until its code is compiled: bursts are sent, come back, and are given back. */
final class Rehearsal {
    private static final int FRAMES = 256;
    private static final int MTU = 1500;
    private static final int TURNS = 20_000;

    private Rehearsal() {}

    /** @throws IllegalStateException if a frame is lost */
    static void run(final Clock clock) {
        final FrameMemory memory = new FrameMemory(FrameShape.of(MTU, FRAMES));
        try (Arena arena = Arena.ofConfined()) {
            final MirrorKernel kernel = new MirrorKernel(arena, memory, 0);
            final AfXdpQueue queue =
                    new AfXdpQueue(memory, kernel.rings(), kernel, new QueueMode(true, false, false), clock);
            final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
            for (int turn = 0; turn < TURNS; turn++) {
                turn(queue, batch, 1 + turn % PacketBatch.BURST);
            }
            if (queue.lent() != 0 || queue.send().lent() != 0 || queue.send().drain() != 0) {
                throw new IllegalStateException("rehearsal: frames are lost");
            }
        } finally {
            memory.unmap();
        }
    }

    private static void turn(final AfXdpQueue queue, final PacketBatch batch, final int count) {
        for (int i = 0; i < count; i++) {
            final long frame = queue.allocate();
            Memory.putLong(queue.address(frame), i);
            batch.add(frame, queue.address(frame), MTU, 0);
        }
        queue.transmit(batch);
        if (queue.receive(batch) != count) {
            throw new IllegalStateException("rehearsal: " + batch.size() + " of " + count + " frames came back");
        }
        for (int i = 0; i < count; i++) {
            if (Memory.getLong(batch.address(i)) != i) {
                throw new IllegalStateException("rehearsal: frame " + i + " came back as another");
            }
        }
        queue.release(batch);
    }
}
