package joyride.api.tcp;

import joyride.api.socket.ReceiveRing;
import joyride.api.socket.SendRing;

/**
 * A received segment, parsed and checksummed by core: one object for each event loop, valid until the call that got it
 * returns. A variant may trim it.
 */
public final class TcpSegment {
    /** Most SACK blocks that fit (RFC 2018 §3). */
    public static final int SACK_BLOCKS = 4;

    /** The longest Fast Open cookie (RFC 7413 §4.1.1). */
    public static final int MAX_COOKIE = 16;

    public int sourcePort;
    public int destinationPort;

    /** Of the first octet, SYN included; moved by {@link #trimFront}. */
    public int seq;

    public int ack;

    /** Of {@link TcpFlags}. */
    public int flags;

    /** As on the wire, 0..65535, unscaled. */
    public int window;

    /** Urgent pointer, 0..65535 (RFC 6093). */
    public int urgent;

    /** Bytes of TCP options. */
    public int optionLength;

    public boolean hasTimestamp;
    public int tsVal;
    public int tsEcr;

    /** MSS option of a SYN; 0: none. */
    public int mss;

    /** Window scale option of a SYN, 0..14; -1: none. */
    public int windowScale;

    public boolean sackPermitted;

    /** Bytes of the Fast Open cookie of a SYN (RFC 7413 §4.1.1); 0: a request; -1: no option. */
    public int cookieLength;

    /** The first of them. */
    public final byte[] cookie = new byte[MAX_COOKIE];

    /** SACK blocks in {@link #sackStart}, {@link #sackEnd}, in the order received. */
    public int sackCount;

    public final int[] sackStart = new int[SACK_BLOCKS];
    public final int[] sackEnd = new int[SACK_BLOCKS];

    /** Where the digest's 16 bytes lie (RFC 2385); 0: none. */
    public long digest;

    /** UDP ports around it, ours in the upper half, the peer's in the lower; 0: plain TCP. */
    public int udpPorts;

    /** ECN field of the IP header, 0..3 (RFC 3168 §5). */
    public int ecn;

    /** Payload bytes left. */
    public int length;

    /** Where the payload lies, if {@link #ring} is null and there are no {@link #pieces}. */
    public long address;

    /**
     * How many segments of the wire this one is: large receive makes one of those of a burst that follow each other and say the same. Sequence
     * number and timestamp are the first one's, acknowledgement, window and timestamp echo the last one's. Core merges only what is next in sequence, and
     * only while nothing is lost or out of order in either direction; a NIC may merge more.
     */
    public int segments = 1;

    /** Pieces that the payload lies in, one behind the other, in {@link #pieceAddresses} and {@link #pieceLengths}; 0: in one, at {@link #address}. */
    public int pieces;

    public long[] pieceAddresses;
    public int[] pieceLengths;

    /** Payload bytes removed from the front of the pieces. */
    public int skipped;

    /** The sender's ring on the internal loopback, where the payload lies at {@link #ringPosition}. */
    public SendRing ring;

    public long ringPosition;

    /** Whether both ends are in this service. */
    public boolean loopback;

    /** Removes {@code count} payload bytes from the front and moves {@link #seq} on; an urgent pointer to what is left stays right. */
    public void trimFront(final int count) {
        advanceUrgent(count);
        seq += count;
        length -= count;
        address += count;
        skipped += count;
        ringPosition += count;
    }

    /** {@link #seq} moves on by {@code count}: the urgent pointer counts from there. */
    public void advanceUrgent(final int count) {
        if (urgent > count) {
            urgent -= count;
        } else {
            urgent = 0;
            flags &= ~TcpFlags.URG;
        }
    }

    /** Removes {@code count} payload bytes from the end. */
    public void trimBack(final int count) {
        length -= count;
    }

    /** Copies {@code count} payload bytes from {@code offset} on into memory that {@code to} reserved at {@code position}. */
    public void copyTo(final ReceiveRing to, final long position, final int offset, final int count) {
        if (ring == null) {
            if (pieces == 0) {
                to.write(position, address + offset, count);
            } else {
                copyPieces(to, position, skipped + offset, count);
            }
            return;
        }
        int done = 0;
        while (done < count) {
            final long from = ringPosition + offset + done;
            final int piece = ring.contiguous(from, count - done);
            to.write(position + done, ring.address(from), piece);
            done += piece;
        }
    }

    private void copyPieces(final ReceiveRing to, final long position, final int from, final int count) {
        int skip = from;
        int done = 0;
        for (int i = 0; done < count; i++) {
            final int here = pieceLengths[i] - skip;
            if (here <= 0) {
                skip = -here;
                continue;
            }
            final int part = Math.min(here, count - done);
            to.write(position + done, pieceAddresses[i] + skip, part);
            skip = 0;
            done += part;
        }
    }
}
