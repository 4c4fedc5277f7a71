package joyride.linux.bpf;

/** When a jump is taken; comparisons are unsigned unless they say otherwise. */
public enum Condition {
    EQUAL(0x10),
    GREATER(0x20),
    GREATER_OR_EQUAL(0x30),
    /** A bit is set in both. */
    BITS_SET(0x40),
    NOT_EQUAL(0x50),
    SIGNED_GREATER(0x60),
    SIGNED_GREATER_OR_EQUAL(0x70),
    LESS(0xa0),
    LESS_OR_EQUAL(0xb0),
    SIGNED_LESS(0xc0),
    SIGNED_LESS_OR_EQUAL(0xd0);

    final int code;

    Condition(final int code) {
        this.code = code;
    }
}
