package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import joyride.api.memory.Memory;
import joyride.api.nic.NicException;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemifBuffersTest {
    private static final int MTU = 9000;
    private static final int LENGTH = 9014;
    private static final int FRAMES = 30_000;

    /** Of a frame that {@link Ports#connect} sent. */
    private static final int CONNECTING = 61;

    @ParameterizedTest
    @CsvSource({
        "1500, role=client, role=client",
        "2030, role=client, role=client",
        "2031, role=client, 'role=client,bsize=2112,rsize=10'",
        "9000, '', 'bsize=9024,rsize=10'",
        "64000, role=server, 'role=server,bsize=64064,rsize=8'",
        "65389, role=server, 'role=server,bsize=65408,rsize=8'",
        "9000, rsize=6, 'rsize=6,bsize=9024'",
        "9000, 'bsize=9018,role=client', 'bsize=9018,role=client'",
        "9000, 'role=client,zero-copy=yes', 'role=client,zero-copy=yes'",
    })
    void shouldHoldAFrameWhenTheUserNamedNoBuffers(final int mtu, final String given, final String wanted)
            throws NicException {
        assertEquals(wanted, MemifBuffers.arguments(given, mtu));
    }

    @ParameterizedTest
    @CsvSource({"9000, 9017, 9018", "1500, 1024, 1518"})
    void shouldRefuseWithTheRemedyWhenTheUsersBuffersHoldNoFrame(final int mtu, final int size, final int needed) {
        final String message = assertThrows(
                        NicException.class, () -> MemifBuffers.arguments("role=client,bsize=" + size, mtu))
                .getMessage();
        assertTrue(
                message.contains("bsize=" + size + " is less than a frame of mtu " + mtu + " has, " + needed), message);
        assertTrue(message.contains("set bsize to " + needed), message);
        assertEquals(1, message.lines().count());
    }

    /** With buffers of 2 KiB some of these come twice and others never. */
    @Test
    @Timeout(120)
    void shouldKeepFramesApartWhenBothEndsOfAMemifRunAtOnce(@TempDir final Path directory) throws Exception {
        try (Ports ports = Ports.here()) {
            final String arguments = "socket-abstract=no,socket=" + directory.resolve("memif.sock") + ",role=";
            final DpdkPort to = ports.open("net_memif0", 1, MTU, Ports.settings("arguments", arguments + "server"));
            final DpdkPort from = ports.open("net_memif1", 1, MTU, Ports.settings("arguments", arguments + "client"));
            Ports.connect(from, to);
            final AtomicBoolean ended = new AtomicBoolean();
            final AtomicLong accepted = new AtomicLong();
            final AtomicReference<Throwable> failure = new AtomicReference<>();
            final Thread sender = Thread.ofPlatform()
                    .name("memif-sender")
                    .daemon(true)
                    .start(() -> {
                        try {
                            send(from.queue(0), ended, accepted);
                            Functions.THREAD_UNREGISTER.invokeExact();
                        } catch (final Throwable e) {
                            failure.set(e);
                        }
                    });
            try {
                final long[] arrived = {0, 0};
                Ports.await("frames", () -> {
                    take(to.queue(0), arrived);
                    return arrived[0] >= FRAMES || failure.get() != null;
                });
                ended.set(true);
                sender.join();
                Ports.await("the last frames", () -> take(to.queue(0), arrived) == 0);
                assertEquals(null, failure.get());
                assertEquals(accepted.get(), arrived[0], "frames sent that came");
            } finally {
                ended.set(true);
                sender.join();
            }
        }
    }

    /** Numbers the frames that the ring took. */
    private static void send(final NicQueue queue, final AtomicBoolean ended, final AtomicLong accepted) {
        final PacketBatch batch = new PacketBatch(1);
        while (!ended.get()) {
            final long handle = queue.allocate();
            final long at = queue.address(handle);
            Memory.zero(at, LENGTH);
            Memory.putLong(at + 16, accepted.get());
            Memory.putLong(at + LENGTH - 8, accepted.get());
            batch.add(handle, at, LENGTH, 0);
            if (queue.transmit(batch) == 1) {
                accepted.incrementAndGet();
            } else {
                Thread.onSpinWait();
            }
        }
    }

    private static int take(final NicQueue queue, final long[] arrived) {
        final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
        final int count = queue.receive(batch);
        for (int i = 0; i < count; i++) {
            if (batch.length(i) == CONNECTING) {
                continue;
            }
            assertEquals(LENGTH, batch.length(i), "length");
            assertEquals(arrived[0], Memory.getLong(batch.address(i) + 16), "number of a frame");
            assertEquals(arrived[0], Memory.getLong(batch.address(i) + LENGTH - 8), "number at its end");
            arrived[0]++;
        }
        queue.release(batch);
        return count;
    }

    @Test
    void shouldSayWhatIsWrongWhenAPortIsOpened(@TempDir final Path directory) {
        try (Ports ports = Ports.here()) {
            final String arguments = "role=server,bsize=2048,socket-abstract=no,socket=" + directory.resolve("s");
            final String message = assertThrows(
                            NicException.class,
                            () -> ports.open("net_memif0", 1, MTU, Ports.settings("arguments", arguments)))
                    .getMessage();
            assertTrue(message.startsWith("nic0: net_memif0: bsize=2048 is less"), message);
            assertFalse(message.contains("\n"));
        }
    }
}
