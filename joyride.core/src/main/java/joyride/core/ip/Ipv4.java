package joyride.core.ip;

import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;

/**
 * The IPv4 header (RFC 791) at an address: fields, writing, checksum. Nothing is checked here: {@link Ipv4Input} has checked what came
 * in before anybody reads a field.
 */
public final class Ipv4 {
    /** Bytes of a header without options. */
    public static final int HEADER = 20;

    static final int MAX_HEADER = 60;
    static final int MAX_PACKET = 65535;

    static final int DONT_FRAGMENT = 0x4000;
    static final int MORE_FRAGMENTS = 0x2000;
    static final int OFFSET = 0x1fff;

    static final int ICMP = 1;
    static final int TCP = 6;
    static final int UDP = 17;

    private static final long LOW = 0xffff_ffffL;

    private Ipv4() {}

    static int headerLength(final long at) {
        return (Memory.getUnsignedByte(at) & 15) << 2;
    }

    static int tos(final long at) {
        return Memory.getUnsignedByte(at + 1);
    }

    static int totalLength(final long at) {
        return Memory.getUnsignedShortBE(at + 2);
    }

    static int identification(final long at) {
        return Memory.getUnsignedShortBE(at + 4);
    }

    /** The three flags and the offset in units of 8 bytes. */
    static int flagsAndOffset(final long at) {
        return Memory.getUnsignedShortBE(at + 6);
    }

    static int ttl(final long at) {
        return Memory.getUnsignedByte(at + 8);
    }

    static int protocol(final long at) {
        return Memory.getUnsignedByte(at + 9);
    }

    static int source(final long at) {
        return Memory.getIntBE(at + 12);
    }

    static int destination(final long at) {
        return Memory.getIntBE(at + 16);
    }

    /** Writes a header without options; the checksum is 0. */
    static void write(
            final long at,
            final int tos,
            final int totalLength,
            final int identification,
            final int flagsAndOffset,
            final int ttl,
            final int protocol,
            final int source,
            final int destination) {
        Memory.putLongBE(
                at,
                (0x4500L | tos) << 48
                        | (long) totalLength << 32
                        | (long) (identification & 0xffff) << 16
                        | flagsAndOffset);
        Memory.putLongBE(at + 8, (long) ttl << 56 | (long) protocol << 48 | source & LOW);
        Memory.putIntBE(at + 16, destination);
    }

    /** Completes the checksum of a header whose checksum field is 0. */
    static void complete(final long at, final int headerLength) {
        Memory.putShort(at + 10, ~foldedSum(at, headerLength));
    }

    /** Whether the header's checksum is right. */
    public static boolean checksumGood(final long at, final int headerLength) {
        return foldedSum(at, headerLength) == 0xffff;
    }

    /** In the machine's byte order: the ones' complement sum does not mind (RFC 1071 §2 (B)). */
    private static int foldedSum(final long at, final int headerLength) {
        final long first = Memory.getLong(at);
        final long second = Memory.getLong(at + 8);
        long sum = (first & LOW) + (first >>> 32) + (second & LOW) + (second >>> 32) + (Memory.getInt(at + 16) & LOW);
        for (int i = HEADER; i < headerLength; i += 4) {
            sum += Memory.getInt(at + i) & LOW;
        }
        return Kernels.fold(sum);
    }

    /** The pseudo-header's sum for TCP and UDP checksums, unfolded, as {@link Kernels} take it. */
    public static long pseudoSum(
            final long sourceLow, final long destinationLow, final int protocol, final int length) {
        return (sourceLow & LOW) + (destinationLow & LOW) + protocol + length;
    }

    static boolean isMulticast(final int address) {
        return address >>> 28 == 0xe;
    }

    static boolean isLoopback(final int address) {
        return address >>> 24 == 127;
    }
}
