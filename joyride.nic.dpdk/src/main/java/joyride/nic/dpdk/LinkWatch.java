package joyride.nic.dpdk;

import java.util.function.BooleanSupplier;
import joyride.api.nic.NicEvents;

/**
 * Tells of a link that comes and goes where no interrupt tells: net_memif has none, net_tap's reaches its driver alone. A look each half
 * second, on a thread of its own.
 */
final class LinkWatch implements AutoCloseable {
    private static final long LOOK_MILLIS = 500;

    private final BooleanSupplier link;
    private final NicEvents events;
    private final Thread thread;
    private boolean closed;

    /** @param before how the link is now */
    LinkWatch(final String name, final boolean before, final BooleanSupplier link, final NicEvents events) {
        this.link = link;
        this.events = events;
        thread = Thread.ofPlatform().daemon().name("watch-" + name).start(() -> run(before));
    }

    private void run(final boolean atFirst) {
        boolean before = atFirst;
        while (pause()) {
            final boolean now = link.getAsBoolean();
            if (now != before) {
                before = now;
                tell();
            }
        }
    }

    private synchronized boolean pause() {
        try {
            if (!closed) {
                wait(LOOK_MILLIS);
            }
        } catch (final InterruptedException e) {
            return false;
        }
        return !closed;
    }

    private synchronized void tell() {
        if (!closed) {
            events.changed();
        }
    }

    /** Nothing is told afterwards. Does not wait for the thread, which may wait for a lock of the caller's. */
    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
        thread.interrupt();
    }
}
