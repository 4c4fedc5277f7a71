package joyride.nic.memif;

import static joyride.nic.memif.FrameLayout.ETHERNET;
import static joyride.nic.memif.FrameLayout.FRAGMENT;
import static joyride.nic.memif.FrameLayout.IPV4;
import static joyride.nic.memif.FrameLayout.IPV6;
import static joyride.nic.memif.FrameLayout.TCP;
import static joyride.nic.memif.FrameLayout.TCP_HEADER;
import static joyride.nic.memif.FrameLayout.UDP;
import static joyride.nic.memif.FrameLayout.UDP_HEADER;
import static joyride.nic.memif.FrameLayout.V4_AND_LENGTH;
import static joyride.nic.memif.FrameLayout.V4_HEADER;
import static joyride.nic.memif.FrameLayout.V6_HEADER;

import joyride.api.memory.Memory;
import joyride.api.nic.Offload;

/**
 * What may be believed of a frame whose sender says in its descriptor that it made no checksum, or that it is a unit. It never left this machine's memory, so
 * there is nothing that a checksum would find; but the sender's word is no more than a packet's own lengths bear out. Of the copy, not of what the sender may still write to.
 */
final class Declared {
    /** No frame as its metadata says. */
    static final int BAD = -1;

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

    /** Where the payload of TCP begins, of a frame that {@link #judge} found right; 0: it is none, or there is no such place. */
    static int headersOfTcp(final long frame, final int length) {
        final int headers = ETHERNET + (Memory.getUnsignedShortBE(frame + 12) == IPV4 ? V4_HEADER : V6_HEADER);
        if (protocol(frame, headers) != TCP || length < headers + TCP_HEADER) {
            return 0;
        }
        final int tcp = Memory.getUnsignedByte(frame + headers + 12) >>> 4 << 2;
        return tcp < TCP_HEADER || headers + tcp >= length ? 0 : headers + tcp;
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
