package joyride.core.transport;

/** How a hand-over of connections goes. Written on the engine's thread, step by step. */
public final class HandOver {
    private long moved;
    private long refused;
    private String failure;

    /** A connection has its new variant or congestion control. */
    public void moved() {
        moved++;
    }

    /** A connection kept what it has: the newcomer refused it or threw. @param why one phrase; the first one is kept */
    public void refused(final String why) {
        refused++;
        if (failure == null) {
            failure = why;
        }
    }

    public long movedCount() {
        return moved;
    }

    public long refusedCount() {
        return refused;
    }

    /** Why the first one was refused, or null. */
    public String failure() {
        return failure;
    }
}
