package joyride.linux.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import joyride.linux.Descriptors;

/**
 * A BPF map of this process. Calls are serialised and allocate nothing, so that an event loop may make them; each is a
 * system call of about a microsecond.
 */
public final class BpfMap implements AutoCloseable {
    /** BPF_MAP_TYPE_HASH */
    public static final int HASH = 1;

    /** BPF_MAP_TYPE_ARRAY */
    public static final int ARRAY = 2;

    /** BPF_MAP_TYPE_XSKMAP: AF_XDP sockets by receive queue */
    public static final int SOCKETS = 17;

    /** Flag of {@link #create}: memory for an entry is taken when it comes. */
    public static final int NO_PREALLOCATION = 1;

    private final Arena arena = Arena.ofShared();
    private final BpfCall call = new BpfCall(arena);
    private final String name;
    private final int descriptor;
    private boolean closed;

    private BpfMap(final String name, final int type, final int[] sizes, final int flags) throws BpfException {
        this.name = name;
        descriptor = call.clear()
                .put(0, type)
                .put(4, sizes[0])
                .put(8, sizes[1])
                .put(12, sizes[2])
                .put(16, flags)
                .name(28, name)
                .call(BpfCall.MAP_CREATE);
        if (descriptor < 0) {
            arena.close();
            throw BpfCall.failed("BPF map " + name + " of " + sizes[2] + " entries", descriptor);
        }
        call.clear();
    }

    /**
     * Makes a map.
     *
     * @param name for bpftool
     * @param keySize bytes
     * @param valueSize bytes
     * @throws BpfException where the kernel refuses it
     */
    public static BpfMap create(
            final String name,
            final int type,
            final int keySize,
            final int valueSize,
            final int entries,
            final int flags)
            throws BpfException {
        return new BpfMap(name, type, new int[] {keySize, valueSize, entries}, flags);
    }

    /** The map's file descriptor; it stays this object's. */
    public int descriptor() {
        return descriptor;
    }

    /** Sets an entry. @throws BpfException if the map is full (E2BIG) or does not take the value */
    public synchronized void put(final MemorySegment key, final MemorySegment value) throws BpfException {
        final int result = element(BpfCall.MAP_UPDATE, key.address(), value.address());
        if (result < 0) {
            throw BpfCall.failed("entry of BPF map " + name, result);
        }
    }

    /** Sets an entry; addresses of key and value. @return 0 or -errno */
    public synchronized int put(final long key, final long value) {
        return element(BpfCall.MAP_UPDATE, key, value);
    }

    /** Removes an entry; address of the key. @return 0 or -errno */
    public synchronized int remove(final long key) {
        return element(BpfCall.MAP_DELETE, key, 0);
    }

    /** Copies an entry's value out; addresses. @return 0 or -errno */
    public synchronized int get(final long key, final long value) {
        return element(BpfCall.MAP_LOOKUP, key, value);
    }

    /**
     * Sets many entries by one call (Linux 5.6); addresses of keys and values, each as close together as they can be.
     *
     * @return 0 or -errno, and then some may be set
     */
    public synchronized int putAll(final long keys, final long values, final int count) {
        return batch(BpfCall.MAP_UPDATE_BATCH, keys, values, count);
    }

    /** Removes many entries by one call (Linux 5.6); address of the keys. @return 0 or -errno, -ENOENT at the first that is not there */
    public synchronized int removeAll(final long keys, final int count) {
        return batch(BpfCall.MAP_DELETE_BATCH, keys, 0, count);
    }

    private int batch(final int command, final long keys, final long values, final int count) {
        if (closed) {
            throw new IllegalStateException("BPF map " + name + " is closed");
        }
        final int result = call.clear()
                .put(16, keys)
                .put(24, values)
                .put(32, count)
                .put(36, descriptor)
                .call(command);
        call.clear();
        return result;
    }

    private int element(final int command, final long key, final long value) {
        if (closed) {
            throw new IllegalStateException("BPF map " + name + " is closed");
        }
        return call.put(0, descriptor).put(8, key).put(16, value).put(24, 0L).call(command);
    }

    /** Lets go of the map; the kernel keeps it as long as a program uses it. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Descriptors.close(descriptor);
            arena.close();
        }
    }
}
