package joyride.nic.memif;

import java.lang.foreign.Arena;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import joyride.api.time.Clock;
import joyride.linux.EventDescriptor;

/** The queue of a port, over whatever link there is. A loop's, but for {@link #offer} and {@link #uses}, which are the control thread's. */
final class MemifQueue implements NicQueue {
    /** Bursts that core may have at a time. */
    private static final int BURSTS = 4;

    /** Peers without a fence between telling of frames and asking whether to interrupt are looked at so often nevertheless. */
    private static final long LOOK_NANOS = 50_000_000;

    private final Clock clock;
    private final MemifCounts counts;
    private final Frames frames;
    private final int frameSize;
    private final int wake;
    private final int control;
    private Kernels kernels;
    private volatile MemifLink offered;
    private volatile MemifLink used;

    /** Frames of earlier links are not this one's. */
    private long generation;

    private boolean armed;
    private long look;

    /**
     * @param frameSize bytes of a frame
     * @param wake polls readable when frames arrive or the link changes
     * @param control what of that the control thread signals
     */
    MemifQueue(
            final Clock clock,
            final MemifCounts counts,
            final Arena arena,
            final int frameSize,
            final int wake,
            final int control) {
        this.clock = clock;
        this.counts = counts;
        this.frameSize = frameSize;
        this.wake = wake;
        this.control = control;
        frames = new Frames(arena, BURSTS * PacketBatch.BURST, frameSize);
    }

    /** Before the queue is used. */
    void kernels(final Kernels given) {
        kernels = given;
    }

    /** From the loop's next turn on; null: none. */
    void offer(final MemifLink link) {
        offered = link;
        EventDescriptor.signal(control);
    }

    /** Whether the loop may still touch it. */
    boolean uses(final MemifLink link) {
        return used == link;
    }

    boolean linked() {
        return offered != null;
    }

    private MemifLink link() {
        MemifLink now = used;
        while (offered != now) {
            now = offered;
            used = now;
            // Whoever takes an offer back looks at what is used after that: one of the two sees the other.
            generation += 1L << 32;
            armed = false;
        }
        return now;
    }

    @Override
    public int receive(final PacketBatch batch) {
        final MemifLink link = link();
        if (link == null || link.violation() != null) {
            return 0;
        }
        link.receiver().receive(batch, frames, kernels);
        if (armed && batch.size() > 0) {
            armed = false;
            link.receiver().ring().interrupts(false);
        }
        return batch.size();
    }

    @Override
    public void release(final PacketBatch batch) {
        for (int i = batch.size() - 1; i >= 0; i--) {
            frames.give(batch.handle(i));
        }
        batch.clear();
    }

    @Override
    public long allocate() {
        final MemifLink link = link();
        if (link == null) {
            return 0;
        }
        final int position = link.transmitter().allocate();
        return position < 0 ? 0 : generation | position + 1L;
    }

    private static int position(final long handle) {
        return (int) handle - 1;
    }

    /** Whether a frame is of the link that is used now. */
    private boolean isCurrent(final long handle) {
        return (handle & ~0xffff_ffffL) == generation;
    }

    @Override
    public long address(final long handle) {
        return isCurrent(handle) ? used.transmitter().address(position(handle)) : 0;
    }

    @Override
    public int frameSize() {
        return frameSize;
    }

    @Override
    public void free(final long handle) {
        if (isCurrent(handle)) {
            used.transmitter().free(position(handle));
        }
    }

    @Override
    public int transmit(final PacketBatch batch) {
        final MemifLink link = used;
        int sent = 0;
        long bytes = 0;
        for (int i = 0; i < batch.size(); i++) {
            if (link != null && isCurrent(batch.handle(i))) {
                link.transmitter().send(position(batch.handle(i)), batch.length(i));
                bytes += batch.length(i);
                sent++;
            }
        }
        if (sent > 0) {
            link.transmitter().flush();
        }
        if (sent < batch.size()) {
            counts.add(MemifCounter.TX_DROP_DOWN, batch.size() - sent);
        }
        batch.clear();
        counts.add(MemifCounter.TX_FRAMES, sent);
        counts.add(MemifCounter.TX_BYTES, bytes);
        return sent;
    }

    @Override
    public int wakeDescriptor() {
        return wake;
    }

    @Override
    public void armWake() {
        EventDescriptor.drain(control);
        final MemifLink link = link();
        if (link != null) {
            EventDescriptor.drain(link.event());
            armed = true;
            look = clock.nanoTime() + LOOK_NANOS;
            link.receiver().ring().interrupts(true);
            Memory.fullFence();
        }
    }

    @Override
    public long nextEvent() {
        return armed ? look : Long.MAX_VALUE;
    }

    /** Frames that core has not given back. No loop uses it any more. */
    int lent() {
        final MemifLink link = used;
        return frames.lent() + (link == null ? 0 : link.transmitter().lent());
    }

    /** No loop uses it any more. */
    void close() {
        used = null;
        offered = null;
    }
}
