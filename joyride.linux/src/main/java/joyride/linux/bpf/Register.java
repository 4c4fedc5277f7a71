package joyride.linux.bpf;

/** eBPF's registers: R0 result, R1 to R5 arguments (lost in a call), R6 to R9 kept, R10 the frame pointer, read only. */
public enum Register {
    R0,
    R1,
    R2,
    R3,
    R4,
    R5,
    R6,
    R7,
    R8,
    R9,
    R10
}
