package joyride.nic.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;
import org.junit.jupiter.api.Test;

class WireTest {
    private static final int FRAMES = 64;

    private final long[] now = new long[1];
    private final PacketBatch batch = new PacketBatch(PacketBatch.BURST);

    private Wire wire(final Faults faults) {
        return new Wire("test", 1500, FRAMES, faults, () -> now[0], new SplittableRandom(7)::nextLong);
    }

    /** Sends a frame of 64 bytes, IPv4 by its type, with {@code value} in it. */
    private boolean send(final NicQueue queue, final int value) {
        final long frame = queue.allocate();
        if (frame == 0) {
            return false;
        }
        final long address = queue.address(frame);
        Memory.zero(address, 64);
        Memory.putShortBE(address + 12, 0x0800);
        Memory.putIntBE(address + 14, value);
        batch.add(frame, address, 64, 0);
        return queue.transmit(batch) == 1;
    }

    private List<Integer> receive(final NicQueue queue) {
        final List<Integer> values = new ArrayList<>();
        while (queue.receive(batch) > 0) {
            for (int i = 0; i < batch.size(); i++) {
                values.add(Memory.getIntBE(batch.address(i) + 14));
            }
            queue.release(batch);
        }
        return values;
    }

    private static void balance(final WirePort from, final int onTheWay) {
        assertEquals(
                from.count(WireCounter.SENT) + from.count(WireCounter.DUPLICATED),
                from.count(WireCounter.DELIVERED)
                        + from.count(WireCounter.LOST)
                        + from.count(WireCounter.QUEUE_FULL)
                        + from.count(WireCounter.NO_PEER)
                        + from.count(WireCounter.UNREAD)
                        + onTheWay);
    }

    @Test
    void shouldDeliverInOrderBothWaysWhenLossless() {
        try (Wire wire = wire(Faults.NONE)) {
            for (int i = 0; i < 1000; i++) {
                assertTrue(send(wire.a().queue(0), i));
                assertTrue(send(wire.b().queue(0), -i));
                assertEquals(List.of(i), receive(wire.b().queue(0)));
                assertEquals(List.of(-i), receive(wire.a().queue(0)));
            }
            balance(wire.a(), 0);
            assertEquals(64_000, wire.a().count(WireCounter.DELIVERED_BYTES));
        }
    }

    @Test
    void shouldHaveNoFrameWhenAllAreOnTheWay() {
        try (Wire wire = wire(Faults.NONE)) {
            for (int i = 0; i < FRAMES; i++) {
                assertTrue(send(wire.a().queue(0), i));
            }
            assertEquals(0, wire.a().queue(0).allocate());
            assertEquals(FRAMES, receive(wire.b().queue(0)).size());
            assertTrue(send(wire.a().queue(0), 1));
        }
    }

    @Test
    void shouldLoseAboutTheShareAskedForWhenLossIsSet() {
        for (final int burst : new int[] {1, 5}) {
            try (Wire wire = wire(Faults.NONE.withLoss(0.1, burst))) {
                int arrived = 0;
                for (int i = 0; i < 20_000; i++) {
                    send(wire.a().queue(0), i);
                    arrived += receive(wire.b().queue(0)).size();
                }
                assertEquals(18_000, arrived, 500);
                assertEquals(20_000 - arrived, wire.a().count(WireCounter.LOST));
                balance(wire.a(), 0);
            }
        }
    }

    @Test
    void shouldDeliverTwiceWhenDuplicated() {
        try (Wire wire = wire(Faults.NONE.withDuplication(1))) {
            send(wire.a().queue(0), 5);
            assertEquals(List.of(5, 5), receive(wire.b().queue(0)));
            balance(wire.a(), 0);
        }
    }

    @Test
    void shouldFlipExactlyOneBitBehindTheEthernetHeaderWhenCorrupted() {
        try (Wire wire = wire(Faults.NONE.withCorruption(1))) {
            for (int i = 0; i < 200; i++) {
                final NicQueue a = wire.a().queue(0);
                send(a, 0);
                wire.b().queue(0).receive(batch);
                int bits = 0;
                for (int at = 14; at < 64; at++) {
                    bits += Integer.bitCount(Memory.getUnsignedByte(batch.address(0) + at));
                }
                assertEquals(1, bits);
                wire.b().queue(0).release(batch);
            }
            assertEquals(200, wire.a().count(WireCounter.CORRUPTED));
        }
    }

    @Test
    void shouldMarkOnlyEcnCapablePacketsAndKeepTheChecksumRight() {
        try (Wire wire = wire(Faults.NONE.withMarking(1))) {
            final NicQueue a = wire.a().queue(0);
            for (int ecn = 0; ecn < 4; ecn++) {
                final long frame = a.allocate();
                final long at = a.address(frame);
                Memory.zero(at, 64);
                Memory.putShortBE(at + 12, 0x0800);
                Memory.putShortBE(at + 14, 0x4500 | ecn);
                Memory.putShortBE(at + 24, ~(0x4500 | ecn));
                batch.add(frame, at, 64, 0);
                a.transmit(batch);
                wire.b().queue(0).receive(batch);
                final long got = batch.address(0);
                final int word = Memory.getUnsignedShortBE(got + 14);
                assertEquals(ecn == 0 ? 0 : 3, word & 3);
                assertEquals(0xffff, Kernels.fold(word + Memory.getUnsignedShortBE(got + 24)));
                wire.b().queue(0).release(batch);
            }
            assertEquals(2, wire.a().count(WireCounter.MARKED));
        }
    }

    @Test
    void shouldSpareFramesWithoutChecksumWhenCorrupting() {
        try (Wire wire = wire(Faults.NONE.withCorruption(1))) {
            final NicQueue a = wire.a().queue(0);
            final long frame = a.allocate();
            Memory.zero(a.address(frame), 64);
            Memory.putShortBE(a.address(frame) + 12, 0x0806);
            batch.add(frame, a.address(frame), 64, 0);
            a.transmit(batch);
            assertEquals(List.of(0), receive(wire.b().queue(0)));
            assertEquals(0, wire.a().count(WireCounter.CORRUPTED));
        }
    }

    @Test
    void shouldArriveAfterDelayAndInOrderWhenDelayedWithJitter() {
        try (Wire wire = wire(Faults.NONE.withDelay(1_000_000, 500_000))) {
            final NicQueue b = wire.b().queue(0);
            final List<Integer> sent = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                send(wire.a().queue(0), i);
                sent.add(i);
                now[0] += 10;
            }
            assertTrue(b.nextEvent() >= 1_000_000 && b.nextEvent() <= 1_500_000);
            now[0] = b.nextEvent() - 1;
            assertEquals(List.of(), receive(b));
            now[0] = 3_000_000;
            assertEquals(sent, receive(b));
            assertEquals(Long.MAX_VALUE, b.nextEvent());
        }
    }

    @Test
    void shouldBeOvertakenWhenReordered() {
        try (Wire wire = wire(Faults.NONE.withReordering(0.2, 1000))) {
            final NicQueue b = wire.b().queue(0);
            final List<Integer> arrived = new ArrayList<>();
            final List<Integer> sent = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                send(wire.a().queue(0), i);
                sent.add(i);
                now[0] += 100;
                arrived.addAll(receive(b));
            }
            now[0] += 10_000;
            arrived.addAll(receive(b));
            assertFalse(arrived.equals(sent));
            arrived.sort(null);
            assertEquals(sent, arrived);
            assertEquals(200, wire.a().count(WireCounter.REORDERED), 40);
        }
    }

    @Test
    void shouldDropWhatTheQueueDoesNotTakeWhenRateIsLimited() {
        try (Wire wire = wire(Faults.NONE.withRate(8_000_000, 640))) {
            for (int i = 0; i < 20; i++) {
                send(wire.a().queue(0), i);
            }
            assertEquals(10, wire.a().count(WireCounter.QUEUE_FULL));
            now[0] = 64_000;
            assertEquals(List.of(0), receive(wire.b().queue(0)));
            now[0] = 640_000;
            assertEquals(9, receive(wire.b().queue(0)).size());
            balance(wire.a(), 0);
        }
    }

    @Test
    void shouldGiveTheSameWhenTheSeedIsTheSame() {
        final List<List<Integer>> runs = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            now[0] = 0;
            final List<Integer> arrived = new ArrayList<>();
            try (Wire wire = wire(Faults.NONE
                    .withLoss(0.1)
                    .withDuplication(0.1)
                    .withReordering(0.1, 5000)
                    .withDelay(100, 50))) {
                for (int i = 0; i < 2000; i++) {
                    send(wire.a().queue(0), i);
                    now[0] += 70;
                    arrived.addAll(receive(wire.b().queue(0)));
                }
            }
            runs.add(arrived);
        }
        assertEquals(runs.get(0), runs.get(1));
    }

    @Test
    void shouldShowEveryFrameToTheTapWhenTapped() {
        try (Wire wire = wire(Faults.NONE.withLoss(0.5))) {
            final int[] seen = new int[2];
            wire.tap((fromA, nanos, address, length, due) -> seen[due < 0 ? 1 : 0]++);
            for (int i = 0; i < 100; i++) {
                send(wire.a().queue(0), i);
                receive(wire.b().queue(0));
            }
            assertEquals(wire.a().count(WireCounter.LOST), seen[1]);
            assertEquals(100, seen[0] + seen[1]);
        }
    }

    @Test
    void shouldCompleteChecksumsAndVouchForIntactFramesWhenOffloading() {
        try (Wire wire = wire(Faults.NONE)) {
            wire.offload(true);
            final NicQueue a = wire.a().queue(0);
            final long frame = a.allocate();
            final long at = a.address(frame);
            Memory.zero(at, 14 + 20 + 20 + 3);
            Memory.putShortBE(at + 12, 0x0800);
            Memory.putIntBE(at + 14, 0x4500_0000 | 43);
            Memory.putIntBE(at + 22, 0x4006_0000);
            Memory.putLongBE(at + 26, 0x0a00_0001_0a00_0002L);
            // the pseudo header's sum: addresses, protocol, length
            Memory.putShortBE(at + 34 + 16, 0x0a00 + 1 + 0x0a00 + 2 + 6 + 23);
            Memory.putByte(at + 56, 0x77);
            batch.add(frame, at, 57, Offload.TX_IPV4_CHECKSUM | Offload.TX_TRANSPORT_CHECKSUM);
            a.transmit(batch);
            wire.b().queue(0).receive(batch);
            assertEquals(Offload.RX_CHECKSUM_GOOD, batch.flags(0));
            assertEquals(57, batch.length(0));
            final long got = batch.address(0);
            assertEquals(0x66cb, Memory.getUnsignedShortBE(got + 24));
            long sum = 0x0a00 + 1 + 0x0a00 + 2 + 6 + 23 + 0x7700;
            sum += Memory.getUnsignedShortBE(got + 50);
            assertEquals(0xffff, Kernels.fold(sum));
            wire.b().queue(0).release(batch);
            wire.faults(Faults.NONE.withCorruption(1), Faults.NONE);
            send(a, 1);
            wire.b().queue(0).receive(batch);
            assertEquals(0, batch.flags(0));
            wire.b().queue(0).release(batch);
        }
    }

    @Test
    void shouldRefuseToCloseQuietlyWhenAFrameWasNotGivenBack() {
        final Wire wire = wire(Faults.NONE);
        wire.a().queue(0).allocate();
        assertThrows(IllegalStateException.class, wire::close);
    }

    @Test
    void shouldThrowWhenAFrameIsFreedTwice() {
        try (Wire wire = wire(Faults.NONE)) {
            final NicQueue a = wire.a().queue(0);
            final long frame = a.allocate();
            a.free(frame);
            assertThrows(IllegalStateException.class, () -> a.free(frame));
            assertThrows(IllegalStateException.class, () -> a.free(FRAMES + 1));
        }
    }

    @Test
    void shouldCountWhatIsSentWhenThePeerIsClosedAndGoOnWhenItOpensAgain() {
        final Wire wire = new Wire("swap", 1500, FRAMES, () -> now[0], new SplittableRandom(1)::nextLong);
        final WirePort a = wire.open("a", null, Faults.NONE);
        assertFalse(a.linkUp());
        assertFalse(send(a.queue(0), 1));
        WirePort b = wire.open("b", null, Faults.NONE);
        assertTrue(a.linkUp());
        send(a.queue(0), 2);
        b.close();
        b = wire.open("b", null, Faults.NONE);
        send(a.queue(0), 3);
        assertEquals(List.of(3), receive(b.queue(0)));
        assertEquals(1, a.count(WireCounter.NO_PEER));
        assertEquals(1, a.count(WireCounter.UNREAD));
        balance(a, 0);
        wire.close();
    }

    @Test
    void shouldHandOverAllFramesInOrderWhenTheEndsAreOnTwoThreads() throws InterruptedException {
        final int count = 200_000;
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final AtomicLong received = new AtomicLong();
        try (Wire wire = wire(Faults.NONE)) {
            final Thread reader = new Thread(() -> {
                final PacketBatch mine = new PacketBatch(PacketBatch.BURST);
                final NicQueue b = wire.b().queue(0);
                int expected = 0;
                while (expected < count && failure.get() == null) {
                    if (b.receive(mine) == 0) {
                        Thread.yield();
                    }
                    for (int i = 0; i < mine.size(); i++) {
                        final int value = Memory.getIntBE(mine.address(i) + 14);
                        if (value != expected++) {
                            failure.set(new AssertionError("got " + value + ", expected " + (expected - 1)));
                        }
                    }
                    received.addAndGet(mine.size());
                    b.release(mine);
                }
            });
            reader.setUncaughtExceptionHandler((thread, e) -> failure.set(e));
            reader.start();
            for (int i = 0; i < count && failure.get() == null; ) {
                if (send(wire.a().queue(0), i)) {
                    i++;
                } else {
                    Thread.yield();
                }
            }
            reader.join();
            assertEquals(null, failure.get());
            assertEquals(count, received.get());
        }
    }
}
