package joyride.nic.dpdk;

/** What wakes a loop that sleeps when frames arrive at a queue. Used by the queue's loop alone, but {@link #close}. */
interface WakeSource extends AutoCloseable {
    /** Polls readable when frames arrive; the same as long as the port runs. */
    int descriptor();

    /**
     * The loop is about to sleep, and polls the queue once more before. May be called again and again.
     *
     * @return whether {@link #descriptor} will tell of frames; else the queue must be polled
     */
    boolean arm();

    /** Frames have come: nothing need be told until {@link #arm}. */
    void disarm();

    /** How long a loop may rely on {@link #descriptor} alone, ns; {@link Long#MAX_VALUE}: for ever. */
    long reliableNanos();

    @Override
    void close();
}
