package joyride.nic.memif;

import java.lang.foreign.Arena;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;
import joyride.api.time.Clock;
import joyride.linux.EventDescriptor;

/** The queue of a port, over whatever link there is. A loop's, but for {@link #offer} and {@link #uses}, which are the control thread's. */
final class MemifQueue implements NicQueue {
    /** Bursts that core may have at a time. */
    private static final int BURSTS = 4;

    /** Units that core may have at a time, and the bytes of one. */
    private static final int UNITS = 32;

    private static final int UNIT = 65535 + MemifSettings.HEADERS;

    private static final int OFFLOADS = Offload.TX_IPV4_CHECKSUM
            | Offload.TX_TRANSPORT_CHECKSUM
            | Offload.TX_TCP_SEGMENTATION
            | Offload.TX_TCP6_SEGMENTATION
            | Offload.TX_CONTINUES;

    /** Peers without a fence between telling of frames and asking whether to interrupt are looked at so often nevertheless. */
    private static final long LOOK_NANOS = 50_000_000;

    private final Clock clock;
    private final MemifCounts counts;
    private final Frames frames;
    private final int frameSize;
    private final int mtu;
    private final int wake;
    private final int control;
    private Kernels kernels;
    private volatile MemifLink offered;
    private volatile MemifLink used;

    /** Frames of earlier links are not this one's. */
    private long generation;

    /** Packets that were given for a peer that would not understand them. */
    private long refused;

    private boolean armed;
    private long look;

    /**
     * @param frameSize bytes of a frame
     * @param units whether units may be received
     * @param wake polls readable when frames arrive or the link changes
     * @param control what of that the control thread signals
     */
    MemifQueue(
            final Clock clock,
            final MemifCounts counts,
            final Arena arena,
            final int frameSize,
            final boolean units,
            final int wake,
            final int control) {
        this.clock = clock;
        this.counts = counts;
        this.frameSize = frameSize;
        this.wake = wake;
        this.control = control;
        mtu = frameSize - MemifSettings.HEADERS;
        frames = new Frames(arena, BURSTS * PacketBatch.BURST, frameSize, units ? UNITS : 0, UNIT);
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
        // Core is still to read what lies in the old one's memory.
        while (offered != now && (now == null || !now.receiver().lends())) {
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
        link.receiver().receive(batch, frames, mtu, kernels);
        if (armed && batch.size() > 0) {
            armed = false;
            link.receiver().ring().interrupts(false);
        }
        return batch.size();
    }

    @Override
    public void release(final PacketBatch batch) {
        int bodies = 0;
        for (int i = batch.size() - 1; i >= 0; i--) {
            frames.give(batch.handle(i));
            bodies += batch.body(i) == 0 ? 0 : 1;
        }
        if (bodies > 0) {
            used.receiver().release(bodies);
        }
        batch.clear();
    }

    @Override
    public long allocate() {
        // The link changes between turns alone: a packet lies in the buffers of one.
        final MemifLink link = used == null ? link() : used;
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
        final MemifLink link = used;
        return link == null ? frameSize : link.transmitter().room();
    }

    /** What may be left to the peer, bits of {@link Offload}; any thread. */
    int offloads() {
        final MemifLink link = offered;
        return link == null || !link.transmitter().offload() ? 0 : OFFLOADS;
    }

    /** Buffers that a packet may be in; any thread. */
    int pieces() {
        final MemifLink link = offered;
        return link == null ? 1 : link.transmitter().pieces();
    }

    @Override
    public long refused() {
        return refused;
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
        int units = 0;
        long bytes = 0;
        for (int i = 0; i < batch.size(); i++) {
            if (link == null || !isCurrent(batch.handle(i))) {
                counts.add(MemifCounter.TX_DROP_DOWN, 1);
                continue;
            }
            final int flags = batch.flags(i);
            if (flags != 0 && !link.transmitter().offload()) {
                i = refuse(link, batch, i);
                continue;
            }
            if ((flags & Offload.TX_IPV4_CHECKSUM) != 0) {
                HeaderChecksum.complete(batch.address(i), batch.length(i));
            }
            link.transmitter().send(position(batch.handle(i)), batch.length(i), flags == 0 ? 0 : word(flags));
            bytes += batch.length(i);
            units += (flags & Offload.TX_TCP_SEGMENTATION) != 0 ? 1 : 0;
            sent++;
        }
        if (sent > 0) {
            link.transmitter().flush();
        }
        batch.clear();
        counts.add(MemifCounter.TX_FRAMES, sent);
        counts.add(MemifCounter.TX_BYTES, bytes);
        if (units > 0) {
            counts.add(MemifCounter.TX_UNITS, units);
        }
        return sent;
    }

    /** The link is another one than core knows of, whose peer would not understand the packet at {@code first}. @return its last entry */
    private int refuse(final MemifLink link, final PacketBatch batch, final int first) {
        int last = first;
        while ((batch.flags(last) & Offload.TX_CONTINUES) != 0) {
            last++;
        }
        for (int i = last; i >= first; i--) {
            link.transmitter().free(position(batch.handle(i)));
        }
        refused++;
        counts.add(MemifCounter.TX_DROP_REFUSED, 1);
        return last;
    }

    /** What the descriptor says of a frame. */
    private static int word(final int flags) {
        int word = (flags & Offload.TX_CONTINUES) == 0 ? 0 : Transmitter.MORE;
        if ((flags & Offload.TX_TRANSPORT_CHECKSUM) != 0) {
            word |= MemifProtocol.NO_CHECKSUM;
        }
        if ((flags & Offload.TX_TCP_SEGMENTATION) != 0) {
            word |= MemifProtocol.UNIT | Offload.segmentSize(flags);
        }
        return word;
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
