package joyride.nic.afpacket;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;
import joyride.api.nic.PacketBatch;
import joyride.linux.Descriptors;
import joyride.linux.Sockets;

/** Runs a queue over a ring in plain memory and a unix socketpair until its code is compiled: no device, no privilege. */
final class Rehearsal {
    private static final long NANOS = 700_000_000L;
    private static final int SLOT = 2048;
    private static final int SLOTS = 256;
    private static final int MAC = 80;
    private static final int LENGTH = 1000;

    private Rehearsal() {}

    static void run() {
        final int[] pair = Sockets.pair(Sockets.SOCK_DGRAM | Sockets.SOCK_NONBLOCK);
        if (pair == null) {
            throw new IllegalStateException("no descriptors left for a rehearsal");
        }
        try (Arena arena = Arena.ofConfined()) {
            final long ring = arena.allocate((long) SLOT * SLOTS, 64).address();
            final long sink = arena.allocate(SLOT).address();
            final AfPacketQueue queue = new AfPacketQueue(pair[0], ring, SLOT, SLOT, SLOTS);
            final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
            final long end = System.nanoTime() + NANOS;
            int next = 0;
            while (System.nanoTime() < end) {
                for (int i = 0; i < PacketBatch.BURST; i++) {
                    arrive(ring + (long) next * SLOT, i % 8 == 0 ? Packet.STATUS_CHECKSUM_NOT_READY : 0);
                    next = (next + 1) % SLOTS;
                }
                require(queue.receive(batch) == PacketBatch.BURST, "received " + batch.size());
                queue.release(batch);
                require(queue.receive(batch) == 0, "received what has not arrived");
                send(queue, batch);
                while (Sockets.receive(pair[1], sink, SLOT) > 0) {
                    // The peer takes the frames.
                }
                queue.armWake();
            }
            require(queue.lent() == 0, queue.lent() + " frames are missing");
            queue.close();
        } finally {
            Descriptors.close(pair[0]);
            Descriptors.close(pair[1]);
        }
    }

    /** Does what the kernel does when a frame comes. */
    private static void arrive(final long slot, final int status) {
        Memory.putInt(slot + Packet.HEADER_LENGTH, LENGTH);
        Memory.putInt(slot + Packet.HEADER_CAPTURED, LENGTH);
        Memory.putShort(slot + Packet.HEADER_MAC, MAC);
        Memory.putIntRelease(slot + Packet.HEADER_STATUS, Packet.STATUS_USER | status);
    }

    private static void send(final AfPacketQueue queue, final PacketBatch batch) {
        for (int i = 0; i < PacketBatch.BURST; i++) {
            final long frame = queue.allocate();
            Memory.putLong(queue.address(frame), i);
            if (i % 8 == 7) {
                queue.free(frame);
            } else {
                batch.add(frame, queue.address(frame), LENGTH, 0);
            }
        }
        queue.transmit(batch);
    }

    private static void require(final boolean holds, final String otherwise) {
        if (!holds) {
            throw new IllegalStateException("af_packet's rehearsal: " + otherwise);
        }
    }
}
