package joyride.nic.dpdk;

import java.util.function.BooleanSupplier;
import joyride.api.nic.NicEvents;

/**
 * Tells of a link that comes and goes where no interrupt tells: net_memif has none, net_tap's reaches its driver alone. A look each half
 * second, on a thread of its own.
 */
final class LinkWatch implements AutoCloseable {
    private static final long LOOK_MILLIS = 500;

    /** Looks at a link that is down before it is told of once more. */
    private static final int PATIENCE = 10;

    private final BooleanSupplier link;
    private final NicEvents events;
    private final boolean again;
    private final Thread thread;
    private boolean closed;

    /**
     * @param before how the link is now
     * @param again whether a link that stays down is told of once more, 5 s after the last time that it was
     */
    LinkWatch(
            final String name,
            final boolean before,
            final BooleanSupplier link,
            final NicEvents events,
            final boolean again) {
        this.link = link;
        this.events = events;
        this.again = again;
        thread = Thread.ofPlatform().daemon().name("watch-" + name).start(() -> run(before));
    }

    private void run(final boolean atFirst) {
        boolean before = atFirst;
        int down = 0;
        while (pause()) {
            final boolean now = link.getAsBoolean();
            down = now ? 0 : down + 1;
            if (now != before || again && down == PATIENCE) {
                before = now;
                down = 0;
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
