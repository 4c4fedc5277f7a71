package joyride.linux.bpf;

/** 64-bit arithmetic on a register. */
public enum Arithmetic {
    ADD(0x00),
    SUBTRACT(0x10),
    MULTIPLY(0x20),
    OR(0x40),
    AND(0x50),
    SHIFT_LEFT(0x60),
    SHIFT_RIGHT(0x70),
    XOR(0xa0),
    MOVE(0xb0);

    final int code;

    Arithmetic(final int code) {
        this.code = code;
    }
}
