package joyride.linux.bpf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Builds an eBPF program, instruction by instruction (RFC 9669). What is wrong with a program itself the kernel's verifier says;
 * here only what cannot be encoded is refused. For little-endian machines.
 */
public final class Assembler {
    private static final int LOAD_IMMEDIATE_64 = 0x18;
    private static final int LOAD = 0x61;
    private static final int STORE_IMMEDIATE = 0x62;
    private static final int STORE = 0x63;
    private static final int ATOMIC = 0xc3;
    private static final int JUMP = 0x05;
    private static final int ARITHMETIC_64 = 0x07;
    private static final int OPERAND_REGISTER = 0x08;
    private static final int CALL = 0x85;
    private static final int EXIT = 0x95;
    private static final int PSEUDO_MAP_DESCRIPTOR = 1;

    private record Jump(int at, Label target) {}

    private long[] code = new long[64];
    private int size;
    private final List<Jump> jumps = new ArrayList<>();

    /** {@code to = from} */
    public Assembler move(final Register to, final Register from) {
        return compute(Arithmetic.MOVE, to, from);
    }

    /** {@code to = value}, sign-extended to 64 bits */
    public Assembler move(final Register to, final int value) {
        return compute(Arithmetic.MOVE, to, value);
    }

    /** {@code to = to operation operand} */
    public Assembler compute(final Arithmetic operation, final Register to, final Register operand) {
        return emit(ARITHMETIC_64 | OPERAND_REGISTER | operation.code, to, operand.ordinal(), 0, 0);
    }

    /** {@code to = to operation operand}, the operand sign-extended to 64 bits */
    public Assembler compute(final Arithmetic operation, final Register to, final int operand) {
        return emit(ARITHMETIC_64 | operation.code, to, 0, 0, operand);
    }

    /** {@code to = *(base + offset)}, zero-extended */
    public Assembler load(final Width width, final Register to, final Register base, final int offset) {
        return emit(LOAD | width.code, to, base.ordinal(), offset, 0);
    }

    /** {@code *(base + offset) = from} */
    public Assembler store(final Width width, final Register base, final int offset, final Register from) {
        return emit(STORE | width.code, base, from.ordinal(), offset, 0);
    }

    /** {@code *(base + offset) = value} */
    public Assembler store(final Width width, final Register base, final int offset, final int value) {
        return emit(STORE_IMMEDIATE | width.code, base, 0, offset, value);
    }

    /** {@code *(base + offset) += operand}, 64 bits, atomically */
    public Assembler atomicAdd(final Register base, final int offset, final Register operand) {
        return emit(ATOMIC | Width.DOUBLE.code, base, operand.ordinal(), offset, 0);
    }

    /** {@code to =} the map behind a descriptor of this process */
    public Assembler loadMap(final Register to, final int descriptor) {
        emit(LOAD_IMMEDIATE_64, to, PSEUDO_MAP_DESCRIPTOR, 0, descriptor);
        return emit(0, Register.R0, 0, 0, 0);
    }

    public Assembler jump(final Label target) {
        jumps.add(new Jump(size, target));
        return emit(JUMP, Register.R0, 0, 0, 0);
    }

    /** {@code if (left condition right) goto target} */
    public Assembler jump(final Condition condition, final Register left, final Register right, final Label target) {
        jumps.add(new Jump(size, target));
        return emit(JUMP | OPERAND_REGISTER | condition.code, left, right.ordinal(), 0, 0);
    }

    /** {@code if (left condition right) goto target}, right sign-extended to 64 bits */
    public Assembler jump(final Condition condition, final Register left, final int right, final Label target) {
        jumps.add(new Jump(size, target));
        return emit(JUMP | condition.code, left, 0, 0, right);
    }

    public Assembler call(final Helper helper) {
        return emit(CALL, Register.R0, 0, 0, helper.number);
    }

    /** Ends the program with R0 as its result. */
    public Assembler exit() {
        return emit(EXIT, Register.R0, 0, 0, 0);
    }

    /** The next instruction is where {@code label} is. */
    public Assembler place(final Label label) {
        if (label.at >= 0) {
            throw new IllegalStateException("label " + label + " is placed twice");
        }
        label.at = size;
        return this;
    }

    /** The program: one long an instruction, in the machine's byte order, jumps resolved. */
    public long[] assemble() {
        final long[] program = Arrays.copyOf(code, size);
        for (final Jump jump : jumps) {
            final Label target = jump.target;
            if (target.at < 0) {
                throw new IllegalStateException("label " + target + " is jumped to but nowhere placed");
            }
            program[jump.at] |= (checkOffset(target.at - jump.at - 1) & 0xffffL) << 16;
        }
        return program;
    }

    private Assembler emit(
            final int operation, final Register to, final int source, final int offset, final int immediate) {
        if (size == code.length) {
            code = Arrays.copyOf(code, size * 2);
        }
        code[size++] = operation
                | (long) to.ordinal() << 8
                | (long) source << 12
                | (checkOffset(offset) & 0xffffL) << 16
                | (long) immediate << 32;
        return this;
    }

    private static int checkOffset(final int offset) {
        if (offset != (short) offset) {
            throw new IllegalArgumentException("offset " + offset + " of an instruction does not fit 16 bits");
        }
        return offset;
    }
}
