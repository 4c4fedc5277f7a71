package joyride.nic.memif;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.nic.Offload;
import joyride.core.memory.ScalarKernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CheckedCopyTest {
    private static final int ROOM = 2048;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int GOOD = Offload.RX_CHECKSUM_GOOD;

    private final Arena arena = Arena.ofConfined();
    private final long from = arena.allocate(ROOM, 64).address();
    private final long to = arena.allocate(ROOM, 64).address();
    private final Kernels kernels = new ScalarKernels();
    private final SplittableRandom random = new SplittableRandom(7);

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void shouldFindEveryLengthRightAndEachWrongByte() {
        for (final int protocol : new int[] {TCP, UDP}) {
            for (final boolean v6 : new boolean[] {false, true}) {
                final int least = (v6 ? 54 : 34) + (protocol == TCP ? 20 : 8);
                for (int length = least; length <= 300; length++) {
                    packet(v6, protocol, length);
                    assertEquals(length < 64 ? 0 : GOOD, copy(length), protocol + " v6 " + v6 + " length " + length);
                }
                packet(v6, protocol, 201);
                for (int at = 14; at < 201; at++) {
                    // The traffic class, flow label and hop limit of IPv6 are in no checksum, nor is its version's
                    // lower half.
                    if (v6 && (at < 18 || at == 21)) {
                        continue;
                    }
                    final int was = Memory.getUnsignedByte(from + at);
                    Memory.putByte(from + at, was ^ 0x10);
                    assertEquals(0, copy(201), protocol + " v6 " + v6 + " byte " + at);
                    Memory.putByte(from + at, was);
                }
                assertEquals(GOOD, copy(201));
            }
        }
    }

    @Test
    void shouldLeaveToCoreWhatItDoesNotJudge() {
        packet(false, 1, 100);
        assertEquals(0, copy(100), "ICMP");
        packet(false, TCP, 100);
        assertEquals(0, copy(104), "padded");
        Memory.putShortBE(from + 20, 0x2000);
        complete();
        assertEquals(0, copy(100), "first fragment");
        packet(false, UDP, 100);
        Memory.putShortBE(from + 40, 0);
        assertEquals(0, copy(100), "UDP without checksum");
        packet(true, TCP, 100);
        Memory.putByte(from + 20, 43);
        assertEquals(0, copy(100), "routing header");
        packet(false, TCP, 100);
        Memory.putShortBE(from + 12, 0x0806);
        assertEquals(0, copy(100), "ARP");
    }

    private void complete() {
        Memory.putShortBE(from + 24, 0);
        Memory.putShortBE(from + 24, ~Kernels.fold(kernels.sum(from + 14, 20, 0)));
    }

    private int copy(final int length) {
        for (int i = 0; i < ROOM; i++) {
            Memory.putByte(to + i, 0x77);
        }
        final int flags = CheckedCopy.copy(from, to, length, kernels);
        for (int i = 0; i < length; i++) {
            assertEquals(Memory.getByte(from + i), Memory.getByte(to + i), "byte " + i + " of " + length);
        }
        assertEquals(0x77, Memory.getByte(to + length), "byte behind " + length);
        return flags;
    }

    private void packet(final boolean v6, final int protocol, final int length) {
        for (int i = 0; i < length; i++) {
            Memory.putByte(from + i, random.nextInt());
        }
        final int headers = v6 ? 54 : 34;
        final int bytes = length - headers;
        Memory.putShortBE(from + 12, v6 ? 0x86dd : 0x0800);
        long pseudo = protocol + bytes;
        if (v6) {
            Memory.putIntBE(from + 14, 0x6000_0000);
            Memory.putShortBE(from + 18, bytes);
            Memory.putByte(from + 20, protocol);
            pseudo = kernels.sum(from + 22, 32, pseudo);
        } else {
            Memory.putShortBE(from + 14, 0x4500);
            Memory.putShortBE(from + 16, length - 14);
            Memory.putShortBE(from + 20, 0x4000);
            Memory.putByte(from + 23, protocol);
            complete();
            pseudo = kernels.sum(from + 26, 8, pseudo);
        }
        final long checksum = from + headers + (protocol == UDP ? 6 : 16);
        if (protocol == UDP) {
            Memory.putShortBE(from + headers + 4, bytes);
        }
        Memory.putShortBE(checksum, 0);
        Memory.putShortBE(checksum, ~Kernels.fold(kernels.sum(from + headers, bytes, pseudo)));
    }
}
