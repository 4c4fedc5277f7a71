package joyride.linux.bpf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Encodings by RFC 9669, written out by hand. */
class AssemblerTest {
    private final Assembler code = new Assembler();

    /** One instruction as it lies in memory: opcode, registers, offset, immediate. */
    private static long instruction(
            final int operation, final int to, final int source, final int offset, final int immediate) {
        return operation | to << 8 | source << 12 | (offset & 0xffffL) << 16 | (long) immediate << 32;
    }

    @Test
    void shouldEncodeMovesAndArithmetic() {
        code.move(Register.R6, Register.R1)
                .move(Register.R0, -1)
                .compute(Arithmetic.ADD, Register.R2, -24)
                .compute(Arithmetic.SHIFT_RIGHT, Register.R3, Register.R4)
                .exit();
        assertArrayEquals(
                new long[] {
                    instruction(0xbf, 6, 1, 0, 0),
                    instruction(0xb7, 0, 0, 0, -1),
                    instruction(0x07, 2, 0, 0, -24),
                    instruction(0x7f, 3, 4, 0, 0),
                    instruction(0x95, 0, 0, 0, 0)
                },
                code.assemble());
    }

    @Test
    void shouldEncodeLoadsAndStoresOfEachWidth() {
        code.load(Width.BYTE, Register.R2, Register.R7, 23)
                .load(Width.HALF, Register.R2, Register.R7, 12)
                .load(Width.WORD, Register.R7, Register.R6, 76)
                .load(Width.DOUBLE, Register.R1, Register.R2, 8)
                .store(Width.HALF, Register.R10, -8, Register.R2)
                .store(Width.DOUBLE, Register.R10, -24, 7)
                .atomicAdd(Register.R0, 16, Register.R1);
        assertArrayEquals(
                new long[] {
                    instruction(0x71, 2, 7, 23, 0),
                    instruction(0x69, 2, 7, 12, 0),
                    instruction(0x61, 7, 6, 76, 0),
                    instruction(0x79, 1, 2, 8, 0),
                    instruction(0x6b, 10, 2, -8, 0),
                    instruction(0x7a, 10, 0, -24, 7),
                    instruction(0xdb, 0, 1, 16, 0)
                },
                code.assemble());
    }

    @Test
    void shouldCountTheTwoSlotsOfAMapWhenItResolvesJumps() {
        final Label back = new Label("back");
        final Label ahead = new Label("ahead");
        code.place(back)
                .jump(Condition.NOT_EQUAL, Register.R0, 0, ahead)
                .loadMap(Register.R1, 42)
                .jump(Condition.LESS, Register.R1, Register.R2, back)
                .call(Helper.MAP_LOOKUP_ELEMENT)
                .place(ahead)
                .jump(back);
        assertArrayEquals(
                new long[] {
                    instruction(0x55, 0, 0, 4, 0),
                    instruction(0x18, 1, 1, 0, 42),
                    0,
                    instruction(0xad, 1, 2, -4, 0),
                    instruction(0x85, 0, 0, 0, 1),
                    instruction(0x05, 0, 0, -6, 0)
                },
                code.assemble());
    }

    @Test
    void shouldGrowWithTheProgram() {
        for (int i = 0; i < 1000; i++) {
            code.move(Register.R0, i);
        }
        final long[] program = code.assemble();
        assertEquals(1000, program.length);
        assertEquals(instruction(0xb7, 0, 0, 0, 999), program[999]);
    }

    @Test
    void shouldRefuseWhatCannotBeEncoded() {
        final Label lost = new Label("lost");
        code.jump(lost);
        assertTrue(assertThrows(IllegalStateException.class, code::assemble)
                .getMessage()
                .contains("lost"));
        code.place(lost);
        assertThrows(IllegalStateException.class, () -> code.place(lost));
        assertThrows(IllegalArgumentException.class, () -> code.load(Width.BYTE, Register.R0, Register.R1, 40_000));
    }
}
