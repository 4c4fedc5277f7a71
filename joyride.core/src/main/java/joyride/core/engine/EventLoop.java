package joyride.core.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import joyride.api.socket.IpcTransport;
import joyride.linux.DescriptorWait;
import joyride.linux.EventFd;
import joyride.linux.Placement;
import joyride.linux.Scheduling;

/**
 * The thread that turns an {@link Engine}. While there is work it turns without pause. Idle, it polls on for a bounded time
 * and lets others run meanwhile; then it arms every wake-up source, polls once more, and sleeps until a descriptor is
 * readable or a timer is due.
 */
public final class EventLoop implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(EventLoop.class.getName());
    private static final long NO_SPIN_AFTER_SLOW_YIELD = 10_000_000L;
    private static final long STRANGER_NANOS = 20_000;
    private static final long NO_JOIN_NANOS = 1_000_000;
    private static final long LOOK_INTERVAL = 4_000_000;
    private static final int TURNS_PER_YIELD = 8;
    private static final int LOST_SPINS_TO_SHORTEN = 4;
    private static final int MOST_SHORTENING = 5;
    private static final VarHandle PROGRESS = progressHandle();

    private final Engine engine;
    private final int number;
    private final LoopStatistics statistics;
    private final EventFd wake = new EventFd();
    private final DescriptorWait descriptors = new DescriptorWait();
    private final List<IpcTransport> owners = new ArrayList<>();
    private final Placement placement = new Placement();
    private final CountDownLatch started = new CountDownLatch(1);
    private final Thread thread;
    private volatile LoopSettings settings;
    private volatile boolean stopping;
    private volatile boolean asleep;
    private volatile String failure;
    private volatile RuntimeException startFailure;
    private RunQueueTime runQueue;
    private int knownDescriptors = -1;
    private int lostSpins;
    private long noSpinUntil;
    private long noJoinUntil;
    private long nextLook;
    private long waitedBefore;
    private int place = -1;
    private volatile boolean parked;

    @SuppressWarnings("unused")
    private long progress;

    /** @param number of the loop, for names */
    public EventLoop(final Engine engine, final int number, final LoopSettings settings) {
        this.engine = engine;
        this.number = number;
        this.settings = settings;
        this.statistics = new LoopStatistics(engine.context().counters(), number);
        this.thread =
                Thread.ofPlatform().name("joyride-loop-" + number).daemon(true).unstarted(this::run);
        engine.waker(this::wake);
    }

    private static VarHandle progressHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(EventLoop.class, "progress", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /**
     * Starts the thread and waits until it turns.
     *
     * @throws IllegalArgumentException if the CPU to pin to is not there
     */
    public void start() {
        thread.start();
        try {
            started.await();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while event loop " + number + " started", e);
        }
        if (startFailure != null) {
            close();
            throw startFailure;
        }
    }

    public Engine engine() {
        return engine;
    }

    public Thread thread() {
        return thread;
    }

    /** Spin bound and busy polling change with the next turn; the CPU stays. Any thread. */
    public void settings(final LoopSettings changed) {
        settings = changed;
        wake();
    }

    public LoopSettings settings() {
        return settings;
    }

    /** Forgets the longest turns so far, those of the start. Any thread. */
    public void forgetLongest() {
        engine.execute(statistics::forgetLongest);
    }

    /** Changes with every turn; the watchdog reads it. */
    long progress() {
        return (long) PROGRESS.getOpaque(this);
    }

    /** Whether the thread sleeps in the kernel. */
    boolean parked() {
        return parked;
    }

    /** Why the loop carries no traffic any more, or null. */
    public String failure() {
        return failure;
    }

    private void wake() {
        if (asleep) {
            asleep = false;
            wake.signal();
        }
    }

    private void run() {
        try {
            final int cpu = settings.cpu();
            if (cpu >= 0) {
                Scheduling.pin(cpu);
            }
            runQueue = new RunQueueTime();
        } catch (final RuntimeException e) {
            startFailure = e;
            started.countDown();
            return;
        }
        started.countDown();
        while (!stopping) {
            cycle();
        }
        runQueue.close();
    }

    /** Turns until there is nothing to do, polls on for a while, sleeps. */
    private void cycle() {
        busy();
        if (settings.busyPoll()) {
            Thread.onSpinWait();
            return;
        }
        if (spin()) {
            return;
        }
        sleep();
    }

    private void busy() {
        int done = turn();
        while (done > 0 && !stopping) {
            final long begin = engine.context().nanoTime();
            final int work = done;
            done = turn();
            final long end = engine.context().nanoTime();
            statistics.turn(end, work, end - begin, runQueue);
            if (end >= nextLook) {
                lookForStrangers(end);
            }
        }
    }

    /** A loop that is busy all the time never yields: what it waited for its core says whether it shares that. */
    private void lookForStrangers(final long now) {
        final long waited = runQueue.waited();
        final boolean lately = now - nextLook < LOOK_INTERVAL;
        if (lately && waited - waitedBefore > LOOK_INTERVAL / 10 && engine.carriesFrames()) {
            join(now);
        }
        waitedBefore = waited;
        nextLook = now + LOOK_INTERVAL;
    }

    /** @return whether work came */
    private boolean spin() {
        final boolean won = look();
        if (place >= 0) {
            engine.place(false, place);
        }
        return won;
    }

    private boolean look() {
        final LoopSettings now = settings;
        final long begin = engine.context().nanoTime();
        if (now.spinNanos() == 0 || begin < noSpinUntil) {
            return false;
        }
        final long until = begin + (now.spinNanos() >>> Math.min(lostSpins / LOST_SPINS_TO_SHORTEN, MOST_SHORTENING));
        long before = begin;
        while (!stopping) {
            Scheduling.yield();
            statistics.count(LoopStatistics.YIELDS);
            if (poll() > 0) {
                lostSpins = 0;
                statistics.count(LoopStatistics.SPINS_WON);
                return true;
            }
            final long after = engine.context().nanoTime();
            if (after - before > STRANGER_NANOS && engine.carriesFrames()) {
                join(after);
            }
            if (after - before > now.yieldLimitNanos()) {
                statistics.count(LoopStatistics.YIELDS_SLOW);
                noSpinUntil = after + NO_SPIN_AFTER_SLOW_YIELD;
                break;
            }
            if (after >= until) {
                break;
            }
            tellPlace();
            before = after;
        }
        lostSpins++;
        statistics.count(LoopStatistics.SPINS_LOST);
        return false;
    }

    /** Local peers are programs of this loop both, and each place is as good for one as bad for the other: then none is told. */
    private void tellPlace() {
        final int now = engine.carriesFrames() ? Scheduling.cpu() : -1;
        if (now >= 0 || place >= 0) {
            place = now;
            engine.place(now >= 0, now);
        }
    }

    /**
     * Somebody else runs on this core, as a yield that took long shows. Where a program's thread waits for this loop on another one, the loop goes
     * there, since the two take turns; from then on the scheduler may move it as ever.
     */
    private void join(final long now) {
        final int cpu = now < noJoinUntil ? -1 : engine.waitingCpu();
        if (cpu >= 0 && settings.cpu() < 0 && cpu != Scheduling.cpu()) {
            noJoinUntil = now + NO_JOIN_NANOS;
            if (placement.moveTo(cpu)) {
                statistics.count(LoopStatistics.JOINS);
            }
        }
    }

    /** Some turns between two yields: who works on another core answers sooner than a yield comes back. */
    private int poll() {
        int done = 0;
        for (int i = 0; i < TURNS_PER_YIELD && done == 0; i++) {
            done = turn();
        }
        return done;
    }

    private void sleep() {
        engine.arm();
        asleep = true;
        if (turn() == 0 && !stopping) {
            final long next = engine.nextEvent();
            final long now = engine.context().nanoTime();
            if (next > now && asleep) {
                collectDescriptors();
                statistics.count(LoopStatistics.SLEEPS);
                parked = true;
                final int ready = descriptors.await(next == Long.MAX_VALUE ? Long.MAX_VALUE : next - now);
                parked = false;
                if (ready > 0) {
                    woken();
                }
            }
        }
        asleep = false;
        engine.disarm();
    }

    /** Only who was called looks what for: on a NIC's frames nobody has to. */
    private void woken() {
        if (descriptors.isReady(0)) {
            wake.drain();
        }
        for (int i = 0; i < owners.size(); i++) {
            if (owners.get(i) != null && descriptors.isReady(i + 1)) {
                owners.get(i).woken();
            }
        }
    }

    private void collectDescriptors() {
        final int generation = engine.descriptorGeneration();
        if (generation != knownDescriptors) {
            knownDescriptors = generation;
            descriptors.clear();
            descriptors.add(wake.descriptor());
            owners.clear();
            engine.descriptors((descriptor, owner) -> {
                descriptors.add(descriptor);
                owners.add(owner);
            });
        }
    }

    private int turn() {
        PROGRESS.setOpaque(this, progress + 1);
        statistics.count(LoopStatistics.TURNS);
        try {
            return engine.turn();
        } catch (final Throwable thrown) {
            return failed(thrown);
        }
    }

    /** An error in core itself: traffic of this loop ends, the tasks of the console go on. */
    private int failed(final Throwable thrown) {
        failure = "error in event loop " + number + ": " + thrown;
        LOG.log(System.Logger.Level.ERROR, failure + "; its ports are closed and its applications let go", thrown);
        engine.stop(failure);
        return 1;
    }

    /** Stops the thread after the present turn and waits for it, at most 5 s. The engine is closed by its owner. */
    @Override
    public void close() {
        stopping = true;
        if (thread.isAlive()) {
            wake.signal();
            try {
                if (!thread.join(Duration.ofSeconds(5))) {
                    LOG.log(System.Logger.Level.ERROR, "event loop {0} did not stop in 5 s", number);
                    return;
                }
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        wake.close();
        descriptors.close();
        placement.close();
    }

    /** Runs {@code task} on the loop and waits for it. @throws TimeoutException if it did not run in time */
    public <T> T call(final Callable<T> task, final long seconds) throws TimeoutException {
        final FutureTask<T> future = new FutureTask<>(task);
        engine.execute(future);
        try {
            return future.get(seconds, TimeUnit.SECONDS);
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof RuntimeException runtime) {
                throw runtime;
            }
            throw new IllegalStateException(e.getCause());
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for event loop " + number, e);
        }
    }
}
