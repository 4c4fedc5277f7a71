package joyride.core.counters;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import joyride.api.counters.CounterBlock;
import joyride.api.memory.Memory;

/**
 * Counters in a mapped file that other processes read, also while the service hangs. All integers are native endian.
 *
 * <pre>
 * 0            magic "JOYCNTRS", u32 version, u32 slots, u64 offset of descriptions, u64 offset of values, u64 process id
 * descriptions one record of 192 bytes a slot: u32 in use (1) or not (0), u32 0, group[40], name[48], description[96], zero-ended
 * values       one u64 a slot
 * </pre>
 *
 * A reader maps the file, walks the descriptions, and reads the values of those in use. The file is made anew at each start.
 */
public final class CounterFile extends CounterStore {
    static final long MAGIC = 0x5352544e43594f4aL;
    static final int VERSION = 1;
    static final int HEADER = 64;
    static final int RECORD = 192;
    static final int GROUP = 8;
    static final int NAME = 48;
    static final int TEXT = 96;

    private static final System.Logger LOG = System.getLogger(CounterFile.class.getName());
    private static final int SLOTS = 32768;
    private static final int GRANULE = 8;

    private final Arena mapping = Arena.ofShared();
    private final MemorySegment file;
    private final BitSet granules = new BitSet(SLOTS / GRANULE);
    private boolean fullSaid;

    /** @param path of the file; one that is there is replaced */
    public CounterFile(final Path path) throws IOException {
        final Path fresh = path.resolveSibling(path.getFileName() + ".new");
        final long size = HEADER + (long) SLOTS * (RECORD + Long.BYTES);
        try (FileChannel channel = FileChannel.open(
                fresh,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            // Written, not merely extended: a full disk is told here, and not by a signal later.
            final ByteBuffer zeros = ByteBuffer.allocate(1 << 16);
            for (long at = 0; at < size; at += zeros.capacity()) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), size - at));
                channel.write(zeros);
            }
            file = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, mapping);
        } catch (final IOException e) {
            mapping.close();
            throw e;
        }
        file.set(ValueLayout.JAVA_INT, 8, VERSION);
        file.set(ValueLayout.JAVA_INT, 12, SLOTS);
        file.set(ValueLayout.JAVA_LONG, 16, HEADER);
        file.set(ValueLayout.JAVA_LONG, 24, valuesOffset());
        file.set(ValueLayout.JAVA_LONG, 32, ProcessHandle.current().pid());
        file.set(ValueLayout.JAVA_LONG, 0, MAGIC);
        Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
    }

    private static long valuesOffset() {
        return HEADER + (long) SLOTS * RECORD;
    }

    @Override
    CounterBlock allocate(final String group, final Description description) {
        final int wanted = (description.names().length + GRANULE - 1) / GRANULE;
        int start = granules.nextClearBit(0);
        while (start + wanted <= SLOTS / GRANULE) {
            final int used = granules.nextSetBit(start);
            if (used < 0 || used - start >= wanted) {
                granules.set(start, start + wanted);
                return describe(start * GRANULE, group, description);
            }
            start = granules.nextClearBit(used);
        }
        if (!fullSaid) {
            fullSaid = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the counter file is full: counters of {0} and what follows are not in it",
                    group);
        }
        return super.allocate(group, description);
    }

    private CounterBlock describe(final int first, final String group, final Description description) {
        for (int i = 0; i < description.names().length; i++) {
            final long record = HEADER + (long) (first + i) * RECORD;
            text(record + GROUP, NAME - GROUP, group);
            text(record + NAME, TEXT - NAME, description.names()[i]);
            text(record + TEXT, RECORD - TEXT, description.descriptions()[i]);
            file.set(ValueLayout.JAVA_LONG, valuesOffset() + 8L * (first + i), 0);
            Memory.putIntRelease(file.address() + record, 1);
        }
        return new CounterBlock(file.address() + valuesOffset() + 8L * first, description.names().length);
    }

    private void text(final long offset, final int room, final String text) {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, room - 1);
        while (length > 0 && length < bytes.length && (bytes[length] & 0xc0) == 0x80) {
            length--;
        }
        file.asSlice(offset, room).fill((byte) 0);
        MemorySegment.copy(bytes, 0, file, ValueLayout.JAVA_BYTE, offset, length);
    }

    @Override
    void free(final CounterBlock block) {
        final long offset = block.address() - file.address() - valuesOffset();
        if (offset < 0 || offset >= 8L * SLOTS) {
            return;
        }
        final int first = (int) (offset / 8);
        for (int i = 0; i < block.slots(); i++) {
            Memory.putIntRelease(file.address() + HEADER + (long) (first + i) * RECORD, 0);
        }
        granules.clear(first / GRANULE, first / GRANULE + (block.slots() + GRANULE - 1) / GRANULE);
    }

    @Override
    public void close() {
        mapping.close();
        super.close();
    }
}
