package joyride.core.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.nic.Offload;
import joyride.core.memory.ScalarKernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes one segment and what goes up for itself, frame by frame, for both families. */
class LargeReceiveTest {
    private static final int ACK = 0x10;
    private static final int PSH = 0x08;
    private static final int FIN = 0x01;
    private static final int ECE = 0x40;
    private static final int SIZE = 1000;

    private final Arena arena = Arena.ofShared();
    private final Kernels kernels = new ScalarKernels();

    /** Units in the order in which they came out: frames, payload bytes, and the last one's acknowledgement. */
    private final List<String> out = new ArrayList<>();

    /** The timestamp of each that is echoed, where they have one. */
    private final List<Integer> stamps = new ArrayList<>();

    private final LargeReceive receive = new LargeReceive(kernels, unit -> {
        out.add(unit.count() + ":" + unit.payload() + ":" + Memory.getIntBE(unit.lastTransport() + 8));
        stamps.add(unit.timestamped ? Memory.getIntBE(unit.stampTransport() + 24) : 0);
    });

    private boolean six;

    @AfterEach
    void close() {
        arena.close();
    }

    /** A frame as it is on the wire, checksums right. */
    private final class Frame {
        private int source = 4000;
        private final int sequence;
        private final int acknowledgement;
        private final int payload;
        private int flags = ACK;
        private int window = 500;
        private int timestamp;
        private int mark;
        private byte[] options = {};
        private int fragment;
        private long at;
        private int length;

        Frame(final int sequence, final int acknowledgement, final int payload) {
            this.sequence = sequence;
            this.acknowledgement = acknowledgement;
            this.payload = payload;
        }

        private Frame build() {
            final int header = 20 + (timestamp != 0 ? 12 : 0) + options.length;
            final int ip = six ? 40 : 20;
            length = 14 + ip + header + payload;
            at = arena.allocate(length, 8).address();
            final long network = at + 14;
            final long tcp = network + ip;
            Memory.putIntBE(tcp, source << 16 | 80);
            Memory.putIntBE(tcp + 4, sequence);
            Memory.putIntBE(tcp + 8, acknowledgement);
            Memory.putIntBE(tcp + 12, header / 4 << 28 | flags << 16 | window);
            if (timestamp != 0) {
                Memory.putIntBE(tcp + 20, 0x0101_080a);
                Memory.putIntBE(tcp + 24, timestamp);
                Memory.putIntBE(tcp + 28, 7);
            }
            Memory.copyIn(options, 0, tcp + header - options.length, options.length);
            for (int i = 0; i < payload; i++) {
                Memory.putByte(tcp + header + i, sequence + i);
            }
            final long addresses;
            final int addressBytes;
            if (six) {
                Memory.putIntBE(network, 6 << 28 | mark << 20 | 99);
                Memory.putIntBE(network + 4, header + payload << 16 | 6 << 8 | 64);
                addresses = network + 8;
                addressBytes = 32;
                Memory.putLongBE(addresses, 0x2001_0db8_0000_0000L);
                Memory.putLongBE(addresses + 24, 2);
            } else {
                Memory.putIntBE(network, 0x4500 << 16 | mark << 16 | 20 + header + payload);
                Memory.putIntBE(network + 4, sequence << 16 | fragment);
                Memory.putIntBE(network + 8, 64 << 24 | 6 << 16);
                addresses = network + 12;
                addressBytes = 8;
                Memory.putLongBE(addresses, 0x0a00_0001_0a00_0002L);
                Memory.putShortBE(network + 10, ~Kernels.fold(kernels.sum(network, 20, 0)));
            }
            final long pseudo = kernels.sum(addresses, addressBytes, 6 + header + payload);
            Memory.putShortBE(tcp + 16, ~Kernels.fold(kernels.sum(tcp, header + payload, pseudo)));
            return this;
        }

        boolean give() {
            return receive.take(
                    build().at, length, six ? EthernetInterface.TYPE_IPV6 : EthernetInterface.TYPE_IPV4, 0, 0);
        }
    }

    private Frame frame(final int sequence, final int acknowledgement, final int payload) {
        return new Frame(sequence, acknowledgement, payload);
    }

    private void assertUnits(final String... expected) {
        receive.flush();
        assertEquals(List.of(expected), out);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldMergeWhenSegmentsFollowEachOther(final boolean v6) {
        six = v6;
        assertTrue(frame(0, 5, SIZE).give());
        assertTrue(frame(SIZE, 5, SIZE).give());
        final Frame pushed = frame(2 * SIZE, 5, 10);
        pushed.flags |= PSH;
        assertTrue(pushed.give());
        assertTrue(frame(2 * SIZE + 10, 5, SIZE).give());
        assertUnits("4:3010:5");
        assertEquals(4, receive.takeFrames());
        assertEquals(1, receive.takeUnits());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldMergeAcknowledgementsWhenEachTellsOfMore(final boolean v6) {
        six = v6;
        for (int i = 1; i <= 5; i++) {
            final Frame ack = frame(0, i * SIZE, 0);
            ack.window = 1000 - i;
            assertTrue(ack.give());
        }
        assertUnits("5:0:5000");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldPassDuplicatesOneByOneWhenNothingNewIsAcknowledged(final boolean v6) {
        six = v6;
        frame(0, 1000, 0).give();
        frame(0, 1000, 0).give();
        frame(0, 1000, 0).give();
        frame(0, 900, 0).give();
        frame(0, 900, SIZE).give();
        assertUnits("1:0:1000", "1:0:1000", "1:0:1000", "1:0:900", "1:1000:900");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldNotHideADuplicateWhenDataFollowsIt(final boolean v6) {
        six = v6;
        frame(0, 1000, 0).give();
        frame(0, 1000, SIZE).give();
        frame(SIZE, 1000, SIZE).give();
        assertUnits("1:0:1000", "2:2000:1000");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldBreakWhenAGapOpens(final boolean v6) {
        six = v6;
        frame(0, 5, SIZE).give();
        frame(2 * SIZE, 5, SIZE).give();
        frame(3 * SIZE, 5, SIZE).give();
        frame(SIZE, 5, SIZE).give();
        assertUnits("1:1000:5", "2:2000:5", "1:1000:5");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldLetNothingOvertakeWhenAFrameIsNotPlain(final boolean v6) {
        six = v6;
        frame(0, 5, SIZE).give();
        final Frame fin = frame(SIZE, 5, SIZE);
        fin.flags |= FIN;
        assertFalse(fin.give());
        assertEquals(List.of("1:1000:5"), out, "what came before it is up already");
        frame(SIZE, 5, SIZE).give();
        final Frame sack = frame(2 * SIZE, 5, SIZE);
        sack.options = new byte[] {1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2};
        assertFalse(sack.give());
        assertUnits("1:1000:5", "1:1000:5");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTakeNoCongestionMarkAndNoOtherEcho(final boolean v6) {
        six = v6;
        final Frame first = frame(0, 5, SIZE);
        first.mark = 2;
        assertTrue(first.give());
        final Frame marked = frame(SIZE, 5, SIZE);
        marked.mark = 3;
        assertFalse(marked.give());
        final Frame next = frame(2 * SIZE, 5, SIZE);
        next.mark = 2;
        assertTrue(next.give());
        final Frame echo = frame(3 * SIZE, 5, SIZE);
        echo.mark = 2;
        echo.flags |= ECE;
        assertTrue(echo.give());
        final Frame other = frame(4 * SIZE, 5, SIZE);
        other.flags |= ECE;
        assertTrue(other.give());
        assertUnits("1:1000:5", "1:1000:5", "1:1000:5", "1:1000:5");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldMergeTimestampsWhenTheyDoNotGoBack(final boolean v6) {
        six = v6;
        final int[] stamps = {10, 10, 11, 9, 0, 12};
        for (int i = 0; i < stamps.length; i++) {
            final Frame frame = frame(i * SIZE, 5, SIZE);
            frame.timestamp = stamps[i];
            assertTrue(frame.give());
        }
        assertUnits("3:3000:5", "1:1000:5", "1:1000:5", "1:1000:5");
    }

    private void stamped(final int sequence, final int acknowledgement, final int payload, final int timestamp) {
        final Frame frame = frame(sequence, acknowledgement, payload);
        frame.timestamp = timestamp;
        assertTrue(frame.give());
    }

    /** RFC 7323 §4.3: TS.Recent is that of the segment in which the last acknowledgement lies. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldEchoTheEarliestDataWhenSegmentsAreMerged(final boolean v6) {
        six = v6;
        stamped(0, 5, SIZE, 10);
        stamped(SIZE, 5, SIZE, 11);
        stamped(2 * SIZE, 5, SIZE, 12);
        assertUnits("3:3000:5");
        assertEquals(List.of(10), stamps);
    }

    /** Acknowledgements without data all lie where the last acknowledgement does: each of them moves TS.Recent on. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldEchoTheLastWhenMergedSegmentsHaveNoData(final boolean v6) {
        six = v6;
        stamped(0, 1000, 0, 10);
        stamped(0, 2000, 0, 11);
        stamped(0, 3000, 0, 12);
        assertUnits("3:0:3000");
        assertEquals(List.of(12), stamps);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldEchoTheFirstDataWhenAcknowledgementsStandBeforeAndBehindIt(final boolean v6) {
        six = v6;
        stamped(0, 1000, 0, 10);
        stamped(0, 2000, SIZE, 11);
        stamped(SIZE, 2000, SIZE, 12);
        stamped(2 * SIZE, 3000, 0, 13);
        assertUnits("4:2000:3000");
        assertEquals(List.of(11), stamps);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldBreakWhenTheWindowOfDataChanges(final boolean v6) {
        six = v6;
        frame(0, 5, SIZE).give();
        final Frame wider = frame(SIZE, 5, SIZE);
        wider.window = 501;
        wider.give();
        assertUnits("1:1000:5", "1:1000:5");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldKeepConnectionsApart(final boolean v6) {
        six = v6;
        for (int i = 0; i < 3; i++) {
            for (int connection = 0; connection < 3; connection++) {
                final Frame frame = frame(i * SIZE, connection, SIZE);
                frame.source = 4000 + connection;
                assertTrue(frame.give());
            }
        }
        receive.flush();
        int frames = 0;
        for (final String unit : out) {
            frames += Integer.parseInt(unit.substring(0, unit.indexOf(':')));
        }
        assertEquals(9, frames);
        assertEquals(List.of("3:3000:0", "3:3000:1", "3:3000:2"), out);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldRefuseWhenABitIsWrong(final boolean v6) {
        six = v6;
        frame(0, 5, SIZE).give();
        final Frame corrupt = frame(SIZE, 5, SIZE).build();
        final long last = corrupt.at + corrupt.length - 1;
        Memory.putByte(last, Memory.getByte(last) ^ 4);
        final int type = v6 ? EthernetInterface.TYPE_IPV6 : EthernetInterface.TYPE_IPV4;
        assertFalse(receive.take(corrupt.at, corrupt.length, type, 0, 0));
        assertTrue(receive.take(corrupt.at, corrupt.length, type, Offload.RX_CHECKSUM_GOOD, 0), "the port looked");
        assertFalse(receive.take(corrupt.at, corrupt.length - 1, type, Offload.RX_CHECKSUM_GOOD, 0), "cut off");
    }

    @ParameterizedTest
    @ValueSource(ints = {0x2000, 0x0001, 0x3fff})
    void shouldRefuseWhenAPacketIsAFragment(final int flags) {
        frame(0, 5, SIZE).give();
        final Frame fragment = frame(SIZE, 5, SIZE);
        fragment.fragment = flags;
        assertFalse(fragment.give());
        assertEquals(List.of("1:1000:5"), out);
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 65535})
    void shouldEndAUnitWhenItIsAsLargeAsAPacketCanBe(final int size) {
        int frames = 0;
        for (int i = 0; i < 70; i++) {
            frames += frame(i * size, 5, Math.min(size, 9000)).give() ? 1 : 0;
        }
        receive.flush();
        assertEquals(70, frames);
        for (final String unit : out) {
            final String[] parts = unit.split(":");
            assertTrue(Integer.parseInt(parts[0]) <= 64 && Integer.parseInt(parts[1]) <= 65535, unit);
        }
    }
}
