package joyride.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import joyride.core.counters.CounterStore;
import joyride.core.memory.ScalarKernels;
import joyride.core.time.Timer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventLoopTest {
    private final CounterStore counters = new CounterStore();
    private final Engine engine = new Engine(System::nanoTime, () -> 42, new ScalarKernels(), counters);
    private EventLoop loop = new EventLoop(engine, 0, LoopSettings.STANDARD);

    @AfterEach
    void close() {
        loop.close();
        engine.close();
        counters.close();
    }

    @Test
    void shouldRunATaskOnItsThreadWhenItSleeps() throws Exception {
        loop.start();
        while (!loop.parked()) {
            Thread.onSpinWait();
        }
        assertEquals("joyride-loop-0", loop.call(() -> Thread.currentThread().getName(), 30));
    }

    @Test
    void shouldWakeForATimerWhenItSleeps() throws Exception {
        loop.start();
        final CountDownLatch expired = new CountDownLatch(1);
        loop.call(
                () -> {
                    engine.context()
                            .timers()
                            .arm(countDown(expired), engine.context().millis() + 20);
                    return null;
                },
                30);
        assertTrue(expired.await(30, TimeUnit.SECONDS));
    }

    private static Timer countDown(final CountDownLatch latch) {
        return new Timer() {
            @Override
            protected void expire() {
                latch.countDown();
            }
        };
    }

    @Test
    void shouldSayWhichCpusThereAreWhenTheOneToPinToIsNot() {
        final EventLoop pinned = new EventLoop(engine, 1, new LoopSettings(4000, 0, 1, false, 1_000_000_000L));
        final var failure = assertThrows(IllegalArgumentException.class, pinned::start);
        assertTrue(failure.getMessage().startsWith("cpu 4000: "), failure.getMessage());
        assertTrue(failure.getMessage().contains("may run on cpus 0"), failure.getMessage());
    }

    @Test
    void shouldPassTheTasksExceptionOn() {
        loop.start();
        final var failure = assertThrows(
                IllegalStateException.class,
                () -> loop.call(
                        () -> {
                            throw new IllegalStateException("on purpose");
                        },
                        30));
        assertEquals("on purpose", failure.getMessage());
        assertNull(loop.failure());
    }

    @Test
    void shouldStopTrafficAndAnswerTheConsoleWhenCoreItselfFails() throws Exception {
        loop.start();
        loop.call(
                () -> {
                    engine.context().timers().arm(broken(), 1);
                    return null;
                },
                30);
        while (loop.failure() == null) {
            Thread.onSpinWait();
        }
        assertNotNull(loop.call(Object::new, 30));
        assertTrue(loop.failure().contains("on purpose"));
    }

    private static Timer broken() {
        return new Timer() {
            @Override
            protected void expire() {
                throw new IllegalStateException("on purpose");
            }
        };
    }

    @Test
    void shouldEndTheProcessWhenATurnNeverEnds() throws Exception {
        loop.close();
        loop = new EventLoop(engine, 0, new LoopSettings(-1, 0, 1, false, 100_000_000L));
        loop.start();
        final AtomicInteger status = new AtomicInteger();
        final CountDownLatch release = new CountDownLatch(1);
        final CountDownLatch exited = new CountDownLatch(1);
        try (Watchdog watchdog = new Watchdog(List.of(loop), code -> {
            status.set(code);
            exited.countDown();
        })) {
            engine.execute(() -> {
                try {
                    release.await();
                } catch (final InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            watchdog.start();
            assertTrue(exited.await(30, TimeUnit.SECONDS));
            assertEquals(Watchdog.EXIT_STATUS, status.get());
        } finally {
            release.countDown();
        }
    }

    @Test
    void shouldLeaveASleepingLoopAlone() {
        loop.start();
        while (!loop.parked()) {
            Thread.onSpinWait();
        }
        final AtomicInteger status = new AtomicInteger();
        try (Watchdog watchdog = new Watchdog(List.of(loop), status::set)) {
            for (int i = 0; i < 100; i++) {
                watchdog.sample();
            }
        }
        assertEquals(0, status.get());
    }
}
