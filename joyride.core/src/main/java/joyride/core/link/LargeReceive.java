package joyride.core.link;

import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.nic.Offload;
import joyride.api.tcp.Seq;
import joyride.core.ip.Ipv4;

/**
 * Large receive in software (FreeBSD's tcp_lro): frames of one burst that are consecutive segments of one connection go up as one. They may carry
 * nothing but ACK, PSH and the ECN echo, the same in all, no options but a timestamp, and no congestion mark, IP option or fragment; both checksums of each are
 * right. So nothing is lost by it that TCP would have treated otherwise: a duplicate acknowledgement or a mere change of window always goes up for
 * itself, and so does whatever else is not plain. Frames of one connection never overtake each other. Nothing is held beyond the burst.
 */
final class LargeReceive {
    static final int IPV4 = EthernetInterface.TYPE_IPV4;
    static final int IPV6 = EthernetInterface.TYPE_IPV6;

    private static final int ETHERNET = EthernetInterface.HEADER;
    private static final int IPV6_HEADER = 40;
    private static final int TCP = 6;
    private static final int TCP_HEADER = 20;
    private static final int TIMESTAMPED_HEADER = 32;
    private static final int TIMESTAMP_WORD = 0x0101_080a;
    private static final int CONGESTION_EXPERIENCED = 3;

    private static final int ACK = 0x10;
    private static final int PSH = 0x08;
    /** ECE, CWR and the bit before them (RFC 3168, RFC 9768). */
    private static final int ECN = 0x1c0;

    private static final int MORE_FRAGMENTS_AND_OFFSET = 0x3fff;
    private static final int SLOTS = 16;
    private static final long LOW = 0xffff_ffffL;

    private final Kernels kernels;
    private final Sink sink;

    /** By a hash of the ports; a connection that comes to another's place sends it up. */
    private final MergedFrames[] slots = new MergedFrames[SLOTS];

    private final MergedFrames[] open = new MergedFrames[SLOTS];
    private int opened;
    private long frames;
    private long units;

    /** Takes what came out. */
    interface Sink {
        /** @param unit of one frame or more */
        void deliver(MergedFrames unit);
    }

    LargeReceive(final Kernels kernels, final Sink sink) {
        this.kernels = kernels;
        this.sink = sink;
        for (int i = 0; i < SLOTS; i++) {
            slots[i] = new MergedFrames();
        }
    }

    /**
     * Takes a frame, or sends up what must come before it.
     *
     * @param frame where its Ethernet header lies
     * @param flags bits of {@link Offload}
     * @param body as {@link joyride.api.nic.PacketBatch#body}
     * @return whether it is taken; else it is the caller's to send up now
     */
    boolean take(final long frame, final int length, final int type, final int flags, final long body) {
        final long network = frame + ETHERNET;
        final long transport;
        final int bytes;
        final int kind;
        if (type == IPV4) {
            if (length < ETHERNET + Ipv4.HEADER + TCP_HEADER) {
                return false;
            }
            final int first = Memory.getIntBE(network);
            final long second = Memory.getLongBE(network + 4);
            if ((int) (second >>> 16 & 0xff) != TCP) {
                return false;
            }
            if (first >>> 24 != 0x45 || (second >>> 32 & MORE_FRAGMENTS_AND_OFFSET) != 0) {
                flush();
                return false;
            }
            transport = network + Ipv4.HEADER;
            bytes = (first & 0xffff) - Ipv4.HEADER;
            kind = first >>> 16;
        } else {
            if (type != IPV6 || length < ETHERNET + IPV6_HEADER + TCP_HEADER) {
                return false;
            }
            if (Memory.getUnsignedByte(network + 6) != TCP || Memory.getUnsignedByte(network) >>> 4 != 6) {
                return false;
            }
            transport = network + IPV6_HEADER;
            bytes = Memory.getUnsignedShortBE(network + 4);
            kind = Memory.getUnsignedShortBE(network) >>> 4;
        }
        if (bytes < TCP_HEADER || transport + bytes > frame + length) {
            return false;
        }
        final int ports = Memory.getIntBE(transport);
        final MergedFrames unit = slots[(ports ^ ports >>> 16) * 0x9e37_79b9 >>> 28];
        final boolean same = unit.count() > 0 && unit.ports == ports && sameAddresses(unit, network, type);
        final int word = Memory.getIntBE(transport + 12);
        final int header = word >>> 28 << 2;
        final int tcpFlags = word >>> 16 & 0xfff;
        if ((tcpFlags & ~(PSH | ECN)) != ACK
                || header != TCP_HEADER && !isTimestamped(transport, header)
                || bytes < header
                || (kind & CONGESTION_EXPERIENCED) == CONGESTION_EXPERIENCED
                || (flags & (Offload.RX_CHECKSUM_BAD | Offload.RX_TCP_MERGED)) != 0
                || (flags & Offload.RX_CHECKSUM_GOOD) == 0 && !checksumsRight(network, transport, bytes, type)) {
            if (same) {
                send(unit);
            }
            return false;
        }
        if (same && follows(unit, transport, header, bytes - header, word, kind)) {
            append(unit, transport, header, bytes - header, tcpFlags, body);
            return true;
        }
        if (unit.count() > 0) {
            send(unit);
        }
        begin(unit, network, frame + length - network, type, flags, kind, ports);
        append(unit, transport, header, bytes - header, tcpFlags, body);
        return true;
    }

    /** Sends up what there is. */
    void flush() {
        for (int i = 0; i < opened; i++) {
            final MergedFrames unit = open[i];
            unit.listed = false;
            if (unit.count() > 0) {
                send(unit);
            }
        }
        opened = 0;
    }

    /** Frames that were merged with others since this was asked last. */
    long takeFrames() {
        final long all = frames;
        frames = 0;
        return all;
    }

    /** What they were merged into. */
    long takeUnits() {
        final long all = units;
        units = 0;
        return all;
    }

    private void send(final MergedFrames unit) {
        if (unit.count() > 1) {
            frames += unit.count();
            units++;
        }
        sink.deliver(unit);
        unit.clear();
    }

    private static boolean isTimestamped(final long transport, final int header) {
        return header == TIMESTAMPED_HEADER && Memory.getIntBE(transport + TCP_HEADER) == TIMESTAMP_WORD;
    }

    private static boolean sameAddresses(final MergedFrames unit, final long network, final int type) {
        if (unit.type != type) {
            return false;
        }
        final long other = unit.network;
        if (type == IPV4) {
            return Memory.getLong(network + 12) == Memory.getLong(other + 12);
        }
        return Memory.getLong(network + 8) == Memory.getLong(other + 8)
                && Memory.getLong(network + 16) == Memory.getLong(other + 16)
                && Memory.getLong(network + 24) == Memory.getLong(other + 24)
                && Memory.getLong(network + 32) == Memory.getLong(other + 32);
    }

    private boolean checksumsRight(final long network, final long transport, final int bytes, final int type) {
        long pseudo = TCP + bytes;
        if (type == IPV4) {
            if (!Ipv4.checksumGood(network, Ipv4.HEADER)) {
                return false;
            }
            final long addresses = Memory.getLongBE(network + 12);
            pseudo += (addresses >>> 32) + (addresses & LOW);
        } else {
            pseudo = kernels.sum(network + 8, 32, pseudo);
        }
        return Kernels.fold(kernels.sum(transport, bytes, pseudo)) == 0xffff;
    }

    /** Whether the segment goes on where the unit ends, and says nothing that the unit as a whole could not. */
    private static boolean follows(
            final MergedFrames unit,
            final long transport,
            final int header,
            final int payload,
            final int word,
            final int kind) {
        if (Memory.getIntBE(transport + 4) != unit.nextSequence
                || kind != unit.kind
                || ((word >>> 16 & 0xfff ^ unit.flags()) & ECN) != 0
                || (header == TIMESTAMPED_HEADER) != unit.timestamped
                || !unit.hasRoom(payload)) {
            return false;
        }
        if (unit.timestamped && Seq.lt(Memory.getIntBE(transport + TCP_HEADER + 4), unit.timestamp)) {
            return false;
        }
        final int acknowledgement = Memory.getIntBE(transport + 8);
        if (Seq.gt(acknowledgement, unit.acknowledgement)) {
            return payload == 0 || (word & 0xffff) == unit.window;
        }
        // Without progress only data behind data: what has no data is a duplicate, or tells of a window.
        return payload > 0
                && unit.payload() > 0
                && acknowledgement == unit.acknowledgement
                && (word & 0xffff) == unit.window;
    }

    private void begin(
            final MergedFrames unit,
            final long network,
            final long networkLength,
            final int type,
            final int flags,
            final int kind,
            final int ports) {
        unit.begin();
        unit.network = network;
        unit.networkLength = (int) networkLength;
        unit.type = type;
        unit.offloads = flags;
        unit.kind = kind;
        unit.ports = ports;
        if (!unit.listed) {
            unit.listed = true;
            open[opened++] = unit;
        }
    }

    private static void append(
            final MergedFrames unit,
            final long transport,
            final int header,
            final int payload,
            final int tcpFlags,
            final long body) {
        unit.nextSequence = Memory.getIntBE(transport + 4) + payload;
        unit.acknowledgement = Memory.getIntBE(transport + 8);
        unit.window = Memory.getUnsignedShortBE(transport + 14);
        unit.timestamped = header == TIMESTAMPED_HEADER;
        unit.timestamp = unit.timestamped ? Memory.getIntBE(transport + TCP_HEADER + 4) : 0;
        unit.add(transport, header, payload, tcpFlags, body);
    }
}
