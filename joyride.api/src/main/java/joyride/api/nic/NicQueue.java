package joyride.api.nic;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A pair of receive and transmit queues, used by one event loop alone. Nothing here allocates, locks or blocks.
 *
 * <p>A frame is named by a handle that only the queue understands and lies at {@link #address}. Received frames belong to
 * core until {@link #release}, at the latest at the end of the turn. Frames to transmit are allocated here, filled, and
 * belong to the driver again from {@link #transmit} or {@link #free} on.
 */
@ConsumerType
public interface NicQueue {
    /** Fills an empty batch with received frames, at most its capacity; with bodies ({@link PacketBatch#body}) only if it takes them. */
    int receive(PacketBatch batch);

    /** Takes back all frames of a received batch, with their bodies, and empties it: as {@link #receive} left it. */
    void release(PacketBatch batch);

    /** A frame to transmit of {@link #frameSize} bytes, or 0 if there is none. */
    long allocate();

    /** Where the frame's first byte lies (the first byte of the Ethernet header). */
    long address(long handle);

    /** Bytes from {@link #address} on that may be written. */
    int frameSize();

    /** Gives an allocated frame back unsent. */
    void free(long handle);

    /**
     * Takes all frames of the batch, in order, and empties it. What the wire or ring has no room for is freed and counted
     * by the driver as dropped on transmit.
     *
     * @return how many were accepted
     */
    int transmit(PacketBatch batch);

    /**
     * Packets so far that {@link #transmit} freed because the device cannot do for them what their flags ask, as DPDK's {@code tx_prepare} finds. Where this
     * grows with segments to be cut ({@link Offload#TX_TCP_SEGMENTATION}), core cuts itself from then on.
     */
    default long refused() {
        return 0;
    }

    /** A descriptor that polls readable when frames arrive, or -1 if the queue can only be polled. */
    default int wakeDescriptor() {
        return -1;
    }

    /**
     * The earliest time at which {@link #receive} may have a frame that no descriptor will tell of, ns on the loop's clock; in
     * the past: now. A loop sleeps no longer than that, and a simulation moves time there.
     *
     * @return {@link Long#MAX_VALUE} if a descriptor tells of every frame, or the queue can only be polled
     */
    default long nextEvent() {
        return Long.MAX_VALUE;
    }

    /** Called before the loop sleeps, then the queue is polled once more: makes {@link #wakeDescriptor} tell. */
    default void armWake() {}
}
