package joyride.nic.afxdp;

/** What a queue counts. Written by its loop alone; others read a number that may be a moment old. */
final class QueueCounters {
    private long rxPackets;
    private long rxBytes;
    private long txPackets;
    private long txBytes;
    private long txFull;
    private long notGathered;
    private long kicks;
    private long failedKicks;

    void received(final int packets, final long bytes) {
        rxPackets += packets;
        rxBytes += bytes;
    }

    void sent(final int packets, final long bytes) {
        txPackets += packets;
        txBytes += bytes;
    }

    /** A frame to send found the ring full. */
    void transmitFull() {
        txFull++;
    }

    /** A frame of several buffers was too long, or there was no slot to put it together in. */
    void notGathered() {
        notGathered++;
    }

    void kicked() {
        kicks++;
    }

    void kickFailed() {
        failedKicks++;
    }

    long rxPackets() {
        return rxPackets;
    }

    long rxBytes() {
        return rxBytes;
    }

    long txPackets() {
        return txPackets;
    }

    long txBytes() {
        return txBytes;
    }

    long txFull() {
        return txFull;
    }

    long notGatheredFrames() {
        return notGathered;
    }

    long kicks() {
        return kicks;
    }

    long failedKicks() {
        return failedKicks;
    }
}
