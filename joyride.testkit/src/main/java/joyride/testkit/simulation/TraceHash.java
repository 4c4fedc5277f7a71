package joyride.testkit.simulation;

import joyride.api.memory.Memory;
import joyride.nic.wire.WireTap;

/** One number for all that a wire carried: each frame's bytes, direction, time of departure and arrival. Equal runs have equal numbers. */
public final class TraceHash implements WireTap {
    private long hash;
    private long frames;

    public long value() {
        return hash;
    }

    public long frames() {
        return frames;
    }

    @Override
    public void frame(final boolean fromA, final long nanos, final long address, final int length, final long due) {
        frames++;
        add(nanos);
        add(due);
        add((long) length << 1 | (fromA ? 1 : 0));
        int i = 0;
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            add(Memory.getLongBE(address + i));
        }
        for (; i < length; i++) {
            add(Memory.getByte(address + i));
        }
    }

    private void add(final long value) {
        hash = (hash ^ value) * 0x100_0000_01b3L;
        hash ^= hash >>> 29;
    }
}
