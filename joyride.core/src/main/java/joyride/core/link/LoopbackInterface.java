package joyride.core.link;

import java.lang.foreign.Arena;
import joyride.api.memory.ReadsAhead;
import joyride.api.socket.SendRing;
import joyride.core.ip.NetworkEnvironment;

/**
 * The internal loopback: packets between addresses of this service wait in a bounded queue until the engine drains it. They
 * have no Ethernet header; payload may stay in its sender's ring.
 *
 * <p>Buffers are reused last in, first out: in steady state the few in use stay in the first-level cache. A packet that finds
 * no buffer is not made at all, so that the queue, as long as there are buffers, never overflows.
 */
public final class LoopbackInterface extends LinkInterface {
    /** The largest IPv4 packet there can be. */
    public static final int MTU = 65535;

    /** Packets whose bytes all fit here use a small buffer. */
    public static final int SMALL = 256;

    private static final int SMALL_BUFFERS = 8128;
    private static final int LARGE_BUFFERS = 64;
    private static final int SLOTS = SMALL_BUFFERS + LARGE_BUFFERS;
    private static final int MASK = SLOTS - 1;

    /** A drain hands over so many packets at most. */
    private static final int DRAIN = 1 << 16;

    /** So many packets' receivers read ahead before the first of the packets is handed over. */
    public static final int ROW = 32;

    private static final int AHEAD_STEPS = 3;

    private final BufferPool small;
    private final BufferPool large;
    private final long[] packets = new long[SLOTS];
    private final int[] lengths = new int[SLOTS];
    private final SendRing[] rings = new SendRing[SLOTS];
    private final ReadsAhead[] peers = new ReadsAhead[SLOTS];
    private final long[] positions = new long[SLOTS];
    private final int[] payloadLengths = new int[SLOTS];
    private final boolean[] larges = new boolean[SLOTS];
    private long pendingPacket;
    private boolean pendingLarge;
    private int head;
    private int tail;
    /** What was read ahead comes to. */
    private int ahead;

    /** Takes a packet from the queue: the IP layer. */
    public interface Receiver {
        /**
         * @param at where the IP header lies, for {@code length} bytes
         * @param ring where the payload lies, or null
         * @param peer as it was given to {@link LoopbackInterface#send}
         */
        void loopback(long at, int length, SendRing ring, long position, int payloadLength, Object peer);
    }

    public LoopbackInterface(final NetworkEnvironment environment, final Arena arena) {
        super("lo0", environment);
        small = new BufferPool(arena, SMALL, SMALL_BUFFERS);
        large = new BufferPool(arena, MTU + 1, LARGE_BUFFERS);
    }

    @Override
    public int mtu() {
        return MTU;
    }

    @Override
    public boolean loopback() {
        return true;
    }

    @Override
    public int pcapLinkType() {
        return PcapTap.RAW;
    }

    /**
     * A buffer for an IP packet of {@code length} bytes, at most {@link #MTU}; 0 if there is none. One at a time: what was allocated
     * before and neither sent nor cancelled is freed.
     */
    public long allocate(final int length) {
        cancel();
        final boolean big = length > SMALL;
        final long packet = big ? large.take() : small.take();
        pendingPacket = packet;
        pendingLarge = big;
        return packet;
    }

    /** Gives the allocated buffer back unsent. */
    public void cancel() {
        if (pendingPacket != 0) {
            (pendingLarge ? large : small).give(pendingPacket);
            pendingPacket = 0;
        }
    }

    /**
     * Queues the packet in the allocated buffer.
     *
     * @param length bytes in the buffer, header included
     * @param peer handed over with it; null: nothing
     */
    public void send(
            final int length,
            final SendRing ring,
            final long position,
            final int payloadLength,
            final ReadsAhead peer) {
        final long packet = pendingPacket;
        pendingPacket = 0;
        if (tap != null) {
            tap.loopback(environment.clock().nanoTime(), packet, length, ring, position, payloadLength);
        }
        final int slot = tail++ & MASK;
        packets[slot] = packet;
        lengths[slot] = length;
        larges[slot] = pendingLarge;
        rings[slot] = ring;
        positions[slot] = position;
        payloadLengths[slot] = payloadLength;
        if (peer != null) {
            peers[slot] = peer;
        }
    }

    private void readAhead(final int count) {
        int sum = 0;
        for (int step = 0; step < AHEAD_STEPS; step++) {
            for (int i = 0; i < count; i++) {
                final ReadsAhead peer = peers[head + i & MASK];
                if (peer != null) {
                    sum += peer.readAhead(step);
                }
            }
        }
        ahead = sum;
    }

    /** Packets that wait. */
    public int pending() {
        return tail - head;
    }

    /** Hands packets to {@code receiver}, also those queued meanwhile. @return how many */
    public int drain(final Receiver receiver) {
        if (head == tail) {
            return 0;
        }
        int packetCount = 0;
        long bytes = 0;
        while (head != tail && packetCount < DRAIN) {
            if (packetCount % ROW == 0) {
                readAhead(Math.min(tail - head, ROW));
            }
            final int slot = head & MASK;
            final long packet = packets[slot];
            final int length = lengths[slot];
            final SendRing ring = rings[slot];
            final int payloadLength = payloadLengths[slot];
            if (ring != null) {
                rings[slot] = null;
            }
            final Object peer = peers[slot];
            if (peer != null) {
                peers[slot] = null;
            }
            final boolean big = larges[slot];
            final long position = positions[slot];
            head++;
            receiver.loopback(packet, length, ring, position, payloadLength, peer);
            (big ? large : small).give(packet);
            bytes += length + payloadLength;
            packetCount++;
        }
        if (head == tail) {
            // From the first slot on again: few packets at a time then use few cache lines.
            head = 0;
            tail = 0;
        }
        counters().add(RX_PACKETS, packetCount);
        counters().add(RX_BYTES, bytes);
        counters().add(TX_PACKETS, packetCount);
        counters().add(TX_BYTES, bytes);
        return packetCount;
    }
}
