package joyride.nic.memif;

import joyride.api.memory.Memory;
import joyride.api.nic.Offload;

/**
 * What may be believed of a frame whose sender says in its descriptor that it made no checksum, or that it is a unit. It never left this machine's memory, so
 * there is nothing that a checksum would find; but the sender's word is no more than a packet's own lengths bear out. Of the copy, not of what the sender may still write to.
 */
final class Declared {
    /** No frame as its metadata says. */
    static final int BAD = -1;

    private static final int ETHERNET = 14;
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86dd;
    private static final int V4_HEADER = 20;
    private static final int V6_HEADER = 40;
    private static final int V4_AND_LENGTH = 0x45;
    private static final int FRAGMENT = 0x3fff;
    private static final int TCP = 6;
    private static final int TCP_HEADER = 20;
    private static final int UDP = 17;
    private static final int UDP_HEADER = 8;

    private Declared() {}

    /**
     * @param metadata of the descriptor
     * @param mtu of this end, which no segment of a unit may exceed
     * @return bits of {@link Offload}, with the segment size of a unit; 0: core looks at the checksum itself; {@link #BAD}
     */
    static int judge(final long frame, final int length, final int metadata, final int mtu) {
        if ((metadata & (MemifProtocol.UNIT | MemifProtocol.NO_CHECKSUM)) == 0) {
            return 0;
        }
        final int headers = headers(frame, length);
        if ((metadata & MemifProtocol.UNIT) == 0) {
            return headers == 0 ? 0 : Offload.RX_CHECKSUM_GOOD;
        }
        final int size = metadata & MemifProtocol.SEGMENT_SIZE;
        if ((metadata & MemifProtocol.NO_CHECKSUM) == 0
                || headers == 0
                || protocol(frame, headers) != TCP
                || length < headers + TCP_HEADER) {
            return BAD;
        }
        final int tcp = Memory.getUnsignedByte(frame + headers + 12) >>> 4 << 2;
        final int payload = length - headers - tcp;
        if (tcp < TCP_HEADER || size == 0 || payload <= size || headers - ETHERNET + tcp + size > mtu) {
            return BAD;
        }
        return Offload.withSegmentSize(Offload.RX_CHECKSUM_GOOD | Offload.RX_TCP_MERGED, size);
    }

    private static int protocol(final long frame, final int headers) {
        return Memory.getUnsignedByte(frame + (headers == ETHERNET + V4_HEADER ? ETHERNET + 9 : ETHERNET + 6));
    }

    /** Where TCP's or UDP's header begins in a whole packet, without options or extension headers, that fills the frame; 0: it is none. */
    private static int headers(final long frame, final int length) {
        if (length < ETHERNET + V4_HEADER + UDP_HEADER) {
            return 0;
        }
        final long ip = frame + ETHERNET;
        final int headers;
        switch (Memory.getUnsignedShortBE(frame + 12)) {
            case IPV4 -> {
                headers = ETHERNET + V4_HEADER;
                if (Memory.getUnsignedByte(ip) != V4_AND_LENGTH
                        || Memory.getUnsignedShortBE(ip + 2) != length - ETHERNET
                        || (Memory.getUnsignedShortBE(ip + 6) & FRAGMENT) != 0
                        || !HeaderChecksum.isGood(ip, V4_HEADER)) {
                    return 0;
                }
            }
            case IPV6 -> {
                headers = ETHERNET + V6_HEADER;
                if (length < headers + UDP_HEADER
                        || Memory.getUnsignedByte(ip) >>> 4 != 6
                        || Memory.getUnsignedShortBE(ip + 4) != length - headers) {
                    return 0;
                }
            }
            default -> {
                return 0;
            }
        }
        final int protocol = protocol(frame, headers);
        final boolean whole = protocol == TCP
                || protocol == UDP && Memory.getUnsignedShortBE(frame + headers + 4) == length - headers;
        return whole ? headers : 0;
    }
}
