package joyride.nic.afxdp;

import joyride.api.memory.Memory;

/** A ring that the kernel fills and we empty: the receive and the completion ring. Of one thread. */
final class ConsumerRing {
    private final long producerAt;
    private final long consumerAt;
    private final long entries;
    private final int size;
    private final int shift;
    private int producer;
    private int consumer;

    /** As {@link ProducerRing#ProducerRing}. */
    ConsumerRing(final RingPlace place, final int size, final int shift) {
        producerAt = place.producer();
        consumerAt = place.consumer();
        entries = place.entries();
        this.size = size;
        this.shift = shift;
        producer = Memory.getInt(producerAt);
        consumer = Memory.getInt(consumerAt);
    }

    /** Entries to take: looks at the kernel's position only when all that was known is taken. */
    int available() {
        final int known = producer - consumer;
        if (known != 0) {
            return known;
        }
        producer = Memory.getIntAcquire(producerAt);
        return producer - consumer;
    }

    /** Where the entry {@code ahead} of the next one lies; it is available. */
    long entry(final int ahead) {
        return entries + ((long) (consumer + ahead & size - 1) << shift);
    }

    /** Gives the next {@code count} entries back to the kernel. */
    void consumed(final int count) {
        consumer += count;
        Memory.putIntRelease(consumerAt, consumer);
    }

    /** All entries to take, by the kernel's position now. */
    int unread() {
        producer = Memory.getIntAcquire(producerAt);
        return producer - consumer;
    }
}
