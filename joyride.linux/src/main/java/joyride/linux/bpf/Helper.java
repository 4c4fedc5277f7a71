package joyride.linux.bpf;

/** Functions of the kernel that programs call, by the number in {@code linux/bpf.h}. */
public enum Helper {
    /** R1 map, R2 key → R0 address of the value or 0. */
    MAP_LOOKUP_ELEMENT(1),
    /** R1 context, R2 offset in the packet, R3 where to, R4 length → R0 0, or negative. */
    SKB_LOAD_BYTES(26),
    /** R1 context, R2 length → R0 0, or negative. All packet pointers are void after it. */
    SKB_PULL_DATA(39),
    /** R1 map, R2 key, R3 what to return where there is no entry → R0 action. */
    REDIRECT_MAP(51);

    final int number;

    Helper(final int number) {
        this.number = number;
    }
}
