package joyride.nic.memif;

import static joyride.nic.memif.FrameLayout.ETHERNET;
import static joyride.nic.memif.FrameLayout.FRAGMENT;
import static joyride.nic.memif.FrameLayout.IPV4;
import static joyride.nic.memif.FrameLayout.IPV6;
import static joyride.nic.memif.FrameLayout.TCP;
import static joyride.nic.memif.FrameLayout.UDP;
import static joyride.nic.memif.FrameLayout.UDP_HEADER;
import static joyride.nic.memif.FrameLayout.V4_AND_LENGTH;
import static joyride.nic.memif.FrameLayout.V4_HEADER;
import static joyride.nic.memif.FrameLayout.V6_HEADER;

import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.nic.Offload;

/**
 * Copies a frame out of memory that its sender may still write to, and sums it in the same pass: what is found right is right of the copy. Whole IPv4 packets
 * without options and IPv6 packets without extension headers are judged, if they carry TCP or UDP; a checksum that does not fit, and all other frames, are left to core.
 */
final class CheckedCopy {
    private static final long LOW = 0xffff_ffffL;

    /** Both headers, in words of 8 bytes. */
    private static final int HEADERS = 64;

    private CheckedCopy() {}

    /** @return bits of {@link Offload} that say what was found */
    static int copy(final long from, final long to, final int length, final Kernels kernels) {
        if (kernels == null || length < HEADERS) {
            Memory.copy(from, to, length);
            return 0;
        }
        for (int i = 0; i < HEADERS; i += Long.BYTES) {
            Memory.putLong(to + i, Memory.getLong(from + i));
        }
        final int type = Memory.getUnsignedShortBE(to + 12);
        if (type == IPV4) {
            return v4(from, to, length, kernels);
        }
        if (type == IPV6) {
            return v6(from, to, length, kernels);
        }
        Memory.copy(from + HEADERS, to + HEADERS, length - HEADERS);
        return 0;
    }

    private static int v4(final long from, final long to, final int length, final Kernels kernels) {
        final long ip = to + ETHERNET;
        final long first = Memory.getLongBE(ip);
        final long second = Memory.getLongBE(ip + 8);
        final long third = Memory.getIntBE(ip + 16) & LOW;
        final int protocol = (int) (second >>> 48) & 0xff;
        final int bytes = length - ETHERNET - V4_HEADER;
        // In the second half of the first word: identification, flags and offset.
        if ((int) (first >>> 56) != V4_AND_LENGTH
                || ((int) (first >>> 32) & 0xffff) != length - ETHERNET
                || ((int) first & FRAGMENT) != 0
                || protocol != TCP && protocol != UDP) {
            Memory.copy(from + HEADERS, to + HEADERS, length - HEADERS);
            return 0;
        }
        final long header = (first >>> 32) + (first & LOW) + (second >>> 32) + (second & LOW) + third;
        final long pseudo = protocol + bytes + (second & LOW) + third;
        return judge(from, to, ETHERNET + V4_HEADER, bytes, protocol, pseudo, Kernels.fold(header) == 0xffff, kernels);
    }

    private static int v6(final long from, final long to, final int length, final Kernels kernels) {
        final long ip = to + ETHERNET;
        final int protocol = Memory.getUnsignedByte(ip + 6);
        final int bytes = length - ETHERNET - V6_HEADER;
        if (Memory.getUnsignedByte(ip) >>> 4 != 6
                || Memory.getUnsignedShortBE(ip + 4) != bytes
                || bytes < UDP_HEADER
                || protocol != TCP && protocol != UDP) {
            Memory.copy(from + HEADERS, to + HEADERS, length - HEADERS);
            return 0;
        }
        long pseudo = protocol + bytes;
        for (int i = 8; i < V6_HEADER; i += 4) {
            pseudo += Memory.getIntBE(ip + i) & LOW;
        }
        return judge(from, to, ETHERNET + V6_HEADER, bytes, protocol, pseudo, true, kernels);
    }

    private static int judge(
            final long from,
            final long to,
            final int headers,
            final int bytes,
            final int protocol,
            final long pseudo,
            final boolean good,
            final Kernels kernels) {
        // Of the first bytes the copy counts, which is what core will read.
        final int rest = headers + bytes - HEADERS;
        long sum = kernels.sum(to + headers, HEADERS - headers, pseudo);
        sum = kernels.copyAndSum(from + HEADERS, to + HEADERS, rest, sum);
        // A UDP checksum of 0 says nothing, and its length may be less than the packet's.
        final boolean checked = protocol == TCP
                || Memory.getShort(to + headers + 6) != 0 && Memory.getUnsignedShortBE(to + headers + 4) == bytes;
        return good && checked && Kernels.fold(sum) == 0xffff ? Offload.RX_CHECKSUM_GOOD : 0;
    }
}
