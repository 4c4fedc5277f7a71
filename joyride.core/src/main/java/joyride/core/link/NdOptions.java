package joyride.core.link;

import joyride.api.memory.Memory;

/** The options of one ND message (RFC 4861 §4.6), read once into a reused object; those of unknown type are skipped. */
final class NdOptions {
    static final int SOURCE_LINK_ADDRESS = 1;
    static final int TARGET_LINK_ADDRESS = 2;
    static final int PREFIX = 3;
    static final int MTU = 5;
    static final int NONCE = 14;

    /** Bytes of a prefix information option. */
    static final int PREFIX_LENGTH = 32;
    /** So many prefixes of one advertisement are looked at (RFC 8504 §5.4: hosts bound what they take). */
    static final int PREFIXES = 16;

    /** In the low 48 bits; 0: none. */
    long sourceMac;

    long targetMac;
    /** Bytes; 0: none. */
    int mtu;
    /** In the low 48 bits; -1: none. */
    long nonce;
    /** Where the prefix options lie. */
    final long[] prefixes = new long[PREFIXES];

    int prefixCount;

    /** @return whether the options are well-formed: each has a length, and they end where the message does */
    boolean parse(final long from, final int length) {
        sourceMac = 0;
        targetMac = 0;
        mtu = 0;
        nonce = -1;
        prefixCount = 0;
        int offset = 0;
        while (offset < length) {
            if (length - offset < 8) {
                return false;
            }
            final long at = from + offset;
            final int size = Memory.getUnsignedByte(at + 1) << 3;
            if (size == 0 || size > length - offset) {
                return false;
            }
            take(Memory.getUnsignedByte(at), at, size);
            offset += size;
        }
        return true;
    }

    private void take(final int type, final long at, final int size) {
        final long first = Memory.getLongBE(at);
        switch (type) {
            case SOURCE_LINK_ADDRESS -> sourceMac = station(first);
            case TARGET_LINK_ADDRESS -> targetMac = station(first);
            case MTU -> mtu = (int) Math.min(Memory.getIntBE(at + 4) & 0xffff_ffffL, Integer.MAX_VALUE);
            case NONCE -> nonce = first & 0xffff_ffff_ffffL;
            case PREFIX -> {
                if (size == PREFIX_LENGTH && prefixCount < PREFIXES) {
                    prefixes[prefixCount++] = at;
                }
            }
            default -> {}
        }
    }

    /** A group's address names no station. */
    private static long station(final long option) {
        final long mac = option & 0xffff_ffff_ffffL;
        return (mac & 1L << 40) == 0 ? mac : 0;
    }
}
