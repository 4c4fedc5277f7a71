package joyride.nic.dpdk;

/** How the loop of a queue sleeps: until something tells of frames, or until it is time to look. Used by the loop alone, but for what says otherwise. */
final class QueueSleep {
    private final IdlePolls idle;
    private WakeSource wake;
    private boolean armed;

    /** @param idle when to look at the queue if nothing tells of frames */
    QueueSleep(final IdlePolls idle) {
        this.idle = idle;
    }

    /** By a control thread, while no loop uses the queue. @param tells of frames; null: nothing does */
    void start(final WakeSource tells) {
        wake = tells;
        armed = false;
    }

    /** By a control thread, while no loop uses the queue. */
    void stop() {
        armed = false;
        if (wake != null) {
            wake.close();
            wake = null;
        }
    }

    /** Polls readable when frames arrive, or is -1. */
    int descriptor() {
        final WakeSource source = wake;
        return source == null ? -1 : source.descriptor();
    }

    /** The loop is about to sleep, and polls the queue once more before. */
    void arm() {
        if (wake != null) {
            armed = wake.arm();
        }
    }

    /** When to look at the queue at the latest, ns. */
    long nextEvent() {
        return armed ? idle.within(wake.reliableNanos()) : idle.next();
    }

    /** The queue was polled after {@link #arm} or {@link #nextEvent}; of polls after the first that found frames nothing need be told until the next of these. */
    void polled(final int frames) {
        idle.polled(frames);
        if (armed && frames > 0) {
            armed = false;
            wake.disarm();
        }
    }
}
