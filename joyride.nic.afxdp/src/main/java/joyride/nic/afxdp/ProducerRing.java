package joyride.nic.afxdp;

import joyride.api.memory.Memory;

/**
 * A ring that we fill and the kernel empties: the fill and the transmit ring. Positions count entries and wrap at 32 bits. Of
 * one thread.
 */
final class ProducerRing {
    private static final int NEED_WAKEUP = 1;

    private final long producerAt;
    private final long consumerAt;
    private final long flagsAt;
    private final long entries;
    private final int size;
    private final int shift;
    private int producer;
    private int consumer;

    /**
     * The ring at these addresses, where the kernel has put it.
     *
     * @param size entries, a power of two
     * @param shift an entry is {@code 1 << shift} bytes
     */
    ProducerRing(final RingPlace place, final int size, final int shift) {
        producerAt = place.producer();
        consumerAt = place.consumer();
        flagsAt = place.flags();
        entries = place.entries();
        this.size = size;
        this.shift = shift;
        producer = Memory.getInt(producerAt);
        consumer = Memory.getInt(consumerAt);
    }

    /** Free entries, of which the caller wants {@code wanted}: asks the kernel's position only if there seem to be fewer. */
    int room(final int wanted) {
        final int room = size - (producer - consumer);
        if (room >= wanted) {
            return room;
        }
        consumer = Memory.getIntAcquire(consumerAt);
        return size - (producer - consumer);
    }

    /** Where the entry {@code ahead} of the next one lies; there is room for it. */
    long entry(final int ahead) {
        return entries + ((long) (producer + ahead & size - 1) << shift);
    }

    /** Shows the kernel the next {@code count} entries. */
    void publish(final int count) {
        producer += count;
        Memory.putIntRelease(producerAt, producer);
    }

    /** Entries that the kernel has not taken yet. */
    int outstanding() {
        consumer = Memory.getIntAcquire(consumerAt);
        return producer - consumer;
    }

    /** The entry that is {@code behind} entries before the next one to fill. */
    long past(final int behind) {
        return entries + ((long) (producer - behind & size - 1) << shift);
    }

    /** Whether the kernel sleeps and wants a system call to look at this ring. It sets its flag and then looks at what we publish: so in between, a fence. */
    boolean needsWakeup() {
        Memory.fullFence();
        return (Memory.getIntVolatile(flagsAt) & NEED_WAKEUP) != 0;
    }
}
