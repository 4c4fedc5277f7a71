package joyride.nic.memif;

import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;

/** TCP and UDP over IPv4 or IPv6 as core makes them for a port that completes checksums and cuts. */
final class Segment {
    /** Both checksums are left to the port. */
    static final int CHECKSUMS_LEFT = Offload.TX_IPV4_CHECKSUM | Offload.TX_TRANSPORT_CHECKSUM;

    static final int TCP = 6;
    static final int UDP = 17;
    private static final int ETHERNET = 14;

    private Segment() {}

    /** Bytes before the payload. */
    static int headers(final boolean v6, final int protocol) {
        return ETHERNET + (v6 ? 40 : 20) + (protocol == TCP ? 20 : 8);
    }

    /** Writes the headers of a packet of {@code length} bytes with its Ethernet header, transport checksum left out. */
    static void headers(final long at, final boolean v6, final int protocol, final int length) {
        Memory.zero(at, headers(v6, protocol));
        final long transport;
        if (v6) {
            Memory.putShortBE(at + 12, 0x86dd);
            Memory.putByte(at + 14, 0x60);
            Memory.putShortBE(at + 18, length - ETHERNET - 40);
            Memory.putByte(at + 20, protocol);
            transport = at + ETHERNET + 40;
        } else {
            Memory.putShortBE(at + 12, 0x0800);
            Memory.putShortBE(at + 14, 0x4500);
            Memory.putShortBE(at + 16, length - ETHERNET);
            Memory.putByte(at + 22, 64);
            Memory.putByte(at + 23, protocol);
            transport = at + ETHERNET + 20;
        }
        if (protocol == TCP) {
            Memory.putByte(transport + 12, 5 << 4);
            Memory.putByte(transport + 13, 0x10);
        } else {
            Memory.putShortBE(transport + 4, (int) (at + length - transport));
        }
    }

    /** Adds a unit in buffers of {@code piece} bytes, each but the first of which is full. */
    static void add(
            final NicQueue queue,
            final PacketBatch batch,
            final boolean v6,
            final int length,
            final int first,
            final int piece,
            final int size) {
        final int flags = Offload.withSegmentSize(
                Offload.TX_TRANSPORT_CHECKSUM | (v6 ? 0 : Offload.TX_IPV4_CHECKSUM) | Offload.TX_TCP_SEGMENTATION,
                size);
        final int headers = headers(v6, TCP);
        for (int done = 0; done < length; ) {
            final long handle = queue.allocate();
            final long at = queue.address(handle);
            final int bytes = Math.min(done == 0 ? first : piece, length - done);
            if (done == 0) {
                headers(at, v6, TCP, length);
            }
            for (int i = done == 0 ? headers : 0; i < bytes; i++) {
                Memory.putByte(at + i, pattern(done + i));
            }
            final int more = done + bytes < length ? Offload.TX_CONTINUES : 0;
            batch.add(handle, at, bytes, (done == 0 ? flags : 0) | more);
            done += bytes;
        }
    }

    /** What byte {@code i} of a unit is. */
    static byte pattern(final int i) {
        return (byte) (i * 7 + (i >>> 8));
    }

    static boolean ipv4HeaderIsGood(final long frame) {
        long sum = 0;
        for (int i = 0; i < 20; i += 2) {
            sum += Memory.getUnsignedShortBE(frame + ETHERNET + i);
        }
        return Kernels.fold(sum) == 0xffff;
    }
}
