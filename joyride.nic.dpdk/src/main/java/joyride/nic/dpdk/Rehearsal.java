package joyride.nic.dpdk;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import joyride.api.memory.Memory;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicEvents;
import joyride.api.nic.NicException;
import joyride.api.nic.PacketBatch;
import joyride.api.nic.Steering;
import joyride.api.time.Clock;

/**
 * Runs queues on rings of their own until the code is compiled: bursts are sent, come back, and are given back. On a thread that ends with it,
 * because DPDK numbers threads and has few numbers.
 */
final class Rehearsal {
    private static final int TURNS = 20_000;
    private static final int LENGTH = 1514;
    /** RTE_LOG_EMERG */
    private static final int SILENT = 1;

    private static final int CHAINED_EVERY = 16;
    /** Short: DPDK makes names of 32 characters of it. */
    private static final String DEVICE = "net_ring_joyride";

    private final Clock clock;

    private Rehearsal(final Clock clock) {
        this.clock = clock;
    }

    /** One at a time. @throws IllegalStateException if a frame is lost, or there is no DPDK here; one line */
    static synchronized void run(final Clock clock) {
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread thread = Thread.ofPlatform()
                .name("joyride-dpdk-rehearsal")
                .daemon(true)
                .start(() -> {
                    try {
                        new Rehearsal(clock).run();
                    } catch (final NicException | RuntimeException | LinkageError e) {
                        failure.set(e);
                    }
                });
        awaitEnd(thread);
        if (failure.get() != null) {
            throw new IllegalStateException(failure.get().getMessage(), failure.get());
        }
    }

    /** Interrupted, it ends early, but not before its port is closed. */
    private static void awaitEnd(final Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (final InterruptedException e) {
                interrupted = true;
                thread.interrupt();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() throws NicException {
        try {
            // Drivers that make system calls are called in another way.
            run(false);
            run(true);
        } finally {
            unregister();
        }
    }

    private void run(final boolean blocking) throws NicException {
        final NicConfiguration configuration = new NicConfiguration(
                "rehearsal",
                DEVICE,
                1,
                Steering.NONE,
                NicEvents.IGNORED,
                0,
                Map.of("rx.descriptors", "256", "tx.descriptors", "256"));
        final DpdkPort port;
        synchronized (Eal.lock()) {
            // A net_ring's rings stay behind it: that they are there already is said, and no matter.
            final int level = Functions.logLevel(SILENT);
            try {
                port = new DpdkPort(configuration, DpdkSettings.of(configuration), clock, blocking);
            } finally {
                Functions.logLevel(level);
            }
        }
        try {
            final DpdkQueue queue = (DpdkQueue) port.queue(0);
            final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
            for (int i = 0; i < TURNS && !Thread.currentThread().isInterrupted(); i++) {
                turn(queue, batch, 1 + i % PacketBatch.BURST, i % CHAINED_EVERY == 0);
            }
            if (port.framesInUse() != 0) {
                throw new IllegalStateException("rehearsal: " + port.framesInUse() + " frames are lost");
            }
        } finally {
            port.close();
        }
    }

    private static void turn(final DpdkQueue queue, final PacketBatch batch, final int count, final boolean chained) {
        for (int i = 0; i < count; i++) {
            final long frame = queue.allocate();
            Memory.putLong(queue.address(frame), i);
            batch.add(frame, queue.address(frame), LENGTH, 0);
        }
        if (chained && count > 1) {
            Packets.link(batch.handle(0), queue.allocate());
        }
        queue.transmit(batch);
        queue.armWake();
        if (queue.receive(batch) != count) {
            throw new IllegalStateException("rehearsal: " + batch.size() + " of " + count + " frames came back");
        }
        for (int i = 0; i < count; i++) {
            if (Memory.getLong(batch.address(i)) != i) {
                throw new IllegalStateException("rehearsal: frame " + i + " came back as another");
            }
        }
        queue.release(batch);
        queue.nextEvent();
    }

    private static void unregister() {
        try {
            Functions.THREAD_UNREGISTER.invokeExact();
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }
}
