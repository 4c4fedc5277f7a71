package joyride.linux.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.BitSet;
import joyride.api.nic.Steering;

/**
 * What of an interface's traffic is Joyride's, as {@link Classifier} looks it up: whole addresses, and ports of a protocol
 * on addresses shared with the kernel. Addresses are two longs, IPv4 as ::ffff:a.b.c.d. Calls are serialised and
 * allocate nothing unless they fail.
 */
public final class SteeringMap implements AutoCloseable {
    private static final ValueLayout.OfLong LONG_BE = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort SHORT_BE =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment key = arena.allocate(Steering.KEY_LENGTH, 8);
    private final MemorySegment value = arena.allocate(Steering.VALUE_LENGTH, 8);
    private final BpfMap map;
    private boolean closed;

    /**
     * Makes an empty map.
     *
     * @param entries how many it can hold
     * @throws BpfException where the kernel refuses it
     */
    public SteeringMap(final String name, final int entries) throws BpfException {
        map = BpfMap.create(
                name, BpfMap.HASH, Steering.KEY_LENGTH, Steering.VALUE_LENGTH, entries, BpfMap.NO_PREALLOCATION);
        value.set(ValueLayout.JAVA_INT, 0, 1);
    }

    /** For programs; it stays this object's. */
    public int descriptor() {
        return map.descriptor();
    }

    /** Claims a whole address. @return 0 or -errno */
    public int add(final long high, final long low) {
        return add(high, low, 0, 0);
    }

    /** Claims a protocol's port on an address. @return 0 or -errno, -E2BIG (7) where the map is full */
    public synchronized int add(final long high, final long low, final int protocol, final int port) {
        return map.put(key(high, low, protocol, port), value.address());
    }

    /** Gives a whole address back. @return 0 or -errno */
    public int remove(final long high, final long low) {
        return remove(high, low, 0, 0);
    }

    /** Gives a protocol's port back. @return 0, or -ENOENT (2) if it was not claimed */
    public synchronized int remove(final long high, final long low, final int protocol, final int port) {
        return map.remove(key(high, low, protocol, port));
    }

    /** Claims many ports of a protocol on an address by one call. On configuration threads: allocates. @return 0 or -errno */
    public int addAll(final long high, final long low, final int protocol, final BitSet ports) {
        return all(high, low, protocol, ports, map::putAll);
    }

    /** Gives them back. @return 0, or -ENOENT (2) if one was not claimed: then others may be claimed still */
    public int removeAll(final long high, final long low, final int protocol, final BitSet ports) {
        return all(high, low, protocol, ports, (keys, values, count) -> map.removeAll(keys, count));
    }

    private interface Batch {
        int call(long keys, long values, int count);
    }

    private static int all(final long high, final long low, final int protocol, final BitSet ports, final Batch batch) {
        final int count = ports.cardinality();
        if (count == 0) {
            return 0;
        }
        try (Arena room = Arena.ofConfined()) {
            final MemorySegment keys = room.allocate((long) count * Steering.KEY_LENGTH, 8);
            final MemorySegment values = room.allocate((long) count * Steering.VALUE_LENGTH, 8);
            int i = 0;
            for (int port = ports.nextSetBit(0); port >= 0; port = ports.nextSetBit(port + 1), i++) {
                final MemorySegment key = keys.asSlice((long) i * Steering.KEY_LENGTH, Steering.KEY_LENGTH);
                write(key, high, low, protocol, port);
                values.setAtIndex(ValueLayout.JAVA_INT, i, 1);
            }
            return batch.call(keys.address(), values.address(), count);
        }
    }

    /** Whether exactly this is claimed. */
    public synchronized boolean contains(final long high, final long low, final int protocol, final int port) {
        return map.get(key(high, low, protocol, port), value.address()) == 0;
    }

    private long key(final long high, final long low, final int protocol, final int port) {
        write(key, high, low, protocol, port);
        return key.address();
    }

    private static void write(
            final MemorySegment key, final long high, final long low, final int protocol, final int port) {
        key.set(LONG_BE, 0, high);
        key.set(LONG_BE, 8, low);
        key.set(SHORT_BE, SteeringKey.PORT, (short) port);
        key.set(ValueLayout.JAVA_BYTE, SteeringKey.PROTOCOL, (byte) protocol);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            map.close();
            arena.close();
        }
    }
}
