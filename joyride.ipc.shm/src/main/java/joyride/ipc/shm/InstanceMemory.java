package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import joyride.api.memory.Memory;
import joyride.api.socket.Attachments;
import joyride.linux.Descriptors;
import joyride.linux.Mappings;

/**
 * The sealed memory of one stack instance: where everything lies in it, and its header. Nothing here trusts what programs
 * wrote: offsets are private.
 */
final class InstanceMemory {
    private static final int PAGE = 4096;

    static final int PROCESSES_OFFSET;
    static final int WAITERS_OFFSET;
    static final int QUEUES_OFFSET;
    static final int QUEUE_BITMAPS_OFFSET;
    static final int DIRTY_OFFSET;
    static final int CALLS_OFFSET;
    static final int SOCKETS_OFFSET;
    static final int LARGE_TABLES_OFFSET;
    static final int CHUNKS_OFFSET;

    static {
        int at = page(HEADER_SIZEOF);
        DIRTY_OFFSET = at;
        at = page(at + 8 * JR_BITMAP_WORDS);
        CALLS_OFFSET = at;
        at = page(at + JR_WAITERS / 8);
        PROCESSES_OFFSET = at;
        at = page(at + JR_PROCESSES * PROCESS_SIZEOF);
        WAITERS_OFFSET = at;
        at = page(at + JR_WAITERS * WAITER_SIZEOF);
        QUEUES_OFFSET = at;
        at = page(at + JR_QUEUES * QUEUE_SIZEOF);
        QUEUE_BITMAPS_OFFSET = at;
        at = page(at + JR_QUEUES * 8 * JR_BITMAP_WORDS);
        SOCKETS_OFFSET = at;
        at = page(at + JR_SOCKETS * SOCKET_SIZEOF);
        LARGE_TABLES_OFFSET = at;
        at = page(at + JR_LARGE_TABLES * JR_LARGE_TABLE * 4);
        CHUNKS_OFFSET = at;
    }

    final int fd;
    final long base;
    final long size;
    final int chunks;

    private InstanceMemory(final int fd, final long base, final long size, final int chunks) {
        this.fd = fd;
        this.base = base;
        this.size = size;
        this.chunks = chunks;
    }

    private static int page(final int offset) {
        return offset + PAGE - 1 & -PAGE;
    }

    /** @throws IllegalStateException in one line if the system refuses */
    static InstanceMemory create(final long id, final ShmSettings settings) {
        final int chunks = settings.chunks();
        final long size = CHUNKS_OFFSET + (long) chunks * JR_CHUNK;
        final int fd = Mappings.sealedFile("joyride-" + id, size);
        if (fd < 0) {
            throw new IllegalStateException("no shared memory of " + (size >> 20) + " MiB for an application: errno "
                    + -fd + "; lower 'memory' in joyride.ipc.shm or raise the service's limits");
        }
        final long base = Mappings.share(fd, size);
        if (base < 0) {
            Descriptors.close(fd);
            throw new IllegalStateException("cannot map shared memory of " + (size >> 20) + " MiB: errno " + -base
                    + "; lower 'memory' in joyride.ipc.shm or raise the service's address space limit");
        }
        final InstanceMemory memory = new InstanceMemory(fd, base, size, chunks);
        memory.writeSpin(settings);
        memory.writeHeader(id);
        return memory;
    }

    /** How long programs' threads spin. */
    void writeSpin(final ShmSettings settings) {
        Memory.putInt(base + HEADER_SPIN_US, settings.spinMicros());
        Memory.putInt(base + HEADER_YIELD_LIMIT_US, settings.yieldMicros());
    }

    private void writeHeader(final long id) {
        Memory.putInt(base + HEADER_ABI_VERSION, JR_ABI_VERSION);
        Memory.putInt(base + HEADER_HEADER_SIZE, HEADER_SIZEOF);
        Memory.putLong(base + HEADER_TOTAL_SIZE, size);
        Memory.putLong(base + HEADER_INSTANCE_ID, id);
        Memory.putInt(base + HEADER_SOCKETS_OFFSET, SOCKETS_OFFSET);
        Memory.putInt(base + HEADER_PROCESSES_OFFSET, PROCESSES_OFFSET);
        Memory.putInt(base + HEADER_WAITERS_OFFSET, WAITERS_OFFSET);
        Memory.putInt(base + HEADER_QUEUES_OFFSET, QUEUES_OFFSET);
        Memory.putInt(base + HEADER_QUEUE_BITMAPS_OFFSET, QUEUE_BITMAPS_OFFSET);
        Memory.putInt(base + HEADER_DIRTY_BITMAP_OFFSET, DIRTY_OFFSET);
        Memory.putInt(base + HEADER_CALL_BITMAP_OFFSET, CALLS_OFFSET);
        Memory.putInt(base + HEADER_LARGE_TABLES_OFFSET, LARGE_TABLES_OFFSET);
        Memory.putInt(base + HEADER_CHUNKS_OFFSET, CHUNKS_OFFSET);
        Memory.putInt(base + HEADER_CHUNK_COUNT, chunks);
        Memory.putInt(base + HEADER_STATE, JR_INSTANCE_RUNNING);
        Memory.putLongRelease(base + HEADER_MAGIC, JR_MAGIC);
    }

    long socket(final int slot) {
        return base + SOCKETS_OFFSET + (long) slot * SOCKET_SIZEOF;
    }

    long process(final int number) {
        return base + PROCESSES_OFFSET + (long) number * PROCESS_SIZEOF;
    }

    long waiter(final int number) {
        return base + WAITERS_OFFSET + (long) number * WAITER_SIZEOF;
    }

    long queue(final int number) {
        return base + QUEUES_OFFSET + (long) number * QUEUE_SIZEOF;
    }

    long queueWord(final int queue, final int word) {
        return base + QUEUE_BITMAPS_OFFSET + (long) queue * 8 * JR_BITMAP_WORDS + 8L * word;
    }

    long dirtyWord(final int word) {
        return base + DIRTY_OFFSET + 8L * word;
    }

    long callWord(final int word) {
        return base + CALLS_OFFSET + 8L * word;
    }

    /** Where the tables of {@link LargeTables} lie. */
    long largeTables() {
        return base + LARGE_TABLES_OFFSET;
    }

    long chunks() {
        return base + CHUNKS_OFFSET;
    }

    /** Lets go of the memory; the address range stays, blank, so that a late access of core's meets zeros. */
    void abandon() {
        Mappings.blank(base, size);
        Descriptors.close(fd);
    }

    /** Gives the address range back, long after {@link #abandon}. */
    static void unmap(final long base, final long size) {
        Mappings.unmap(base, size);
    }

    // ---- left to a successor

    /** Memory as it was left: {@link ShmInstance#save} wrote it. */
    static InstanceMemory restore(final BooksReader from) {
        final Attachments.Mapping mapping = from.mapping();
        final int fd = from.descriptor();
        final int chunks = from.number(1, Integer.MAX_VALUE);
        if (mapping.size() != CHUNKS_OFFSET + (long) chunks * JR_CHUNK) {
            throw new IllegalStateException("memory of " + mapping.size() + " bytes is none for " + chunks + " chunks");
        }
        return new InstanceMemory(fd, mapping.address(), mapping.size(), chunks);
    }
}
