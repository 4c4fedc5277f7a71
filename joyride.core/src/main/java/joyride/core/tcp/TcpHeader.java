package joyride.core.tcp;

import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.core.ip.Ipv6;
import joyride.core.ip.Packet;
import joyride.core.link.MergedFrames;

/** The TCP header and its options on the wire (RFC 9293 §3.1, RFC 7323, RFC 2018). */
final class TcpHeader {
    static final int PROTOCOL = 6;
    static final int LENGTH = 20;
    static final int SEQUENCE = 4;
    static final int CHECKSUM = 16;

    private static final int OPTION_END = 0;
    private static final int OPTION_NOP = 1;
    private static final int OPTION_MSS = 2;
    private static final int OPTION_SCALE = 3;
    private static final int OPTION_SACK_PERMITTED = 4;
    private static final int OPTION_SACK = 5;
    private static final int OPTION_TIMESTAMP = 8;
    private static final int OPTION_SIGNATURE = 19;
    private static final int OPTION_FAST_OPEN = 34;

    /** NOP, NOP, timestamp, 10: how everyone lays a lone timestamp out (RFC 7323 appendix A). */
    private static final int TIMESTAMP_WORD = 0x0101_080a;

    private TcpHeader() {}

    /** Reads the header of {@code packet} into {@code segment}; null, or why it is malformed. */
    static DropReason parse(final Packet packet, final TcpSegment segment) {
        final long at = packet.transport;
        final int available = packet.transportLength;
        if (available < LENGTH) {
            return DropReason.TCP_SHORT;
        }
        final int word = Memory.getIntBE(at + 12);
        final int headerLength = word >>> 28 << 2;
        if (headerLength < LENGTH || headerLength > available) {
            return DropReason.TCP_SHORT;
        }
        final int ports = Memory.getIntBE(at);
        segment.sourcePort = ports >>> 16;
        segment.destinationPort = ports & 0xffff;
        segment.seq = Memory.getIntBE(at + 4);
        segment.ack = Memory.getIntBE(at + 8);
        segment.flags = word >>> 16 & TcpFlags.ALL;
        segment.window = word & 0xffff;
        segment.urgent = Memory.getUnsignedShortBE(at + 18);
        segment.optionLength = headerLength - LENGTH;
        segment.hasTimestamp = false;
        segment.sackCount = 0;
        segment.mss = 0;
        segment.windowScale = -1;
        segment.sackPermitted = false;
        segment.cookieLength = -1;
        segment.digest = 0;
        segment.ecn = packet.tos & 3;
        segment.loopback = packet.loopback;
        segment.ring = packet.payloadRing;
        segment.segments = 1;
        segment.pieces = 0;
        segment.skipped = 0;
        if (packet.merged != null) {
            merged(packet.merged, segment);
            return null;
        }
        if (packet.payloadRing == null) {
            segment.address = packet.body == 0 ? at + headerLength : packet.body;
            segment.length = available - headerLength;
            if (packet.segmentSize > 0) {
                segment.segments = Math.max(1, (segment.length + packet.segmentSize - 1) / packet.segmentSize);
            }
        } else {
            segment.ringPosition = packet.payloadPosition;
            segment.length = packet.payloadLength;
        }
        if (segment.optionLength == 0) {
            return null;
        }
        if (segment.optionLength == 12
                && (segment.flags & TcpFlags.SYN) == 0
                && Memory.getIntBE(at + LENGTH) == TIMESTAMP_WORD) {
            segment.hasTimestamp = true;
            segment.tsVal = Memory.getIntBE(at + LENGTH + 4);
            segment.tsEcr = Memory.getIntBE(at + LENGTH + 8);
            return null;
        }
        return parseOptions(at + LENGTH, at + headerLength, segment) ? null : DropReason.TCP_OPTIONS;
    }

    /** Of frames whose headers have no options or a timestamp in the usual layout alone; the first one's is read already. */
    private static void merged(final MergedFrames frames, final TcpSegment segment) {
        final long last = frames.lastTransport();
        segment.segments = frames.count();
        segment.flags = frames.flags() & TcpFlags.ALL;
        segment.ack = Memory.getIntBE(last + 8);
        segment.window = Memory.getUnsignedShortBE(last + 14);
        segment.length = frames.payload();
        segment.pieces = frames.pieces();
        segment.pieceAddresses = frames.addresses();
        segment.pieceLengths = frames.lengths();
        if (segment.optionLength > 0) {
            segment.hasTimestamp = true;
            segment.tsVal = Memory.getIntBE(frames.stampTransport() + LENGTH + 4);
            segment.tsEcr = Memory.getIntBE(last + LENGTH + 8);
        }
    }

    private static boolean parseOptions(final long from, final long end, final TcpSegment segment) {
        long at = from;
        while (at < end) {
            final int kind = Memory.getUnsignedByte(at);
            if (kind == OPTION_END) {
                return true;
            }
            if (kind == OPTION_NOP) {
                at++;
                continue;
            }
            if (at + 2 > end) {
                return false;
            }
            final int length = Memory.getUnsignedByte(at + 1);
            if (length < 2 || at + length > end) {
                return false;
            }
            option(kind, length, at + 2, segment);
            at += length;
        }
        return true;
    }

    /** One option; one of an unexpected length, or in a segment that it does not belong in, is ignored (RFC 9293 §3.1). */
    private static void option(final int kind, final int length, final long value, final TcpSegment segment) {
        final boolean syn = (segment.flags & TcpFlags.SYN) != 0;
        switch (kind) {
            case OPTION_MSS -> {
                if (length == 4 && syn) {
                    segment.mss = Memory.getUnsignedShortBE(value);
                }
            }
            case OPTION_SCALE -> {
                if (length == 3 && syn) {
                    segment.windowScale = Math.min(Memory.getUnsignedByte(value), 14);
                }
            }
            case OPTION_SACK_PERMITTED -> {
                if (length == 2 && syn) {
                    segment.sackPermitted = true;
                }
            }
            case OPTION_SACK -> sack(length, value, segment, syn);
            case OPTION_TIMESTAMP -> {
                if (length == 10) {
                    segment.hasTimestamp = true;
                    segment.tsVal = Memory.getIntBE(value);
                    segment.tsEcr = Memory.getIntBE(value + 4);
                }
            }
            case OPTION_SIGNATURE -> {
                if (length == 2 + Md5Signature.LENGTH) {
                    segment.digest = value;
                }
            }
            case OPTION_FAST_OPEN -> {
                if (syn) {
                    segment.cookieLength = length - 2;
                    Memory.copyOut(value, segment.cookie, 0, Math.min(length - 2, TcpSegment.MAX_COOKIE));
                }
            }
            default -> {}
        }
    }

    private static void sack(final int length, final long value, final TcpSegment segment, final boolean syn) {
        if (syn || (length - 2) % 8 != 0 || length < 10) {
            return;
        }
        segment.sackCount = Math.min((length - 2) / 8, TcpSegment.SACK_BLOCKS);
        for (int i = 0; i < segment.sackCount; i++) {
            segment.sackStart[i] = Memory.getIntBE(value + 8L * i);
            segment.sackEnd[i] = Memory.getIntBE(value + 8L * i + 4);
        }
    }

    /** Writes header and options at {@code at}, checksum 0; returns their length. */
    static int write(final long at, final int sourcePort, final int destinationPort, final TcpOutput output) {
        final int length = LENGTH + output.optionLength();
        Memory.putIntBE(at, sourcePort << 16 | destinationPort);
        Memory.putIntBE(at + 4, output.seq);
        Memory.putIntBE(at + 8, output.ack);
        Memory.putIntBE(at + 12, length >>> 2 << 28 | output.flags << 16 | output.window & 0xffff);
        Memory.putIntBE(at + 16, output.urgent);
        if (length == LENGTH) {
            return length;
        }
        if ((output.flags & TcpFlags.SYN) != 0) {
            writeSynOptions(at, at + length, output);
            return length;
        }
        long option = at + LENGTH;
        if (output.timestamp) {
            Memory.putIntBE(option, TIMESTAMP_WORD);
            Memory.putIntBE(option + 4, output.tsVal);
            Memory.putIntBE(option + 8, output.tsEcr);
            option += 12;
        }
        if (output.signed) {
            Memory.putShortBE(option, OPTION_NOP << 8 | OPTION_NOP);
            option = signature(at, option + 2, output);
        }
        if (output.sackCount > 0) {
            Memory.putIntBE(option, 0x0101_0500 | 2 + 8 * output.sackCount);
            for (int i = 0; i < output.sackCount; i++) {
                Memory.putIntBE(option + 4 + 8L * i, output.sackStart[i]);
                Memory.putIntBE(option + 8 + 8L * i, output.sackEnd[i]);
            }
        }
        return length;
    }

    /** The digest's option, its bytes to be filled in. @return where it ends */
    private static long signature(final long header, final long at, final TcpOutput output) {
        Memory.putShortBE(at, OPTION_SIGNATURE << 8 | 2 + Md5Signature.LENGTH);
        output.digestOffset = (int) (at + 2 - header);
        return at + 2 + Md5Signature.LENGTH;
    }

    /**
     * In FreeBSD's order: MSS, NOP and window scale, SACK permitted, timestamp, digest, Fast Open; padded by end-of-options.
     */
    private static void writeSynOptions(final long header, final long end, final TcpOutput output) {
        long at = header + LENGTH;
        if (output.mss > 0) {
            Memory.putIntBE(at, OPTION_MSS << 24 | 4 << 16 | output.mss);
            at += 4;
        }
        if (output.windowScale >= 0) {
            Memory.putIntBE(at, OPTION_NOP << 24 | OPTION_SCALE << 16 | 3 << 8 | output.windowScale);
            at += 4;
        }
        if (output.sackPermitted) {
            Memory.putShortBE(at, OPTION_SACK_PERMITTED << 8 | 2);
            at += 2;
        }
        if (output.timestamp) {
            if (!output.sackPermitted) {
                Memory.putShortBE(at, OPTION_NOP << 8 | OPTION_NOP);
                at += 2;
            }
            Memory.putShortBE(at, OPTION_TIMESTAMP << 8 | 10);
            Memory.putIntBE(at + 2, output.tsVal);
            Memory.putIntBE(at + 6, output.tsEcr);
            at += 10;
        }
        if (output.signed) {
            while ((at - header & 3) != 2) {
                Memory.putByte(at++, OPTION_NOP);
            }
            at = signature(header, at, output);
        }
        if (output.cookieLength >= 0) {
            Memory.putShortBE(at, OPTION_FAST_OPEN << 8 | 2 + output.cookieLength);
            Memory.copyIn(output.cookie, 0, at + 2, output.cookieLength);
            at += 2 + output.cookieLength;
        }
        while (at < end) {
            Memory.putByte(at++, OPTION_END);
        }
    }

    /** Sum of the pseudo header (RFC 9293 §3.1, RFC 8200 §8.1), unfolded. */
    static long pseudoSum(
            final long sourceHigh,
            final long sourceLow,
            final long destinationHigh,
            final long destinationLow,
            final int length) {
        if (IpAddress.isV4(destinationHigh, destinationLow)) {
            return PROTOCOL
                    + (length >>> 16)
                    + (length & 0xffff)
                    + words((int) sourceLow)
                    + words((int) destinationLow);
        }
        return Ipv6.pseudoSum(sourceHigh, sourceLow, destinationHigh, destinationLow, PROTOCOL, length);
    }

    private static long words(final int bits) {
        return (bits >>> 16) + (bits & 0xffff);
    }
}
