package joyride.nic.memif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import joyride.linux.Poll;
import org.junit.jupiter.api.Test;

class MemifPortTest {
    private static final Map<String, String> SMALL = Map.of("ring", "8");

    @Test
    void shouldCarryEveryLengthBothWaysWhenRingsWrapManyTimes() throws NicException {
        try (Pair pair = new Pair(1500, SMALL)) {
            for (int length = 1; length <= 1514; length++) {
                pair.send(pair.client, length, length);
                assertEquals(1, pair.server.queue(0).receive(pair.batch));
                pair.check(0, length, length);
                pair.server.queue(0).release(pair.batch);
                pair.send(pair.server, length + 1, length);
                assertEquals(1, pair.client.queue(0).receive(pair.batch));
                pair.check(0, length + 1, length);
                pair.client.queue(0).release(pair.batch);
            }
        }
    }

    @Test
    void shouldCarryPositionsPast65536WhenMoreFramesPass() throws NicException {
        try (Pair pair = new Pair(1500, Map.of("ring", "128"))) {
            final NicPort[] ends = {pair.client, pair.server};
            for (int round = 0; round < 1100; round++) {
                for (int from = 0; from < 2; from++) {
                    burst(pair, ends[from].queue(0), round);
                    final NicQueue to = ends[1 - from].queue(0);
                    assertEquals(PacketBatch.BURST, to.receive(pair.batch));
                    pair.check(0, round, 60);
                    pair.check(PacketBatch.BURST - 1, round + PacketBatch.BURST - 1, 60);
                    to.release(pair.batch);
                }
            }
        }
    }

    private static void burst(final Pair pair, final NicQueue from, final int number) {
        for (int i = 0; i < PacketBatch.BURST; i++) {
            final long handle = Pair.frame(from, number + i, 60);
            pair.batch.add(handle, from.address(handle), 60, 0);
        }
        assertEquals(PacketBatch.BURST, from.transmit(pair.batch));
    }

    @Test
    void shouldGiveNoFrameWhenTheRingIsFullAndGoOnWhenThePeerHasTaken() throws NicException {
        try (Pair pair = new Pair(1500, SMALL)) {
            for (final NicPort from : new NicPort[] {pair.client, pair.server}) {
                final NicPort to = from == pair.client ? pair.server : pair.client;
                for (int i = 0; i < 8; i++) {
                    pair.send(from, i, 100);
                }
                assertEquals(0, from.queue(0).allocate());
                assertEquals(8, to.queue(0).receive(pair.batch));
                for (int i = 0; i < 8; i++) {
                    pair.check(i, i, 100);
                }
                to.queue(0).release(pair.batch);
                pair.send(from, 9, 100);
                assertEquals(1, to.queue(0).receive(pair.batch));
                pair.check(0, 9, 100);
                to.queue(0).release(pair.batch);
                assertEquals(1L, from.statistics().get("tx: no room in the ring, the sender waits"));
            }
        }
    }

    @Test
    void shouldLoseNothingWhenFramesGoInAnotherOrderOrAreGivenBack() throws NicException {
        try (Pair pair = new Pair(1500, SMALL)) {
            for (final NicPort from : new NicPort[] {pair.client, pair.server}) {
                final NicQueue queue = from.queue(0);
                final NicQueue to = (from == pair.client ? pair.server : pair.client).queue(0);
                for (int round = 0; round < 20; round++) {
                    final long a = Pair.frame(queue, 1, 100);
                    final long b = Pair.frame(queue, 2, 101);
                    final long c = Pair.frame(queue, 3, 102);
                    final long d = Pair.frame(queue, 4, 103);
                    // b waits for a; a is given back and b takes its place. So does d that of c.
                    pair.batch.add(b, queue.address(b), 101, 0);
                    queue.transmit(pair.batch);
                    assertEquals(0, to.receive(pair.batch));
                    queue.free(a);
                    assertEquals(1, to.receive(pair.batch));
                    pair.check(0, 2, 101);
                    to.release(pair.batch);
                    queue.free(c);
                    pair.batch.add(d, queue.address(d), 103, 0);
                    queue.transmit(pair.batch);
                    assertEquals(1, to.receive(pair.batch));
                    pair.check(0, 4, 103);
                    to.release(pair.batch);
                }
                for (int i = 0; i < 8; i++) {
                    pair.send(from, i, 64);
                }
                assertEquals(8, to.receive(pair.batch));
                to.release(pair.batch);
            }
        }
    }

    @Test
    void shouldLinkAnewWhenThePeerComesAgain() throws NicException {
        try (Pair pair = new Pair(1500, SMALL)) {
            final NicQueue queue = pair.server.queue(0);
            final long old = Pair.frame(queue, 1, 100);
            pair.client.close();
            Pair.await("the link's end", () -> queue.receive(pair.batch) == 0 && !pair.server.linkUp());
            assertEquals(0, queue.allocate());
            try (NicPort again = Pair.open(pair.socket(), "client", 1500, SMALL)) {
                Pair.await("a link", () -> queue.receive(pair.batch) == 0 && pair.server.linkUp() && again.linkUp());
                pair.batch.add(old, 0, 100, 0);
                assertEquals(0, queue.transmit(pair.batch), "a frame of the old link");
                pair.send(pair.server, 2, 100);
                assertEquals(1, again.queue(0).receive(pair.batch));
                pair.check(0, 2, 100);
                again.queue(0).release(pair.batch);
            }
        }
    }

    @Test
    void shouldTellASleeperAndOnlyHim() throws NicException {
        try (Pair pair = new Pair(1500, SMALL)) {
            for (final NicPort from : new NicPort[] {pair.client, pair.server}) {
                final NicQueue queue = (from == pair.client ? pair.server : pair.client).queue(0);
                queue.armWake();
                assertEquals(0, queue.receive(pair.batch));
                assertEquals(0, Poll.await(queue.wakeDescriptor(), Poll.IN, 0));
                assertTrue(queue.nextEvent() < Long.MAX_VALUE);
                pair.send(from, 1, 100);
                assertEquals(1, Poll.await(queue.wakeDescriptor(), Poll.IN, 1000));
                assertEquals(1, queue.receive(pair.batch));
                queue.release(pair.batch);
                queue.armWake();
                assertEquals(0, queue.receive(pair.batch));
                assertEquals(0, Poll.await(queue.wakeDescriptor(), Poll.IN, 0), "told of what was taken");
                pair.send(from, 2, 100);
                assertEquals(1, queue.receive(pair.batch));
                queue.release(pair.batch);
                pair.send(from, 3, 100);
                assertEquals(1, queue.receive(pair.batch));
                queue.release(pair.batch);
            }
        }
    }

    @Test
    void shouldCarryLargeFramesInASmallRing() throws NicException {
        try (Pair pair = new Pair(64000, Map.of())) {
            for (int i = 0; i < 100; i++) {
                pair.send(pair.client, i, 64014);
                assertEquals(1, pair.server.queue(0).receive(pair.batch));
                pair.check(0, i, 64014);
                pair.server.queue(0).release(pair.batch);
            }
        }
    }

    @Test
    void shouldTellOfFramesThatCoreKeepsWhenClosed() throws NicException {
        final Pair pair = new Pair(1500, SMALL);
        pair.send(pair.client, 1, 100);
        assertEquals(1, pair.server.queue(0).receive(pair.batch));
        assertTrue(assertThrows(IllegalStateException.class, pair.server::close)
                .getMessage()
                .contains("1 frames"));
        pair.close();
    }

    @Test
    void shouldAllocateNothingWhenFramesPass() throws NicException {
        try (Pair pair = new Pair(1500, Map.of())) {
            final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long allocated = 0;
            for (int round = 0; round < 200; round++) {
                final long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 100; i++) {
                    plain(pair, pair.client.queue(0), pair.server.queue(0));
                    plain(pair, pair.server.queue(0), pair.client.queue(0));
                }
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
                if (allocated == 0) {
                    return;
                }
            }
            assertEquals(0, allocated);
        }
    }

    private static void plain(final Pair pair, final NicQueue from, final NicQueue to) {
        for (int i = 0; i < PacketBatch.BURST; i++) {
            final long handle = from.allocate();
            pair.batch.add(handle, from.address(handle), 1000, 0);
        }
        from.transmit(pair.batch);
        to.receive(pair.batch);
        to.release(pair.batch);
    }

    @Test
    void shouldRehearseWithoutAFault() {
        new MemifDriver().rehearse();
    }

    @Test
    void shouldRefuseASecondServerAndTakeADeadOnesPlace() throws NicException {
        final Path directory = Pair.directory();
        final Path socket = directory.resolve("socket");
        try (NicPort first = Pair.open(socket, "server", 1500, SMALL)) {
            assertFalse(first.linkUp());
            final NicException refused =
                    assertThrows(NicException.class, () -> Pair.open(socket, "server", 1500, SMALL));
            assertTrue(refused.getMessage().contains("another server listens there"), refused.getMessage());
            assertTrue(refused.isBusy(), "the first may be the port that is to be replaced");
        }
        final int stale = joyride.linux.UnixSockets.listen(socket.toString(), 0600, 1);
        joyride.linux.Descriptors.close(stale);
        Pair.open(socket, "server", 1500, SMALL).close();
        Pair.delete(directory);
    }

    @Test
    void shouldRefuseWhatCannotBe() {
        final Path socket = Path.of("/nowhere/socket");
        assertTrue(message(Path.of("socket"), 1500, Map.of()).contains("no absolute path"));
        assertTrue(message(socket, 1500, Map.of("ring", "100")).contains("ring"));
        assertTrue(message(socket, 1500, Map.of("buffer.bytes", "1000")).contains("buffer.bytes"));
        assertTrue(message(socket, 1500, Map.of("rings", "100")).contains("rings"));
        assertTrue(message(socket, 1500, Map.of("secret", "x".repeat(24))).contains("secret"));
        assertTrue(message(socket, 70_000, Map.of()).contains("mtu=70000"));
        assertTrue(message(socket, 1500, Map.of())
                .contains("no socket at /nowhere/socket: there is no directory /nowhere"));
    }

    private static String message(final Path socket, final int mtu, final Map<String, String> settings) {
        return assertThrows(NicException.class, () -> Pair.open(socket, "server", mtu, settings))
                .getMessage();
    }
}
