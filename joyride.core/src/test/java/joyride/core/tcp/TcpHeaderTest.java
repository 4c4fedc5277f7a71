package joyride.core.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.HexFormat;
import java.util.Random;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.core.ip.Packet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TcpHeaderTest {
    private final Arena arena = Arena.ofConfined();
    private final long at = arena.allocate(256).address();
    private final TcpOutput output = new TcpOutput();
    private final TcpSegment segment = new TcpSegment();

    @AfterEach
    void close() {
        arena.close();
    }

    private DropReason parse(final int length) {
        final Packet packet = new Packet();
        packet.transport = at;
        packet.transportLength = length;
        return TcpHeader.parse(packet, segment);
    }

    private String hex(final int from, final int to) {
        final byte[] bytes = new byte[to - from];
        Memory.copyOut(at + from, bytes, 0, bytes.length);
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void shouldLayOptionsOutAsFreeBsdWhenItIsASyn() {
        output.clear();
        output.flags = TcpFlags.SYN;
        output.mss = 1460;
        output.windowScale = 6;
        output.sackPermitted = true;
        output.timestamp = true;
        output.tsVal = 0x01020304;
        output.tsEcr = 0;
        assertEquals(40, TcpHeader.write(at, 1, 2, output));
        assertEquals("020405b4" + "01030306" + "0402" + "080a0102030400000000", hex(20, 40));
    }

    @Test
    void shouldPadByEndOfOptionsWhenOnlySackIsOffered() {
        output.clear();
        output.flags = TcpFlags.SYN | TcpFlags.ACK;
        output.mss = 536;
        output.sackPermitted = true;
        assertEquals(28, TcpHeader.write(at, 1, 2, output));
        assertEquals("02040218" + "0402" + "0000", hex(20, 28));
    }

    @Test
    void shouldReadBackWhatItWroteWhenSacksAndTimestampGoTogether() {
        output.clear();
        output.flags = TcpFlags.ACK;
        output.seq = 0xfffffff0;
        output.ack = 77;
        output.window = 4711;
        output.timestamp = true;
        output.tsVal = 5;
        output.tsEcr = 6;
        output.sackCount = 3;
        for (int i = 0; i < 3; i++) {
            output.sackStart[i] = 100 * i;
            output.sackEnd[i] = 100 * i + 50;
        }
        final int length = TcpHeader.write(at, 4000, 80, output);
        assertEquals(20 + 12 + 4 + 24, length);
        assertNull(parse(length + 10));
        assertEquals(0xfffffff0, segment.seq);
        assertEquals(77, segment.ack);
        assertEquals(4711, segment.window);
        assertTrue(segment.hasTimestamp);
        assertEquals(5, segment.tsVal);
        assertEquals(6, segment.tsEcr);
        assertEquals(3, segment.sackCount);
        assertEquals(250, segment.sackEnd[2]);
        assertEquals(10, segment.length);
        assertEquals(at + length, segment.address);
    }

    @Test
    void shouldIgnoreSynOptionsWhenTheSegmentIsNoSyn() {
        output.clear();
        output.flags = TcpFlags.SYN;
        output.mss = 1460;
        output.windowScale = 14;
        final int length = TcpHeader.write(at, 1, 2, output);
        Memory.putByte(at + 13, TcpFlags.ACK);
        assertNull(parse(length));
        assertEquals(0, segment.mss);
        assertEquals(-1, segment.windowScale);
    }

    @Test
    void shouldCallItShortWhenTheHeaderDoesNotFit() {
        assertEquals(DropReason.TCP_SHORT, parse(19));
        output.clear();
        TcpHeader.write(at, 1, 2, output);
        Memory.putByte(at + 12, 4 << 4);
        assertEquals(DropReason.TCP_SHORT, parse(20));
        Memory.putByte(at + 12, 15 << 4);
        assertEquals(DropReason.TCP_SHORT, parse(59));
    }

    @Test
    void shouldCallOptionsMalformedWhenOneRunsBeyondTheHeader() {
        output.clear();
        TcpHeader.write(at, 1, 2, output);
        Memory.putByte(at + 12, 6 << 4);
        for (final int bad : new int[] {0x0805_0000, 0x0800_0000, 0x0101_0108}) {
            Memory.putIntBE(at + 20, bad);
            assertEquals(DropReason.TCP_OPTIONS, parse(24), Integer.toHexString(bad));
        }
    }

    /** Kinds with lengths that they do not have: timestamps of 6 and of 12 bytes, SACK of one and a half blocks, of none. */
    @Test
    void shouldSkipAnOptionWhenItsLengthIsNotThatOfItsKind() {
        final byte[][] odd = {
            {8, 6, 1, 2, 3, 4, 1, 1},
            {8, 12, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0},
            {5, 14, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 1},
            {5, 2, 1, 1},
            {2, 3, 5, 1},
            {3, 4, 7, 0},
            {4, 3, 0, 1}
        };
        for (final byte[] option : odd) {
            output.clear();
            output.flags = option[0] == 5 || option[0] == 8 ? TcpFlags.ACK : TcpFlags.SYN;
            TcpHeader.write(at, 1, 2, output);
            Memory.copyIn(option, 0, at + 20, option.length);
            Memory.putByte(at + 12, (20 + option.length) / 4 << 4);
            assertNull(parse(20 + option.length));
            assertFalse(segment.hasTimestamp, "timestamp");
            assertEquals(0, segment.sackCount, "SACK");
            assertEquals(0, segment.mss, "MSS");
            assertEquals(-1, segment.windowScale, "window scale");
            assertFalse(segment.sackPermitted, "SACK permitted");
        }
    }

    @Test
    void shouldNeverReadOutsideWhenOptionsAreNoise() {
        final Random random = new Random(3);
        for (int round = 0; round < 20_000; round++) {
            final byte[] noise = new byte[60];
            random.nextBytes(noise);
            noise[12] = (byte) ((5 + random.nextInt(11)) << 4);
            Memory.copyIn(noise, 0, at, 60);
            parse(20 + random.nextInt(41));
            assertTrue(segment.sackCount <= TcpSegment.SACK_BLOCKS);
            assertFalse(segment.windowScale > 14);
        }
    }
}
