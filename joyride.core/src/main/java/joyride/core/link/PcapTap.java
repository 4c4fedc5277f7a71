package joyride.core.link;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import joyride.api.memory.Memory;
import joyride.api.socket.SendRing;

/**
 * Copies an interface's packets to a classic pcap file with nanoseconds. The event loop puts records into a bounded buffer;
 * a thread of the tap's own writes them out. What finds the buffer full is missed and counted, the loop never waits.
 */
public final class PcapTap implements AutoCloseable {
    /** LINKTYPE_ETHERNET. */
    public static final int ETHERNET = 1;
    /** LINKTYPE_RAW: packets begin with their IP header. */
    public static final int RAW = 101;

    private static final int MAGIC_NANOSECONDS = 0xa1b2_3c4d;
    private static final int FILE_HEADER = 24;
    private static final int RECORD_HEADER = 16;
    private static final int SNAP = 65535 + 14;
    private static final int BUFFER = 1 << 23;
    private static final long IDLE_NANOS = 5_000_000L;
    private static final long SECOND = 1_000_000_000L;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(BUFFER, 64);
    private final long base = buffer.address();
    private final FileChannel channel;
    private final Thread writer;
    private final long epochOffset;
    private final long limit;
    private final Consumer<IOException> failed;
    private volatile long written;
    private volatile long flushed;
    private volatile boolean closing;
    private volatile IOException failure;
    private long position;
    private long known;
    private long packets;
    private long missed;

    /**
     * Creates the file, or empties it, and starts the writing thread. Not on an event loop.
     *
     * @param linkType {@link LinkInterface#pcapLinkType} of the interface
     * @param epochOffset added to the loop's clock to give ns since 1970
     * @param limit of packets; 0: none
     * @param failed told once, on the writing thread, when the file cannot be written any more: nothing is taken from then on
     */
    public PcapTap(
            final Path file,
            final int linkType,
            final long epochOffset,
            final long limit,
            final Consumer<IOException> failed)
            throws IOException {
        this.epochOffset = epochOffset;
        this.failed = failed;
        this.limit = limit == 0 ? Long.MAX_VALUE : limit;
        try {
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
            writeHeader(linkType);
        } catch (final IOException e) {
            arena.close();
            throw e;
        }
        writer = Thread.ofPlatform().name("joyride-pcap").daemon().start(this::write);
    }

    private void writeHeader(final int linkType) throws IOException {
        final ByteBuffer header = ByteBuffer.allocate(FILE_HEADER).order(ByteOrder.nativeOrder());
        header.putInt(MAGIC_NANOSECONDS).putShort((short) 2).putShort((short) 4);
        header.putInt(0).putInt(0).putInt(SNAP).putInt(linkType).flip();
        while (header.hasRemaining()) {
            channel.write(header);
        }
    }

    /** Takes a copy of a frame. On the event loop. */
    void ethernet(final long nanos, final long frame, final int length) {
        if (begin(nanos, length)) {
            append(frame, length);
            end();
        }
    }

    /** Takes a copy of a packet, gathering its payload; completes the IPv4 header's checksum, left out on the loopback. */
    void loopback(
            final long nanos,
            final long packet,
            final int length,
            final SendRing ring,
            final long payload,
            final int payloadLength) {
        if (!begin(nanos, length + payloadLength)) {
            return;
        }
        final long header = position;
        append(packet, length);
        for (int done = 0; done < payloadLength; ) {
            final int piece = ring.contiguous(payload + done, payloadLength - done);
            append(ring.address(payload + done), piece);
            done += piece;
        }
        if (unsignedByte(header) >>> 4 == 4) {
            completeHeader(header);
        }
        end();
    }

    private void completeHeader(final long header) {
        int sum = 0;
        for (int i = 0; i < 20; i += 2) {
            sum += i == 10 ? 0 : unsignedByte(header + i) << 8 | unsignedByte(header + i + 1);
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = ~((sum & 0xffff) + (sum >>> 16));
        Memory.putByte(at(header + 10), sum >>> 8);
        Memory.putByte(at(header + 11), sum);
    }

    private int unsignedByte(final long at) {
        return Memory.getUnsignedByte(at(at));
    }

    private long at(final long streamPosition) {
        return base + (streamPosition & (BUFFER - 1));
    }

    private boolean begin(final long nanos, final int length) {
        if (packets >= limit || failure != null) {
            return false;
        }
        if (position + RECORD_HEADER + length - known > BUFFER) {
            known = flushed;
            if (position + RECORD_HEADER + length - known > BUFFER) {
                missed++;
                return false;
            }
        }
        final long time = nanos + epochOffset;
        appendInt((int) Math.floorDiv(time, SECOND));
        appendInt((int) Math.floorMod(time, SECOND));
        appendInt(length);
        appendInt(length);
        return true;
    }

    private void end() {
        packets++;
        written = position;
    }

    private void appendInt(final int value) {
        for (int i = 0; i < Integer.BYTES; i++) {
            final int shift = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? 8 * i : 24 - 8 * i;
            Memory.putByte(at(position++), value >>> shift);
        }
    }

    private void append(final long from, final int length) {
        final int first = (int) Math.min(length, BUFFER - (position & (BUFFER - 1)));
        Memory.copy(from, at(position), first);
        Memory.copy(from + first, base, length - first);
        position += length;
    }

    private void write() {
        try {
            while (true) {
                final boolean last = closing;
                final long end = written;
                long from = flushed;
                if (from == end) {
                    if (last) {
                        return;
                    }
                    LockSupport.parkNanos(IDLE_NANOS);
                }
                while (from < end) {
                    final long offset = from & (BUFFER - 1);
                    final int piece = (int) Math.min(end - from, BUFFER - offset);
                    from += channel.write(buffer.asSlice(offset, piece).asByteBuffer());
                    flushed = from;
                }
            }
        } catch (final IOException e) {
            failure = e;
            failed.accept(e);
        }
    }

    /** Packets taken so far; exact once the interface has let go of the tap. */
    public long packets() {
        return packets;
    }

    /** Packets that found the buffer full. */
    public long missed() {
        return missed;
    }

    /**
     * Writes out what is left and closes the file. Not on an event loop, and after the interface has let go of the tap.
     *
     * @throws IOException if the file could not be written
     */
    @Override
    public void close() throws IOException {
        closing = true;
        LockSupport.unpark(writer);
        boolean interrupted = false;
        while (writer.isAlive()) {
            try {
                writer.join();
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (arena.scope().isAlive()) {
            arena.close();
        }
        try {
            channel.close();
        } catch (final IOException e) {
            failure = failure == null ? e : failure;
        }
        if (failure != null) {
            throw failure;
        }
    }
}
