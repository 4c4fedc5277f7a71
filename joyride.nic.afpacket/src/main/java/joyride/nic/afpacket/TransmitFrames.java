package joyride.nic.afpacket;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;
import joyride.api.nic.PacketBatch;
import joyride.linux.Sockets;

/**
 * The sending half of a queue: frames of our own memory, handed over by one sendmmsg a burst, which copies them, so that they are
 * free again at once. A transmit ring was measured to be a sixth slower.
 */
final class TransmitFrames {
    private static final int MESSAGE = 64;
    private static final int VECTOR = 16;
    private static final int MESSAGE_VECTOR = 16;
    private static final int MESSAGE_VECTORS = 24;

    private final int descriptor;
    private final int frameSize;
    private final int stride;
    private final long base;
    private final long messages;
    private final long vectors;
    private final int[] free;
    private final boolean[] allocated;
    private final long[] counts;
    private int freeCount;

    /** @param frameSize bytes of the largest frame, Ethernet header included */
    TransmitFrames(
            final int descriptor, final int frameSize, final int frames, final long[] counts, final Arena arena) {
        this.descriptor = descriptor;
        this.frameSize = frameSize;
        this.counts = counts;
        stride = frameSize + 63 & -64;
        base = arena.allocate((long) stride * frames, 64).address();
        free = new int[frames];
        allocated = new boolean[frames];
        for (int i = 0; i < frames; i++) {
            free[i] = frames - 1 - i;
        }
        freeCount = frames;
        messages = arena.allocate((long) MESSAGE * PacketBatch.BURST, 8).address();
        vectors = arena.allocate((long) VECTOR * PacketBatch.BURST, 8).address();
        for (int i = 0; i < PacketBatch.BURST; i++) {
            Memory.putLong(messages + (long) i * MESSAGE + MESSAGE_VECTOR, vectors + (long) i * VECTOR);
            Memory.putLong(messages + (long) i * MESSAGE + MESSAGE_VECTORS, 1);
        }
    }

    int frameSize() {
        return frameSize;
    }

    /** A frame's number from 1 on, or 0. */
    long allocate() {
        if (freeCount == 0) {
            return 0;
        }
        final int index = free[--freeCount];
        allocated[index] = true;
        return index + 1L;
    }

    long address(final long handle) {
        return base + (handle - 1) * stride;
    }

    void free(final long handle) {
        final int index = (int) handle - 1;
        if (handle < 1 || handle > allocated.length || !allocated[index]) {
            throw new IllegalStateException("frame " + handle + " was not allocated");
        }
        allocated[index] = false;
        free[freeCount++] = index;
    }

    /** Frames that core has and has neither sent nor given back. */
    int lent() {
        return free.length - freeCount;
    }

    int transmit(final PacketBatch batch) {
        final int count = batch.size();
        int accepted = 0;
        for (int from = 0; from < count; from += PacketBatch.BURST) {
            accepted += send(batch, from, Math.min(count - from, PacketBatch.BURST));
        }
        for (int i = 0; i < count; i++) {
            free(batch.handle(i));
        }
        batch.clear();
        return accepted;
    }

    private int send(final PacketBatch batch, final int from, final int count) {
        for (int i = 0; i < count; i++) {
            Memory.putLong(vectors + (long) i * VECTOR, batch.address(from + i));
            Memory.putLong(vectors + (long) i * VECTOR + 8, batch.length(from + i));
        }
        int done = 0;
        int accepted = 0;
        while (done < count) {
            final int sent = Sockets.sendMany(descriptor, messages + (long) done * MESSAGE, count - done);
            if (sent > 0) {
                sent(batch, from + done, sent);
                done += sent;
                accepted += sent;
            } else {
                final int lost = lost(-sent, count - done);
                done += lost;
            }
        }
        return accepted;
    }

    private void sent(final PacketBatch batch, final int from, final int count) {
        long bytes = 0;
        for (int i = from; i < from + count; i++) {
            bytes += batch.length(i);
        }
        counts[PacketCounter.TX_FRAMES.ordinal()] += count;
        counts[PacketCounter.TX_BYTES.ordinal()] += bytes;
    }

    /** @return how many of the frames that wait are lost by this refusal */
    private int lost(final int errno, final int waiting) {
        switch (errno) {
            case Failures.EAGAIN -> {
                counts[PacketCounter.TX_DROP_FULL.ordinal()] += waiting;
                return waiting;
            }
            case Failures.ENOBUFS -> {
                counts[PacketCounter.TX_DROP_FULL.ordinal()]++;
                return 1;
            }
            case Failures.ENETDOWN, Failures.ENXIO, Failures.ENODEV -> {
                counts[PacketCounter.TX_DROP_DOWN.ordinal()] += waiting;
                return waiting;
            }
            default -> {
                counts[PacketCounter.TX_DROP_REFUSED.ordinal()]++;
                return 1;
            }
        }
    }
}
