package joyride.testkit.simulation;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import joyride.api.memory.Memory;
import joyride.nic.wire.WireTap;

/** Writes every frame that arrives to a pcap file with nanoseconds, stamped with its arrival; lost ones too, if wanted, when sent. */
public final class PcapWriter implements WireTap, AutoCloseable {
    private static final int MAGIC_NANOSECONDS = 0xa1b2_3c4d;
    private static final int ETHERNET = 1;
    private static final long SECOND = 1_000_000_000L;

    private final DataOutputStream out;
    private final boolean withLost;
    private byte[] frame = new byte[2048];

    public PcapWriter(final Path file, final boolean withLost) throws IOException {
        this.withLost = withLost;
        Files.createDirectories(file.toAbsolutePath().getParent());
        out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
        out.writeInt(MAGIC_NANOSECONDS);
        out.writeShort(2);
        out.writeShort(4);
        out.writeLong(0);
        out.writeInt(65535 + 14);
        out.writeInt(ETHERNET);
    }

    @Override
    public void frame(final boolean fromA, final long nanos, final long address, final int length, final long due) {
        if (due < 0 && !withLost) {
            return;
        }
        final long at = Math.max(nanos, due);
        if (frame.length < length) {
            frame = new byte[length];
        }
        Memory.copyOut(address, frame, 0, length);
        try {
            out.writeInt((int) (at / SECOND));
            out.writeInt((int) (at % SECOND));
            out.writeInt(length);
            out.writeInt(length);
            out.write(frame, 0, length);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
