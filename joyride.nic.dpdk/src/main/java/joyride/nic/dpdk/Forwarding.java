package joyride.nic.dpdk;

/** A way through two queues that frames go unseen: what DPDK calls io forwarding. Used by the loop that has both queues. */
public final class Forwarding {
    private final Receiver receiver;
    private final MbufCache cache;
    private final Transmitter transmitter;
    private final long mbufs;

    /**
     * @param receiver of one queue, and its cache
     * @param transmitter of the other
     * @param mbufs array of {@link Returned#MOST} that nobody else uses
     */
    Forwarding(final Receiver receiver, final MbufCache cache, final Transmitter transmitter, final long mbufs) {
        this.receiver = receiver;
        this.cache = cache;
        this.transmitter = transmitter;
        this.mbufs = mbufs;
    }

    /**
     * Receives a burst by one queue and sends it on by the other.
     *
     * @param most frames, at most 128
     * @return frames that the other took; the rest is freed and counted there
     */
    public int turn(final int most) {
        if (!receiver.isRunning()) {
            return 0;
        }
        cache.enter();
        // Nothing but counts is kept over a call: fields are as quick to read again as what the compiler would put on
        // the stack, and are not written before.
        final int room = Math.min(most, Returned.MOST);
        final int came = receiver.call(mbufs, room);
        final int count = receiver.polled(mbufs, came, room);
        if (count == 0) {
            return 0;
        }
        if (!transmitter.isRunning() || transmitter.callbacks() != 0) {
            return transmitter.pass(mbufs, count);
        }
        final int taken = transmitter.call(mbufs, count);
        if (taken < count) {
            transmitter.drop(mbufs + taken * 8L, count - taken);
        }
        return taken;
    }
}
