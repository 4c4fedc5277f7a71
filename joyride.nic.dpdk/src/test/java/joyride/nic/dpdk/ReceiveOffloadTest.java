package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.util.HexFormat;
import joyride.api.memory.Memory;
import joyride.api.nic.Offload;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of a received mbuf's {@code ol_flags}; the bits are those of rte_mbuf_core.h. */
class ReceiveOffloadTest {
    private static final String ETHERNET = "020000000001" + "020000000002" + "0800";
    private static final String RIGHT = "45000073000040004011b861c0a80001c0a800c7";
    private static final String WRONG = "45000073000040004011b862c0a80001c0a800c7";
    private static final String SIXTH = "6000000000140640" + "00".repeat(12);
    private static final String OTHER = "0001080006040001" + "00".repeat(12);
    private static final long MERGED = 1L << 16;

    /** Layout asks the libraries. */
    @BeforeAll
    static void open() {
        Ports.here();
    }

    private static long ip(final String word) {
        return bits(word, 1L << 4, 1L << 7);
    }

    private static long transport(final String word) {
        return bits(word, 1L << 3, 1L << 8);
    }

    private static long bits(final String word, final long bad, final long good) {
        return switch (word) {
            case "BAD" -> bad;
            case "GOOD" -> good;
            case "NONE" -> bad | good;
            default -> 0;
        };
    }

    private static int offload(final long flags, final String header, final int segment) {
        try (Arena arena = Arena.ofConfined()) {
            final byte[] bytes = HexFormat.of().parseHex(ETHERNET + header);
            final long frame = arena.allocate(bytes.length, 8).address();
            for (int i = 0; i < bytes.length; i++) {
                Memory.putByte(frame + i, bytes[i]);
            }
            final long mbuf = arena.allocate(128, 64).address();
            // l2_len 14, l3_len 20, l4_len 20: what stands around tso_segsz.
            Memory.putLong(mbuf + 72, 14 | 20 << 7 | 20 << 16 | (long) segment << 24 | 1L << 40);
            return ReceiveOffload.of(mbuf, frame, flags);
        }
    }

    /** NONE: not complete in the frame, but right. UNKNOWN of IPv4's header: it is computed. */
    @ParameterizedTest
    @CsvSource({
        "GOOD,    GOOD,    1, 1",
        "GOOD,    BAD,     2, 2",
        "GOOD,    UNKNOWN, 0, 0",
        "GOOD,    NONE,    1, 1",
        "BAD,     GOOD,    2, 2",
        "BAD,     BAD,     2, 2",
        "BAD,     UNKNOWN, 2, 2",
        "BAD,     NONE,    2, 2",
        "UNKNOWN, GOOD,    1, 0",
        "UNKNOWN, BAD,     2, 2",
        "UNKNOWN, UNKNOWN, 0, 0",
        "UNKNOWN, NONE,    1, 0",
        "NONE,    GOOD,    1, 1",
        "NONE,    BAD,     2, 2",
        "NONE,    UNKNOWN, 0, 0",
        "NONE,    NONE,    1, 1"
    })
    void shouldSayWhatTheDeviceSaysOfChecksums(
            final String ip, final String transport, final int ifHeaderIsRight, final int ifHeaderIsWrong) {
        assertEquals(1, Offload.RX_CHECKSUM_GOOD);
        assertEquals(2, Offload.RX_CHECKSUM_BAD);
        final long flags = ip(ip) | transport(transport);
        assertEquals(ifHeaderIsRight, offload(flags, RIGHT, 0));
        assertEquals(ifHeaderIsWrong, offload(flags, WRONG, 0));
        // What else may stand in ol_flags: a VLAN, an RSS hash, a timestamp.
        assertEquals(ifHeaderIsRight, offload(flags | 1 | 1 << 1 | 1L << 17, RIGHT, 0));
    }

    @ParameterizedTest
    @CsvSource({"GOOD, 1", "NONE, 1", "BAD, 2", "UNKNOWN, 0"})
    void shouldTakeTheTransportsWordWhereIpHasNoChecksum(final String transport, final int expected) {
        assertEquals(expected, offload(transport(transport), SIXTH, 0));
        final int ifNeither = expected == Offload.RX_CHECKSUM_GOOD ? 0 : expected;
        assertEquals(ifNeither, offload(transport(transport), OTHER, 0), "neither IPv4 nor IPv6");
    }

    @ParameterizedTest
    @CsvSource({"1448, 1448", "0, 536"})
    void shouldTellTheSegmentsOfAMergedFrameWhenItIsGoodAlone(final int told, final int expected) {
        final int merged = offload(MERGED | ip("GOOD") | transport("GOOD"), RIGHT, told);
        assertEquals(expected, Offload.segmentSize(merged));
        assertEquals(Offload.withSegmentSize(Offload.RX_CHECKSUM_GOOD | Offload.RX_TCP_MERGED, expected), merged);
        assertEquals(Offload.RX_CHECKSUM_BAD, offload(MERGED | ip("GOOD") | transport("BAD"), RIGHT, told));
        assertEquals(0, offload(MERGED | ip("GOOD"), RIGHT, told));
    }
}
