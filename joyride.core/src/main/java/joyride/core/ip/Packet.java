package joyride.core.ip;

import joyride.api.memory.Memory;
import joyride.api.socket.SendRing;
import joyride.core.link.MergedFrames;

/**
 * The IP packet in hand: one mutable view for each event loop, filled by the IP layer before it calls a transport protocol,
 * valid until that call returns.
 */
public final class Packet {
    /** Where TCP's header tells its length. */
    private static final int TCP_LENGTH = 12;

    /** Where the IP header begins. */
    public long network;

    /** Bytes from {@link #network} to the end of the packet (padding cut off); with a ring, without its payload. */
    public int networkLength;

    /** Where the transport header begins. */
    public long transport;

    /** Bytes from {@link #transport} on; with a ring, the transport header alone. */
    public int transportLength;

    public long sourceHigh;
    public long sourceLow;
    public long destinationHigh;
    public long destinationLow;
    public int protocol;

    /** Type of service or traffic class, ECN bits included. */
    public int tos;

    public int ttl;

    /** Whether the transport checksum needs no check: verified by the NIC, or never left this machine's memory. */
    public boolean checksumGood;

    /** Whether it came by the internal loopback. */
    public boolean loopback;

    /** Whether it was sent to more stations than this one: broadcast or multicast. Never answered with an error. */
    public boolean group;

    /** The interface it came in by. */
    public NetInterface in;

    /**
     * On the internal loopback payload is not copied into a frame: it stays in the sender's ring, at
     * {@link #payloadPosition} for {@link #payloadLength} bytes, until this call returns. Otherwise null.
     */
    public SendRing payloadRing;

    /** What its sender gave along, on the internal loopback ({@link IpOutput#sendFrom}): how things were then. Otherwise null. */
    public Object peer;

    /** The frames whose payload this is one segment of; null: there is but this one. */
    public MergedFrames merged;

    /**
     * Where TCP's payload lies, in memory that others may write to until this call returns; 0: behind its header. The lengths are those of a packet in one
     * piece, for which there is room. To be looked at once: who needs the bytes for anything but to put them where they go calls {@link #whole}.
     */
    public long body;

    /** Payload of each segment but the last that the NIC merged into this one, bytes; 0: it merged none. */
    public int segmentSize;

    public long payloadPosition;
    public int payloadLength;

    /** It came by the internal loopback: with its payload in {@code ring}, or none, and with what its sender gave along. */
    void madeHere(final SendRing ring, final long position, final int length, final Object from) {
        checksumGood = true;
        loopback = true;
        group = false;
        merged = null;
        body = 0;
        segmentSize = 0;
        payloadRing = ring;
        payloadPosition = position;
        payloadLength = length;
        peer = from;
    }

    /** From here on the packet lies in one piece, in memory that nobody else writes to. */
    public void whole() {
        if (body != 0) {
            final int header = Memory.getUnsignedByte(transport + TCP_LENGTH) >>> 4 << 2;
            Memory.copy(body, transport + header, transportLength - header);
            body = 0;
        }
    }
}
