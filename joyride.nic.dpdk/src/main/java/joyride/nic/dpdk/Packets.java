package joyride.nic.dpdk;

import joyride.api.memory.Memory;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;

/** Fills mbufs in for what is to be sent: lengths, what is asked of the device, and chains where a packet has several pieces. */
final class Packets {
    private static final int LINKED = 60;

    private Packets() {}

    /** Fills the mbufs of frames that ask for nothing, up to the first that does or has several mbufs. @return how many */
    static int fillPlain(final PacketBatch batch, final int count) {
        final long handles = Memory.pointer(batch.handles());
        final int[] lengths = batch.lengths();
        final int[] wanted = batch.flags();
        for (int i = 0; i < count; i++) {
            final long mbuf = Memory.pointer(Memory.getLong(handles + i * 8L));
            if (wanted[i] != 0 || Memory.getShort(mbuf + Layout.MBUF_SEGMENTS) != 1) {
                return i;
            }
            Memory.putLong(mbuf + Layout.MBUF_FLAGS, 0);
            Memory.putLong(mbuf + Layout.MBUF_PACKET_LENGTH, lengths(lengths[i]));
        }
        return count;
    }

    /** pkt_len, data_len, and a VLAN tag that no flag asks for. */
    private static long lengths(final int length) {
        return length | (long) length << 32;
    }

    /**
     * Fills the mbufs of the packet that begins at an entry.
     *
     * @return the last entry of the packet
     */
    static int fill(final PacketBatch batch, final int first) {
        final long mbuf = batch.handle(first);
        final int wanted = batch.flags(first);
        Memory.putLong(
                mbuf + Layout.MBUF_FLAGS, wanted == 0 ? 0 : TransmitOffload.set(mbuf, batch.address(first), wanted));
        if ((wanted & Offload.TX_CONTINUES) != 0) {
            return chain(batch, first);
        }
        if (Memory.getShort(mbuf + Layout.MBUF_SEGMENTS) == 1) {
            Memory.putLong(mbuf + Layout.MBUF_PACKET_LENGTH, lengths(batch.length(first)));
        }
        return first;
    }

    /** Makes one mbuf chain of the entries from {@code first} on that are one packet. @return the last of them */
    private static int chain(final PacketBatch batch, final int first) {
        final long head = batch.handle(first);
        long before = 0;
        int bytes = 0;
        int last = first - 1;
        do {
            last++;
            final long mbuf = batch.handle(last);
            final int length = batch.length(last);
            Memory.putShort(mbuf + Layout.MBUF_DATA_OFFSET, (int)
                    (batch.address(last) - Memory.getLong(mbuf + Layout.MBUF_BUFFER)));
            Memory.putShort(mbuf + Layout.MBUF_DATA_LENGTH, length);
            if (before != 0) {
                Memory.putLong(mbuf + Layout.MBUF_FLAGS, 0);
                Memory.putLong(before + Layout.MBUF_NEXT, mbuf);
            }
            before = mbuf;
            bytes += length;
        } while ((batch.flags(last) & Offload.TX_CONTINUES) != 0);
        Memory.putShort(head + Layout.MBUF_SEGMENTS, last - first + 1);
        Memory.putInt(head + Layout.MBUF_PACKET_LENGTH, bytes);
        return last;
    }

    /** Hangs an empty mbuf behind one of a single frame's, as a device does whose buffers are small. */
    static void link(final long mbuf, final long next) {
        Memory.putShort(mbuf + Layout.MBUF_SEGMENTS, 2);
        Memory.putInt(mbuf + Layout.MBUF_PACKET_LENGTH, LINKED);
        Memory.putShort(mbuf + Layout.MBUF_DATA_LENGTH, LINKED);
        Memory.putShort(next + Layout.MBUF_DATA_LENGTH, 0);
        Memory.putLong(mbuf + Layout.MBUF_NEXT, next);
    }
}
