package joyride.linux.bpf;

/** How much a load or store moves. */
public enum Width {
    BYTE(0x10),
    HALF(0x08),
    WORD(0x00),
    DOUBLE(0x18);

    final int code;

    Width(final int code) {
        this.code = code;
    }
}
