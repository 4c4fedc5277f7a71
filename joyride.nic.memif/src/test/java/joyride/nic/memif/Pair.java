package joyride.nic.memif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import joyride.api.memory.Memory;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicEvents;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import joyride.api.nic.Steering;
import joyride.core.memory.ScalarKernels;

/** Two ports over a socket of their own. */
final class Pair implements AutoCloseable {
    private static final long PATIENCE_NANOS = 20_000_000_000L;

    private final Path directory;
    final NicPort server;
    final NicPort client;
    final PacketBatch batch = new PacketBatch(PacketBatch.BURST);

    Pair(final int mtu, final Map<String, String> settings) throws NicException {
        directory = directory();
        server = open(socket(), "server", mtu, settings);
        client = open(socket(), "client", mtu, settings);
        await("a link", () -> server.linkUp() && client.linkUp());
    }

    static Path directory() {
        try {
            return Files.createTempDirectory("joyride-memif");
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
    }

    Path socket() {
        return directory.resolve("socket");
    }

    static NicPort open(final Path socket, final String role, final int mtu, final Map<String, String> settings)
            throws NicException {
        final Map<String, String> all = new HashMap<>(settings);
        all.put("role", role);
        final NicPort port = new MemifDriver()
                .open(new NicConfiguration(role, socket.toString(), 1, Steering.NONE, NicEvents.IGNORED, mtu, all));
        port.kernels(new ScalarKernels());
        return port;
    }

    static void await(final String what, final BooleanSupplier condition) {
        final long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - begin < PATIENCE_NANOS, "no sign of " + what);
            Thread.onSpinWait();
        }
    }

    /** A frame of an unknown Ethernet type that tells its number in each byte. */
    static long frame(final NicQueue queue, final int number, final int length) {
        final long handle = queue.allocate();
        assertNotEquals(0, handle, "no frame for number " + number);
        final long at = queue.address(handle);
        for (int i = 0; i < length; i++) {
            Memory.putByte(at + i, i == 12 || i == 13 ? 0 : number + i);
        }
        return handle;
    }

    /** Sends one frame. */
    void send(final NicPort from, final int number, final int length) {
        final NicQueue queue = from.queue(0);
        final long handle = frame(queue, number, length);
        batch.add(handle, queue.address(handle), length, 0);
        assertEquals(1, queue.transmit(batch));
    }

    /** Looks at frame {@code i} of {@link #batch}. */
    void check(final int i, final int number, final int length) {
        check(batch, i, number, length);
    }

    static void check(final PacketBatch batch, final int i, final int number, final int length) {
        assertEquals(length, batch.length(i), "length of number " + number);
        for (int at = 0; at < length; at++) {
            final int expected = at == 12 || at == 13 ? 0 : number + at & 0xff;
            assertEquals(
                    expected, Memory.getUnsignedByte(batch.address(i) + at), "byte " + at + " of number " + number);
        }
    }

    @Override
    public void close() {
        client.close();
        server.close();
        delete(directory);
    }

    static void delete(final Path directory) {
        try {
            Files.delete(directory);
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
