package joyride.core.link;

import java.util.function.Consumer;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;

/**
 * A driver's queue that cannot hurt core: what the driver throws is told once, and from then on nothing of it is called, nothing
 * arrives and nothing can be sent. Core's own errors do not pass through here.
 */
final class GuardedQueue implements NicQueue {
    private final NicQueue queue;
    private final Consumer<Throwable> listener;
    private boolean failed;

    GuardedQueue(final NicQueue queue, final Consumer<Throwable> listener) {
        this.queue = queue;
        this.listener = listener;
    }

    boolean failed() {
        return failed;
    }

    private void failed(final Throwable thrown) {
        failed = true;
        listener.accept(thrown);
    }

    @Override
    public int receive(final PacketBatch batch) {
        if (failed) {
            return 0;
        }
        try {
            return queue.receive(batch);
        } catch (final RuntimeException | LinkageError | AssertionError e) {
            batch.clear();
            failed(e);
            return 0;
        }
    }

    @Override
    public void release(final PacketBatch batch) {
        if (failed) {
            batch.clear();
            return;
        }
        try {
            queue.release(batch);
        } catch (final RuntimeException | LinkageError | AssertionError e) {
            batch.clear();
            failed(e);
        }
    }

    @Override
    public long allocate() {
        if (failed) {
            return 0;
        }
        try {
            return queue.allocate();
        } catch (final RuntimeException | LinkageError | AssertionError e) {
            failed(e);
            return 0;
        }
    }

    /** 0 if the driver threw. */
    @Override
    public long address(final long handle) {
        if (failed) {
            return 0;
        }
        try {
            return queue.address(handle);
        } catch (final RuntimeException | LinkageError | AssertionError e) {
            failed(e);
            return 0;
        }
    }

    @Override
    public int frameSize() {
        if (failed) {
            return 0;
        }
        try {
            return queue.frameSize();
        } catch (final RuntimeException | LinkageError | AssertionError e) {
            failed(e);
            return 0;
        }
    }

    @Override
    public void free(final long handle) {
        if (failed) {
            return;
        }
        try {
            queue.free(handle);
        } catch (final RuntimeException | LinkageError | AssertionError e) {
            failed(e);
        }
    }

    @Override
    public int transmit(final PacketBatch batch) {
        if (failed) {
            batch.clear();
            return 0;
        }
        try {
            return queue.transmit(batch);
        } catch (final RuntimeException | LinkageError | AssertionError e) {
            batch.clear();
            failed(e);
            return 0;
        }
    }

    @Override
    public long refused() {
        if (failed) {
            return 0;
        }
        try {
            return queue.refused();
        } catch (final RuntimeException | LinkageError | AssertionError e) {
            failed(e);
            return 0;
        }
    }

    @Override
    public int wakeDescriptor() {
        if (failed) {
            return -1;
        }
        try {
            return queue.wakeDescriptor();
        } catch (final RuntimeException | LinkageError | AssertionError e) {
            failed(e);
            return -1;
        }
    }

    @Override
    public long nextEvent() {
        if (failed) {
            return Long.MAX_VALUE;
        }
        try {
            return queue.nextEvent();
        } catch (final RuntimeException | LinkageError | AssertionError e) {
            failed(e);
            return Long.MAX_VALUE;
        }
    }

    @Override
    public void armWake() {
        if (failed) {
            return;
        }
        try {
            queue.armWake();
        } catch (final RuntimeException | LinkageError | AssertionError e) {
            failed(e);
        }
    }
}
