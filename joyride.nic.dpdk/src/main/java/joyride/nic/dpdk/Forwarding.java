package joyride.nic.dpdk;

/** A way through two queues that frames go unseen: what DPDK calls io forwarding. Used by the loop that has both queues. */
public final class Forwarding {
    private final DpdkQueue from;
    private final DpdkQueue to;

    Forwarding(final DpdkQueue from, final DpdkQueue to) {
        this.from = from;
        this.to = to;
    }

    /**
     * Receives a burst by one queue and sends it on by the other.
     *
     * @param most frames, at most 128
     * @return frames that the other took; the rest is freed and counted there
     */
    public int turn(final int most) {
        return from.forward(to, most);
    }
}
