package joyride.nic.afpacket;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import joyride.linux.Sockets;

/** The port's one queue: a {@link ReceiveRing} and {@link TransmitFrames} over one socket. */
final class AfPacketQueue implements NicQueue {
    private final Arena arena = Arena.ofShared();
    private final long[] counts = new long[PacketCounter.values().length];
    private final MemorySegment error = arena.allocate(Integer.BYTES, 4);
    private final int descriptor;
    private final ReceiveRing receive;
    private final TransmitFrames transmit;
    private boolean quiet;

    /**
     * @param descriptor the socket
     * @param ring where its slots lie
     * @param frameSize bytes of the largest frame to send
     */
    AfPacketQueue(final int descriptor, final long ring, final int slotSize, final int frameSize, final int frames) {
        this.descriptor = descriptor;
        receive = new ReceiveRing(descriptor, ring, slotSize, frames, counts, arena);
        transmit = new TransmitFrames(descriptor, frameSize, Math.min(frames, 1024), counts, arena);
    }

    @Override
    public int receive(final PacketBatch batch) {
        final int count = receive.receive(batch);
        quiet &= count == 0;
        return count;
    }

    @Override
    public void release(final PacketBatch batch) {
        receive.release(batch);
    }

    @Override
    public long allocate() {
        return transmit.allocate();
    }

    @Override
    public long address(final long handle) {
        return transmit.address(handle);
    }

    @Override
    public int frameSize() {
        return transmit.frameSize();
    }

    @Override
    public void free(final long handle) {
        transmit.free(handle);
    }

    @Override
    public int transmit(final PacketBatch batch) {
        return transmit.transmit(batch);
    }

    @Override
    public int wakeDescriptor() {
        return descriptor;
    }

    /** An error, as after the device went down, keeps the descriptor readable until somebody asks for it. */
    @Override
    public void armWake() {
        if (quiet) {
            Sockets.option(descriptor, Sockets.SOL_SOCKET, Sockets.SO_ERROR, error.address(), Integer.BYTES);
        }
        quiet = true;
    }

    /** May be one burst old when another thread asks. */
    long count(final PacketCounter counter) {
        return counts[counter.ordinal()];
    }

    /** Frames that core has and has not given back, both ways. No thread uses the queue any more. */
    int lent() {
        return receive.lent() + transmit.lent();
    }

    /** Frees the memory. No thread uses the queue any more. */
    void close() {
        arena.close();
    }
}
