package joyride.nic.afpacket;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;
import joyride.linux.Sockets;

/**
 * The receiving half of a queue: slots of the kernel's ring, in order, lent to core and given back. Frames larger than a slot (merged
 * by GRO, or segments that a local sender left uncut) wait in the socket and are received into buffers of their own.
 */
final class ReceiveRing {
    private static final int LARGE_BUFFERS = 32;
    private static final int LARGE_ROOM = 65_536 + 64;

    /** Handles of large frames are negative: the buffer's index, inverted. Others are the slot's address. */
    private final long[] large = new long[LARGE_BUFFERS];

    private final int[] freeLarge = new int[LARGE_BUFFERS];
    private final int descriptor;
    private final long base;
    private final int slotSize;
    private final int mask;
    private final long[] counts;
    private int freeLargeCount = LARGE_BUFFERS;
    private int head;
    private int lent;

    /**
     * @param descriptor the socket
     * @param base of the ring
     * @param slots a power of two
     * @param counts by {@link PacketCounter}
     */
    ReceiveRing(
            final int descriptor,
            final long base,
            final int slotSize,
            final int slots,
            final long[] counts,
            final Arena arena) {
        this.descriptor = descriptor;
        this.base = base;
        this.slotSize = slotSize;
        this.mask = slots - 1;
        this.counts = counts;
        final long buffers =
                arena.allocate((long) LARGE_BUFFERS * LARGE_ROOM, 64).address();
        for (int i = 0; i < LARGE_BUFFERS; i++) {
            large[i] = buffers + (long) i * LARGE_ROOM;
            freeLarge[i] = i;
        }
    }

    int receive(final PacketBatch batch) {
        while (!batch.isFull()) {
            final long slot = base + (long) head * slotSize;
            final int status = Memory.getIntAcquire(slot + Packet.HEADER_STATUS);
            if ((status & Packet.STATUS_USER) == 0 || !take(batch, slot, status)) {
                break;
            }
            head = head + 1 & mask;
        }
        counts[PacketCounter.RX_FRAMES.ordinal()] += batch.size();
        return batch.size();
    }

    /** @return false: there is no buffer for a large frame now, it waits */
    private boolean take(final PacketBatch batch, final long slot, final int status) {
        final int length = Memory.getInt(slot + Packet.HEADER_LENGTH);
        if (Memory.getInt(slot + Packet.HEADER_CAPTURED) < length) {
            return takeLarge(batch, slot, status);
        }
        if ((status & Packet.STATUS_VLAN) != 0) {
            counts[PacketCounter.RX_DROP_VLAN.ordinal()]++;
            giveBack(slot);
            return true;
        }
        final int mac = Memory.getShort(slot + Packet.HEADER_MAC) & 0xffff;
        counts[PacketCounter.RX_BYTES.ordinal()] += length;
        batch.add(slot, slot + mac, length, flags(status));
        lent++;
        return true;
    }

    private boolean takeLarge(final PacketBatch batch, final long slot, final int status) {
        if ((status & Packet.STATUS_COPY) == 0) {
            counts[PacketCounter.RX_DROP_CUT.ordinal()]++;
            giveBack(slot);
            return true;
        }
        if (freeLargeCount == 0) {
            return false;
        }
        final int index = freeLarge[freeLargeCount - 1];
        final int length =
                Sockets.receive(descriptor, large[index], LARGE_ROOM, Sockets.MSG_DONTWAIT | Sockets.MSG_TRUNC, 0, 0);
        giveBack(slot);
        if (length <= 0 || length > LARGE_ROOM || (status & Packet.STATUS_VLAN) != 0) {
            counts[
                    (status & Packet.STATUS_VLAN) != 0
                            ? PacketCounter.RX_DROP_VLAN.ordinal()
                            : PacketCounter.RX_DROP_CUT.ordinal()]++;
            return true;
        }
        freeLargeCount--;
        counts[PacketCounter.RX_LARGE.ordinal()]++;
        counts[PacketCounter.RX_BYTES.ordinal()] += length;
        batch.add(~index, large[index], length, flags(status));
        lent++;
        return true;
    }

    /**
     * A checksum that is not ready is none that can be wrong: the sender is on this machine and the frame has only been in its memory, so
     * that the kernel left the sum to a device that does not need it. Everything else core verifies itself.
     */
    private int flags(final int status) {
        if ((status & Packet.STATUS_CHECKSUM_NOT_READY) == 0) {
            return 0;
        }
        counts[PacketCounter.RX_UNFINISHED.ordinal()]++;
        return Offload.RX_CHECKSUM_GOOD;
    }

    private static void giveBack(final long slot) {
        Memory.putIntRelease(slot + Packet.HEADER_STATUS, 0);
    }

    void release(final PacketBatch batch) {
        for (int i = 0; i < batch.size(); i++) {
            final long handle = batch.handle(i);
            if (handle < 0) {
                freeLarge[freeLargeCount++] = (int) ~handle;
            } else {
                giveBack(handle);
            }
        }
        lent -= batch.size();
        batch.clear();
    }

    /** Frames that core has and has not given back. */
    int lent() {
        return lent;
    }
}
