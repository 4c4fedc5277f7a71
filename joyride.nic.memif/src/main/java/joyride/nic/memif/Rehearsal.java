package joyride.nic.memif;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import joyride.api.memory.Memory;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicEvents;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;
import joyride.api.nic.Steering;

/** Runs two ports against each other until their code is compiled, over a socket in a directory of its own. */
final class Rehearsal {
    private static final long NANOS = 700_000_000L;
    private static final long LINK_NANOS = 5_000_000_000L;
    private static final int LENGTH = 1000;

    /** Which of a burst's frames is a unit. */
    private static final int UNIT = 4;

    /** And which is a segment whose payload may stay where it is. */
    private static final int SEGMENT = 5;

    private Rehearsal() {}

    static void run() {
        try {
            final Path directory = Files.createTempDirectory("joyride-memif");
            final Path socket = directory.resolve("socket");
            try (NicPort server = open(socket, "server");
                    NicPort client = open(socket, "client")) {
                final long begin = System.nanoTime();
                while (!server.linkUp() || !client.linkUp()) {
                    require(System.nanoTime() - begin < LINK_NANOS, "no link in 5 s");
                    Thread.onSpinWait();
                }
                final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
                while (System.nanoTime() - begin < NANOS) {
                    exchange(server.queue(0), client.queue(0), batch);
                    exchange(client.queue(0), server.queue(0), batch);
                }
            } finally {
                Files.deleteIfExists(socket);
                Files.delete(directory);
            }
        } catch (final IOException | NicException e) {
            throw new IllegalStateException("memif's rehearsal: " + e.getMessage(), e);
        }
    }

    private static NicPort open(final Path socket, final String role) throws NicException {
        return new MemifDriver()
                .open(new NicConfiguration(
                        "rehearsal",
                        socket.toString(),
                        1,
                        Steering.NONE,
                        NicEvents.IGNORED,
                        0,
                        Map.of("role", role, "ring", "128")));
    }

    private static void exchange(final NicQueue from, final NicQueue to, final PacketBatch batch) {
        to.receive(batch);
        to.release(batch);
        batch.takeBodies(!batch.takesBodies());
        for (int i = 0; i < PacketBatch.BURST; i++) {
            final long frame = from.allocate();
            require(frame != 0, "no room");
            Memory.putLong(from.address(frame), i);
            Memory.putLong(from.address(frame) + 8, 0);
            if (i % 8 == 7) {
                from.free(frame);
            } else if (i == UNIT) {
                unit(from, frame, batch);
            } else if (i == SEGMENT) {
                segment(from.address(frame), LENGTH);
                batch.add(frame, from.address(frame), LENGTH, Offload.TX_IPV4_CHECKSUM | Offload.TX_TRANSPORT_CHECKSUM);
            } else {
                batch.add(frame, from.address(frame), LENGTH, 0);
            }
        }
        final int sent = from.transmit(batch);
        require(to.receive(batch) == sent - 1, "received " + batch.size() + " of " + sent);
        to.release(batch);
        to.armWake();
    }

    /** A segment in two buffers. */
    private static void unit(final NicQueue from, final long first, final PacketBatch batch) {
        final long at = from.address(first);
        final long second = from.allocate();
        require(second != 0, "no room");
        segment(at, 2 * LENGTH);
        final int wanted = Offload.TX_IPV4_CHECKSUM | Offload.TX_TRANSPORT_CHECKSUM | Offload.TX_TCP_SEGMENTATION;
        batch.add(first, at, LENGTH, Offload.withSegmentSize(wanted | Offload.TX_CONTINUES, LENGTH));
        batch.add(second, from.address(second), LENGTH, 0);
    }

    /** The headers of TCP in a frame of {@code length} bytes. */
    private static void segment(final long at, final int length) {
        Memory.zero(at, LENGTH);
        Memory.putShortBE(at + 12, 0x0800);
        Memory.putShortBE(at + 14, 0x4500);
        Memory.putShortBE(at + 16, length - 14);
        Memory.putShortBE(at + 22, 64 << 8 | 6);
        Memory.putByte(at + 46, 5 << 4);
    }

    private static void require(final boolean holds, final String otherwise) {
        if (!holds) {
            throw new IllegalStateException("memif's rehearsal: " + otherwise);
        }
    }
}
