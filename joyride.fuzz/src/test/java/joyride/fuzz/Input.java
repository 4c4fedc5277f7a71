package joyride.fuzz;

import java.util.Arrays;

/** Bytes of the fuzzer's, read as numbers; past the end all is 0. */
final class Input {
    private final byte[] bytes;
    private int at;

    Input(final byte[] bytes) {
        this.bytes = bytes;
    }

    boolean isEmpty() {
        return at >= bytes.length;
    }

    int u8() {
        return at < bytes.length ? bytes[at++] & 0xff : 0;
    }

    int u16() {
        return u8() << 8 | u8();
    }

    int s32() {
        return u16() << 16 | u16();
    }

    /** As many as there are, up to {@code most}. */
    byte[] bytes(final int most) {
        final int length = Math.min(most, bytes.length - at);
        final byte[] taken = Arrays.copyOfRange(bytes, at, at + Math.max(length, 0));
        at += taken.length;
        return taken;
    }
}
