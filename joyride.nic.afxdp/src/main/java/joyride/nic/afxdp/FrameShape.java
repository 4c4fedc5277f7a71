package joyride.nic.afxdp;

/**
 * How a queue's memory is cut up.
 *
 * @param chunk bytes that the kernel writes one buffer of a received frame into, a power of two
 * @param receiveFrames chunks to receive into, a power of two
 * @param chunksOfSlot chunks in a row that a frame to send may take
 * @param transmitSlots slots for frames to send, a power of two
 */
record FrameShape(int chunk, int receiveFrames, int chunksOfSlot, int transmitSlots) {
    /** What the kernel keeps free before a received frame (XDP_PACKET_HEADROOM). */
    static final int HEADROOM = 256;

    /** Ethernet header and one VLAN tag. */
    static final int LINK_HEADER = 18;

    private static final int SMALL_CHUNK = 2048;
    private static final int LARGE_CHUNK = 4096;

    /** The shape for frames of {@code mtu} bytes of IP packet. */
    static FrameShape of(final int mtu, final int frames) {
        final int frame = mtu + LINK_HEADER;
        final int chunk = frame <= SMALL_CHUNK - HEADROOM ? SMALL_CHUNK : LARGE_CHUNK;
        return new FrameShape(chunk, frames, (frame + chunk - 1) / chunk, frames);
    }

    /** Whether a received frame of {@code mtu} bytes takes more than one chunk. */
    boolean scattered(final int mtu) {
        return mtu + LINK_HEADER > chunk - HEADROOM;
    }

    /** Bytes of a slot: the largest frame. */
    int slot() {
        return chunksOfSlot * chunk;
    }

    /** Entries of the rings to send by: a power of two, for as many pieces as the slots may have. */
    int transmitEntries() {
        return transmitSlots * Integer.highestOneBit(2 * chunksOfSlot - 1);
    }

    /** The largest IP packet. */
    int mtu() {
        return slot() - LINK_HEADER;
    }

    long bytes() {
        return (long) chunk * receiveFrames + (long) slot() * transmitSlots;
    }
}
