package joyride.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import joyride.api.socket.PolledTransport;
import joyride.api.socket.TransportHost;
import joyride.core.counters.CounterStore;
import joyride.core.instance.Instance;
import joyride.core.memory.ScalarKernels;
import joyride.core.time.Timer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EngineTest {
    private long now = 1_000_000_000L;
    private final CounterStore counters = new CounterStore();
    private final Engine engine = new Engine(() -> now, () -> 42, new ScalarKernels(), counters);

    @AfterEach
    void close() {
        engine.close();
        counters.close();
    }

    @Test
    void shouldRunTasksInOrderAtTheNextTurn() {
        final List<Integer> ran = new ArrayList<>();
        engine.execute(() -> ran.add(1));
        engine.execute(() -> ran.add(2));
        assertTrue(engine.turn() >= 2);
        assertEquals(List.of(1, 2), ran);
        assertEquals(0, engine.turn());
    }

    @Test
    void shouldGoOnWhenATaskThrows() {
        final List<Integer> ran = new ArrayList<>();
        engine.execute(() -> {
            throw new IllegalStateException("on purpose");
        });
        engine.execute(() -> ran.add(2));
        engine.turn();
        assertEquals(List.of(2), ran);
    }

    @Test
    void shouldTakeOneStepATurnWhenATaskContinuesItself() {
        final List<Integer> ran = new ArrayList<>();
        engine.execute(() -> step(ran));
        for (int turn = 1; turn <= 3; turn++) {
            assertTrue(engine.turn() > 0);
            assertEquals(turn, ran.size());
        }
        assertEquals(0, engine.turn());
    }

    private void step(final List<Integer> ran) {
        ran.add(ran.size());
        if (ran.size() < 3) {
            engine.executeNextTurn(() -> step(ran));
        }
    }

    @Test
    void shouldExpireTimersByTheClockOfTheTurn() {
        final List<Long> expired = new ArrayList<>();
        final Timer timer = new Timer() {
            @Override
            protected void expire() {
                expired.add(engine.context().millis());
            }
        };
        engine.context().timers().arm(timer, 5);
        assertTrue(engine.nextEvent() <= now + 5_000_000L);
        now += 4_999_999L;
        engine.turn();
        assertEquals(List.of(), expired);
        now += 1;
        engine.turn();
        assertEquals(List.of(5L), expired);
        assertEquals(Long.MAX_VALUE, engine.nextEvent());
    }

    @Test
    void shouldPollAndFlushTransportsEachTurnUntilDetached() {
        final RecordingTransport transport = new RecordingTransport();
        engine.attachTransport(transport);
        transport.work = 3;
        assertEquals(3, engine.turn());
        assertEquals(List.of("attach", "poll", "flush"), transport.calls);
        engine.detachTransport(transport);
        engine.turn();
        assertEquals(List.of("attach", "poll", "flush", "detach"), transport.calls);
    }

    @Test
    void shouldPassOnWhereTheLoopAndProgramsWait() {
        final RecordingTransport one = new RecordingTransport();
        final RecordingTransport other = new RecordingTransport();
        assertEquals(-1, engine.waitingCpu());
        engine.attachTransport(one);
        engine.attachTransport(other);
        engine.place(true, 3);
        engine.place(false, -1);
        assertEquals(List.of("attach", "place true 3", "place false -1"), one.calls);
        assertFalse(engine.carriesFrames());
        assertEquals(one.calls, other.calls);
        other.waiting = 7;
        assertEquals(7, engine.waitingCpu());
        one.waiting = 5;
        assertEquals(5, engine.waitingCpu());
    }

    @Test
    void shouldLetGoOfATransportThatThrows() {
        final RecordingTransport transport = new RecordingTransport();
        engine.attachTransport(transport);
        transport.failure = new IllegalStateException("on purpose");
        engine.turn();
        transport.failure = null;
        engine.turn();
        assertEquals(List.of("attach", "poll", "detach"), transport.calls);
    }

    @Test
    void shouldGiveInstancesTheDefaultsAndShowWhyOneEnded() {
        engine.tunables().set("net.inet.tcp.delacktime", "77");
        engine.defaults("rack", "cubic");
        final Instance instance = engine.createInstance("nginx");
        assertEquals(77, instance.tunables().delackTime);
        assertEquals("rack", instance.variant());
        assertEquals("running", engine.instanceViews().get(0).state());
        instance.fail("congestion control", new ArithmeticException("/ by zero"));
        assertTrue(instance.ended());
        assertTrue(engine.instanceViews().get(0).state().contains("/ by zero"));
        assertTrue(engine.instances().isEmpty());
    }

    @Test
    void shouldKeepTheQuotaWhenChargedBeyondIt() {
        engine.instanceQuota(100);
        final Instance instance = engine.createInstance("redis");
        assertTrue(instance.charge(60));
        assertFalse(instance.charge(41));
        assertEquals(60, instance.used());
        instance.release(60);
        assertTrue(instance.charge(100));
    }

    @Test
    void shouldCarryNoTrafficButRunTasksWhenStopped() {
        final RecordingTransport transport = new RecordingTransport();
        engine.attachTransport(transport);
        final Instance instance = engine.createInstance("redis");
        engine.stop("on purpose");
        assertTrue(instance.ended());
        final List<Integer> ran = new ArrayList<>();
        engine.execute(() -> ran.add(1));
        engine.turn();
        assertEquals(List.of(1), ran);
        assertEquals(List.of("attach", "detach"), transport.calls);
    }

    @Test
    void shouldAllocateNothingInASteadyTurn() {
        final RecordingTransport transport = new RecordingTransport();
        transport.record = false;
        transport.work = 1;
        engine.attachTransport(transport);
        final com.sun.management.ThreadMXBean threads =
                java.lang.management.ManagementFactory.getPlatformMXBean(com.sun.management.ThreadMXBean.class);
        final Timer timer = new Timer() {
            @Override
            protected void expire() {
                engine.context().timers().arm(this, engine.context().millis() + 3);
            }
        };
        engine.context().timers().arm(timer, 1);
        // The first rounds still load classes.
        long allocated = 1;
        for (int round = 0; round < 20 && allocated > 0; round++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int turn = 0; turn < 10_000; turn++) {
                now += 500_000L;
                engine.turn();
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertEquals(0, allocated);
    }

    /** Notes what is called. */
    private static final class RecordingTransport implements PolledTransport {
        private final List<String> calls = new ArrayList<>();
        private boolean record = true;
        private int work;
        private int waiting = -1;
        private RuntimeException failure;

        private void note(final String call) {
            if (record) {
                calls.add(call);
            }
        }

        @Override
        public void attach(final TransportHost host) {
            note("attach");
        }

        @Override
        public void detach() {
            note("detach");
        }

        @Override
        public int poll() {
            note("poll");
            if (failure != null) {
                throw failure;
            }
            return work;
        }

        @Override
        public void flush() {
            note("flush");
        }

        @Override
        public void place(final boolean idle, final int cpu) {
            note("place " + idle + " " + cpu);
        }

        @Override
        public int waitingCpu() {
            return waiting;
        }

        @Override
        public void arm() {
            note("arm");
        }

        @Override
        public void disarm() {
            note("disarm");
        }
    }
}
