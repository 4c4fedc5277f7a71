package joyride.ipc.shm;

import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import joyride.linux.Poll;

/** A transport on a fake core that a thread of its own turns in real time, asleep when there is nothing to do. */
final class LiveLoop implements AutoCloseable {
    final LoopedHost host = new LoopedHost();
    final ShmTransport transport;
    final Path path;
    private final Thread thread = new Thread(this::run, "live loop");
    private final CountDownLatch attached = new CountDownLatch(1);
    private volatile boolean stopping;
    long turns;
    long sleeps;

    LiveLoop(final Path directory) throws InterruptedException {
        path = directory.resolve("attach.sock");
        transport = new ShmTransport(new ShmSettings(path, 64, 50, 200, Set.of(), Set.of()));
        thread.start();
        attached.await();
    }

    private int turn() {
        turns++;
        host.now = System.nanoTime();
        final int done = transport.poll();
        host.network.pump();
        transport.flush();
        return done;
    }

    private void run() {
        host.now = System.nanoTime();
        transport.attach(host);
        attached.countDown();
        while (!stopping) {
            if (turn() == 0) {
                transport.arm();
                if (turn() == 0) {
                    sleeps++;
                    // Level-triggered look at the set; 100 ms, so that stopping is seen.
                    Poll.await(transport.wakeDescriptors()[0], Poll.IN, 100);
                }
                transport.disarm();
            }
        }
        transport.detach();
    }

    @Override
    public void close() {
        stopping = true;
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
