package joyride.testkit.simulation;

import joyride.api.memory.Memory;

/** The bytes of a stream, each following from a key and its position, so that no copy is needed to compare them. */
final class StreamPattern {
    private static final int PERIOD = 8;

    private StreamPattern() {}

    static void fill(final long key, final long position, final long address, final int length) {
        int i = 0;
        while (i < length && (position + i) % PERIOD != 0) {
            Memory.putByte(address + i, at(key, position + i));
            i++;
        }
        for (; i + PERIOD <= length; i += PERIOD) {
            Memory.putLongBE(address + i, word(key, position + i));
        }
        for (; i < length; i++) {
            Memory.putByte(address + i, at(key, position + i));
        }
    }

    /** The first index at which the bytes differ from the pattern, or -1. */
    static int mismatch(final long key, final long position, final long address, final int length) {
        int i = 0;
        while (i < length) {
            if ((position + i) % PERIOD == 0
                    && i + PERIOD <= length
                    && Memory.getLongBE(address + i) == word(key, position + i)) {
                i += PERIOD;
            } else if (Memory.getByte(address + i) == (byte) at(key, position + i)) {
                i++;
            } else {
                return i;
            }
        }
        return -1;
    }

    /** A piece of the pattern. */
    static byte[] bytes(final long key, final long position, final int length) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) at(key, position + i);
        }
        return bytes;
    }

    private static int at(final long key, final long position) {
        return (int) (word(key, position) >>> 8 * (PERIOD - 1 - position % PERIOD)) & 0xff;
    }

    private static long word(final long key, final long position) {
        return SeededRandom.mix(key + position / PERIOD);
    }
}
