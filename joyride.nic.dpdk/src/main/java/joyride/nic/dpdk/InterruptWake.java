package joyride.nic.dpdk;

import joyride.linux.EventDescriptor;

/** The receive interrupt of a device that has one. */
final class InterruptWake implements WakeSource {
    private final short port;
    private final short queue;
    private final int descriptor;
    private final boolean counts;

    /** @param descriptor of the queue's interrupt */
    InterruptWake(final int port, final int queue, final int descriptor) {
        this.port = (short) port;
        this.queue = (short) queue;
        this.descriptor = descriptor;
        // Some devices give their own descriptor, whose bytes are frames.
        counts = EventDescriptor.is(descriptor);
    }

    @Override
    public int descriptor() {
        return descriptor;
    }

    @Override
    public boolean arm() {
        if (counts) {
            EventDescriptor.drain(descriptor);
        }
        try {
            final int on = (int) Functions.RX_INTERRUPT_ON.invokeExact(port, queue);
            return on == 0 || !counts;
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    @Override
    public void disarm() {
        try {
            final int ignored = (int) Functions.RX_INTERRUPT_OFF.invokeExact(port, queue);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    @Override
    public long reliableNanos() {
        return Long.MAX_VALUE;
    }

    @Override
    public void close() {
        // DPDK's
    }
}
