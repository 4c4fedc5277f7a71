package joyride.nic.dpdk;

import java.lang.foreign.MemorySegment;
import joyride.api.memory.Memory;
import joyride.linux.Epoll;
import joyride.linux.UncertainMemory;

/**
 * A memif ring's interrupt. The protocol gives each ring an eventfd, and a flag in its head by which the receiver asks for it; DPDK's driver rings it
 * for others but asks for none itself. So the flag is set here, when the loop sleeps, and taken back when frames come.
 *
 * <p>The peer may leave and come back at any time, with other memory and another descriptor: the ring is looked for at each {@link #arm}, and
 * touched under the port's {@link MemifGuard}. DPDK's sender looks at the flag without a fence behind its store of
 * the ring's head, so that a frame may, very rarely, come without a signal: {@link #reliableNanos} bounds what that costs.
 */
@SuppressWarnings("restricted")
final class MemifWake implements WakeSource {
    /** Ends what a lost signal costs; 20 looks a second cost nothing worth measuring. */
    private static final long RELIABLE_NANOS = 50_000_000;

    // struct memif_queue
    private static final int QUEUE_POOL = 0;
    private static final int QUEUE_REGION = 20;
    private static final int QUEUE_PORT = 22;
    private static final int QUEUE_RING_OFFSET = 24;
    // By stable release: behind two counters, or three.
    private static final int[] QUEUE_INTERRUPT = {56, 64};
    // memif_ring_t
    private static final long COOKIE = 0x3E31F20L;
    private static final int RING_FLAGS = 4;
    private static final short POLLED = 1;
    private static final short INTERRUPT = 0;

    private final MemifGuard guard;
    private final long process;
    private final long queue;
    private final long interrupt;
    private final Epoll epoll = new Epoll();
    private final UncertainMemory memory = new UncertainMemory();
    private long armed;

    private MemifWake(final long process, final long queue, final long interrupt, final MemifGuard guard) {
        this.guard = guard;
        this.process = process;
        this.queue = queue;
        this.interrupt = interrupt;
    }

    /**
     * That of a queue of net_memif.
     *
     * @param queue the driver's own structure of it
     * @param guard of the port
     * @return null if anything there is not as in the releases that are known: the queue is polled then
     */
    static MemifWake of(
            final int port, final String device, final long queue, final long pool, final MemifGuard guard) {
        final long entry = Functions.DEVICES + (long) port * Layout.DEVICE_SIZE;
        try (UncertainMemory memory = new UncertainMemory()) {
            final long data = read(memory, entry + Layout.DEVICE_DATA);
            final long process = read(memory, entry + Layout.DEVICE_PRIVATE);
            final boolean known = process != 0
                    && read(memory, data) != 0
                    && name(data, device)
                    && read(memory, queue + QUEUE_POOL) == pool
                    && (read(memory, queue + QUEUE_REGION) >>> 16 & 0xffff) == port;
            final long interrupt = known ? interrupt(memory, queue) : 0;
            return interrupt != 0 ? new MemifWake(process, queue, interrupt, guard) : null;
        }
    }

    /** Where the queue's {@code rte_intr_handle} lies, or 0. A counter in its place is no address. */
    private static long interrupt(final UncertainMemory memory, final long queue) {
        for (final int offset : QUEUE_INTERRUPT) {
            final long at = read(memory, queue + offset);
            if (read(memory, at) != 0) {
                return at;
            }
        }
        return 0;
    }

    private static long read(final UncertainMemory memory, final long address) {
        return address != 0 && memory.read(address) == Long.BYTES ? memory.value() : 0;
    }

    private static boolean name(final long data, final String device) {
        return MemorySegment.ofAddress(data).reinterpret(64).getString(0).equals(device);
    }

    @Override
    public int descriptor() {
        return epoll.descriptor();
    }

    @Override
    public boolean arm() {
        if (!guard.enter()) {
            return false;
        }
        try {
            final long ring = ring();
            return ring != 0 && arm(ring);
        } finally {
            guard.leave(0);
        }
    }

    private boolean arm(final long ring) {
        final int descriptor = signal();
        if (descriptor < 0) {
            return false;
        }
        // Another connection's may have the same number: whether it is in the set only the kernel knows. EEXIST: it is.
        epoll.add(descriptor, Epoll.IN, 0);
        armed = ring;
        return memory.write(ring + RING_FLAGS, INTERRUPT) == Short.BYTES;
    }

    @Override
    public void disarm() {
        if (armed != 0 && guard.enter()) {
            if (ring() == armed) {
                memory.write(armed + RING_FLAGS, POLLED);
            }
            guard.leave(0);
        }
        armed = 0;
    }

    /** Where the ring lies now, or 0 if the peer is not there. */
    private long ring() {
        final int region = Memory.getShort(queue + QUEUE_REGION) & 0xffff;
        final long described = read(memory, process + region * 8L);
        final long at = read(memory, described);
        if (at == 0) {
            return 0;
        }
        final long ring = at + (Memory.getInt(queue + QUEUE_RING_OFFSET) & 0xffff_ffffL);
        return (read(memory, ring) & 0xffff_ffffL) == COOKIE ? ring : 0;
    }

    private int signal() {
        try {
            return (int) Functions.INTERRUPT_DESCRIPTOR.invokeExact(interrupt);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    @Override
    public long reliableNanos() {
        return RELIABLE_NANOS;
    }

    @Override
    public void close() {
        epoll.close();
        memory.close();
    }
}
