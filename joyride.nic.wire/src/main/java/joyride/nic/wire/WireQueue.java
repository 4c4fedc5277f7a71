package joyride.nic.wire;

import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;

/** A port's one queue: the sending end of one lane and the receiving end of the other. */
final class WireQueue implements NicQueue {
    private final Lane out;
    private final Lane in;

    WireQueue(final Lane out, final Lane in) {
        this.out = out;
        this.in = in;
    }

    @Override
    public int receive(final PacketBatch batch) {
        return in.receive(batch);
    }

    @Override
    public void release(final PacketBatch batch) {
        in.release(batch);
    }

    @Override
    public long allocate() {
        return out.pool().allocate();
    }

    @Override
    public long address(final long handle) {
        return out.pool().address(handle);
    }

    @Override
    public int frameSize() {
        return out.pool().frameSize();
    }

    @Override
    public void free(final long handle) {
        out.pool().free(handle);
    }

    @Override
    public int transmit(final PacketBatch batch) {
        return out.transmit(batch);
    }

    @Override
    public int wakeDescriptor() {
        return in.wake().descriptor();
    }

    @Override
    public void armWake() {
        in.wake().arm();
    }

    @Override
    public long nextEvent() {
        return in.nextEvent();
    }
}
