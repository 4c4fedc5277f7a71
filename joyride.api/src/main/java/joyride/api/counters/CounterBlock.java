package joyride.api.counters;

import joyride.api.memory.Memory;

/**
 * A run of 64-bit counters in memory that other processes may map and read. One writer, the owning event loop; any reader.
 */
public final class CounterBlock {
    private final long address;
    private final int slots;

    /** @param address of {@code slots} aligned 64-bit words */
    public CounterBlock(final long address, final int slots) {
        this.address = address;
        this.slots = slots;
    }

    /** Where the first counter lies. */
    public long address() {
        return address;
    }

    public int slots() {
        return slots;
    }

    public void increment(final int slot) {
        add(slot, 1);
    }

    public void add(final int slot, final long amount) {
        final long at = address + 8L * slot;
        Memory.putLongRelease(at, Memory.getLong(at) + amount);
    }

    public void drop(final DropReason reason) {
        increment(reason.ordinal());
    }

    public void set(final int slot, final long value) {
        Memory.putLongRelease(address + 8L * slot, value);
    }

    public long get(final int slot) {
        return Memory.getLongAcquire(address + 8L * slot);
    }
}
