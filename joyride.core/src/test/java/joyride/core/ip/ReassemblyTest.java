package joyride.core.ip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import joyride.api.counters.DropReason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReassemblyTest {
    private final Rig rig = new Rig(12_000, 1);

    @AfterEach
    void close() {
        rig.sleep(30_000);
        assertEquals(0, rig.network.reassembling(), "memory leaked");
        assertEquals(0, rig.port.outstanding(), "frames leaked");
        rig.close();
    }

    private static byte[] fragment(
            final byte[] whole, final int from, final int to, final boolean last, final int id, final int tos) {
        final Frames.Ip ip = new Frames.Ip();
        ip.id = id;
        ip.tos = tos;
        ip.flagsAndOffset = from / 8 | (last ? 0 : 0x2000);
        ip.payload = Arrays.copyOfRange(whole, from, to);
        return Frames.ethernet(ip.build());
    }

    private static byte[] fragment(final byte[] whole, final int from, final int to) {
        return fragment(whole, from, to, to == whole.length, 1, 0);
    }

    @Test
    void shouldGiveTheWholeWhenFragmentsComeInAnyOrder() {
        for (int seed = 0; seed < 300; seed++) {
            final Random random = new Random(seed);
            final byte[] whole = Frames.random(seed, 1 + random.nextInt(20_000));
            final List<byte[]> fragments = new ArrayList<>();
            final int step = Math.max(8, (whole.length / (2 + random.nextInt(14)) + 7) & ~7);
            for (int from = 0; from < whole.length; from += step) {
                final int to = Math.min(whole.length, from + step);
                fragments.add(fragment(whole, from, to, to == whole.length, seed, 0));
            }
            if (fragments.size() < 2 || fragments.size() > 16) {
                continue;
            }
            Collections.shuffle(fragments, random);
            rig.probe.received.clear();
            for (int i = 0; i < fragments.size(); i++) {
                assertEquals(0, rig.probe.received.size(), "seed " + seed);
                rig.arrive(fragments.get(i));
                if (random.nextInt(8) == 0 && i < fragments.size() - 1) {
                    rig.arrive(fragments.get(random.nextInt(i + 1)));
                }
            }
            assertEquals(1, rig.probe.received.size(), "seed " + seed + rig.allDrops());
            assertArrayEquals(whole, rig.probe.received.get(0), "seed " + seed);
        }
    }

    @Test
    void shouldGiveConsistentBytesWhenFragmentsOverlapAtRandom() {
        for (int seed = 0; seed < 500; seed++) {
            final Random random = new Random(seed);
            final int units = 2 + random.nextInt(40);
            final byte[] whole = Frames.random(seed, units * 8 - random.nextInt(8));
            rig.probe.received.clear();
            for (int i = 0; i < 200 && rig.probe.received.isEmpty(); i++) {
                final int from = random.nextInt(units) * 8;
                final int to = Math.min(whole.length, from + 8 * (1 + random.nextInt(units)));
                if (from < to) {
                    rig.arrive(fragment(whole, from, to, to == whole.length, seed, 0));
                }
            }
            if (rig.probe.received.isEmpty()) {
                rig.sleep(31_000);
            } else {
                assertArrayEquals(whole, rig.probe.received.get(0), "seed " + seed);
            }
        }
    }

    @Test
    void shouldKeepWhatCameFirstWhenFragmentsOverlap() {
        final byte[] first = new byte[48];
        final byte[] second = new byte[48];
        Arrays.fill(first, (byte) 1);
        Arrays.fill(second, (byte) 2);
        rig.arrive(fragment(first, 8, 24, false, 1, 0));
        rig.arrive(fragment(second, 0, 32, false, 1, 0));
        rig.arrive(fragment(first, 24, 48, true, 1, 0));
        final byte[] whole = new byte[48];
        Arrays.fill(whole, 0, 8, (byte) 2);
        Arrays.fill(whole, 8, 24, (byte) 1);
        Arrays.fill(whole, 24, 32, (byte) 2);
        Arrays.fill(whole, 32, 48, (byte) 1);
        assertArrayEquals(whole, rig.probe.received.get(0));
    }

    @Test
    void shouldKeepPacketsApartWhenOnlyOneKeyDiffers() {
        final byte[] whole = Frames.random(3, 32);
        rig.arrive(fragment(whole, 0, 16, false, 1, 0));
        rig.arrive(fragment(whole, 16, 32, true, 2, 0));
        assertEquals(0, rig.probe.received.size());
        rig.arrive(fragment(whole, 16, 32, true, 1, 0));
        rig.arrive(fragment(whole, 0, 16, false, 2, 0));
        assertEquals(2, rig.probe.received.size());
    }

    @Test
    void shouldReassembleWhenThePacketIsTheLargestThereIs() {
        final byte[] whole = Frames.random(4, 65515);
        for (int from = 0; from < whole.length; from += 8192) {
            rig.arrive(fragment(whole, from, Math.min(whole.length, from + 8192)));
        }
        assertArrayEquals(whole, rig.probe.received.get(0));
    }

    @Test
    void shouldMarkTheWholeWhenOneFragmentIsMarkedCe() {
        final byte[] whole = Frames.random(5, 24);
        rig.arrive(fragment(whole, 0, 8, false, 1, 2));
        rig.arrive(fragment(whole, 8, 16, false, 1, 3));
        rig.arrive(fragment(whole, 16, 24, true, 1, 2));
        assertEquals(3, rig.probe.tos);
        assertEquals(1, rig.probe.received.size());
    }

    @Test
    void shouldDropTheFragmentWhenEcnContradicts() {
        final byte[] whole = Frames.random(6, 24);
        rig.arrive(fragment(whole, 0, 8, false, 1, 0));
        rig.arrive(fragment(whole, 8, 24, true, 1, 3));
        assertEquals(Map.of(DropReason.FRAGMENT_ECN, 1L), rig.allDrops());
        assertEquals(0, rig.probe.received.size());
    }

    @Test
    void shouldTellTheSenderWhenTimeIsUpAndTheFirstFragmentIsThere() {
        rig.resolvePeer();
        final byte[] whole = Frames.random(7, 64);
        rig.arrive(fragment(whole, 0, 16, false, 1, 0));
        rig.arrive(fragment(whole, 8, 32, false, 1, 0));
        rig.sleep(29_999);
        assertEquals(0, rig.port.sent.size());
        rig.sleep(1);
        assertEquals(1, rig.dropped(DropReason.FRAGMENT_TIMEOUT));
        final byte[] error = rig.lastSent();
        assertEquals(11, Frames.u8(error, 34));
        assertEquals(1, Frames.u8(error, 35));
        assertEquals(0xffff, Frames.sum(error, 34, error.length - 34));
        assertArrayEquals(Arrays.copyOf(whole, 32), Arrays.copyOfRange(error, 34 + 8 + 20, error.length));
        rig.arrive(fragment(whole, 32, 64, true, 1, 0));
        assertEquals(0, rig.probe.received.size(), "forgotten");
    }

    @Test
    void shouldSayNothingWhenTheFirstFragmentIsMissing() {
        rig.resolvePeer();
        rig.arrive(fragment(Frames.random(8, 64), 8, 16));
        rig.sleep(31_000);
        assertEquals(1, rig.dropped(DropReason.FRAGMENT_TIMEOUT));
        assertEquals(0, rig.port.sent.size());
    }

    @Test
    void shouldRefuseTheSeventeenthFragmentOfOnePacket() {
        final byte[] whole = Frames.random(9, 400);
        for (int i = 0; i < 17; i++) {
            rig.arrive(fragment(whole, i * 16, i * 16 + 8));
        }
        assertEquals(Map.of(DropReason.FRAGMENT_LIMIT, 1L), rig.allDrops());
    }

    @Test
    void shouldGiveUpTheOldestWhenTooManyPacketsAreInTheWorks() {
        final byte[] whole = Frames.random(10, 16);
        for (int id = 0; id <= Ipv4Reassembly.LIMIT; id++) {
            rig.arrive(fragment(whole, 0, 8, false, id, 0));
        }
        assertEquals(Map.of(DropReason.FRAGMENT_LIMIT, 1L), rig.allDrops());
        rig.arrive(fragment(whole, 8, 16, true, 1, 0));
        assertEquals(1, rig.probe.received.size());
        rig.arrive(fragment(whole, 8, 16, true, 0, 0));
        assertEquals(1, rig.probe.received.size());
    }

    @Test
    void shouldDropWhenTheEndContradicts() {
        final byte[] whole = Frames.random(11, 64);
        rig.arrive(fragment(whole, 16, 32, true, 1, 0));
        rig.arrive(fragment(whole, 32, 64, true, 1, 0));
        rig.arrive(fragment(whole, 24, 40, false, 1, 0));
        rig.arrive(fragment(whole, 8, 24, true, 1, 0));
        assertEquals(Map.of(DropReason.FRAGMENT_MALFORMED, 3L), rig.allDrops());
        rig.arrive(fragment(whole, 0, 16, false, 1, 0));
        assertArrayEquals(Arrays.copyOf(whole, 32), rig.probe.received.get(0));
    }
}
