package joyride.testkit.simulation;

import joyride.api.socket.SendRing;

/** A send ring in this process. Every use that its contract forbids throws. */
public final class MemorySendRing implements SendRing {
    private final ChunkTable table;
    private long produced;
    private long released;
    private int limit;
    private boolean freed;

    MemorySendRing(final ChunkPool pool) {
        table = new ChunkTable(pool);
    }

    @Override
    public long produced() {
        return produced;
    }

    @Override
    public long released() {
        return released;
    }

    @Override
    public long address(final long position) {
        check(position >= released && position < produced, "address", position);
        return table.address(position);
    }

    @Override
    public int contiguous(final long position, final int most) {
        check(position >= released && position < produced, "contiguous", position);
        return table.contiguous(position, (int) Math.min(most, produced - position));
    }

    @Override
    public void release(final long position) {
        check(position >= released && position <= produced, "release", position);
        released = position;
        table.trim(position);
    }

    @Override
    public void limit(final int bytes) {
        limit = bytes;
    }

    @Override
    public int limit() {
        return limit;
    }

    // --- the program's side

    /** Bytes of {@code wanted} that may be written now, as far as memory stands behind them. */
    public int room(final int wanted) {
        final long most = Math.min(wanted, released + limit - produced);
        return most <= 0 ? 0 : (int) Math.min(most, table.extend(produced + most) - produced);
    }

    /** Where the next bytes go, {@link #writable} of them in one piece; there is {@link #room}. */
    public long writeAddress() {
        return table.address(produced);
    }

    public int writable(final int most) {
        return table.contiguous(produced, room(most));
    }

    /** The program wrote {@code length} bytes at {@link #writeAddress}. */
    public void produce(final int length) {
        produced += length;
    }

    void free() {
        freed = true;
        table.clear();
    }

    private void check(final boolean right, final String what, final long position) {
        if (!right || freed) {
            throw new IllegalStateException("send ring: " + what + " at " + position + ", released " + released
                    + ", produced " + produced + (freed ? ", freed" : ""));
        }
    }
}
