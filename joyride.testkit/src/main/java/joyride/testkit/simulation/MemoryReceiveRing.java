package joyride.testkit.simulation;

import joyride.api.socket.ReceiveRing;

/** A receive ring in this process. Every use that its contract forbids throws. */
public final class MemoryReceiveRing implements ReceiveRing {
    private final ChunkTable table;
    private long produced;
    private long consumed;
    private boolean freed;
    private int readAhead;

    MemoryReceiveRing(final ChunkPool pool) {
        table = new ChunkTable(pool);
    }

    @Override
    public long reserve(final long position, final int length) {
        check(position >= produced && length >= 0, "reserve", position, length);
        return Math.min(position + length, table.extend(position + length));
    }

    @Override
    public void write(final long position, final long address, final int length) {
        check(position >= produced && length >= 0, "write", position, length);
        table.copyIn(position, address, length);
    }

    @Override
    public void publish(final long position) {
        check(position >= produced, "publish", position, 0);
        if (position > produced) {
            table.address(position - 1);
        }
        produced = position;
    }

    @Override
    public long produced() {
        return produced;
    }

    @Override
    public long consumed() {
        return consumed;
    }

    @Override
    public void read(final long position, final long address, final int length) {
        check(position >= consumed, "read", position, length);
        table.copyOut(position, address, length);
    }

    @Override
    public int readAhead(final int step) {
        check(step >= 0, "readAhead", step, 0);
        readAhead++;
        return 0;
    }

    // --- the program's side

    /** How often it was asked to read ahead. */
    public int timesReadAhead() {
        return readAhead;
    }

    /** Bytes to read. */
    public int available() {
        return (int) (produced - consumed);
    }

    /** Where the next unread bytes lie, {@link #contiguous} of them in one piece. */
    public long address() {
        return table.address(consumed);
    }

    public int contiguous(final int limit) {
        return table.contiguous(consumed, Math.min(limit, available()));
    }

    /** The program read {@code length} bytes. */
    public void consume(final int length) {
        check(length <= available(), "consume", consumed, length);
        consumed += length;
        table.trim(consumed);
    }

    void free() {
        freed = true;
        table.clear();
    }

    private void check(final boolean right, final String what, final long position, final int length) {
        if (!right || freed) {
            throw new IllegalStateException("receive ring: " + what + " at " + position + " for " + length
                    + ", consumed " + consumed + ", produced " + produced + (freed ? ", freed" : ""));
        }
    }
}
