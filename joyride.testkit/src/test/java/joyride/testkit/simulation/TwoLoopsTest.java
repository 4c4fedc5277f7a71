package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import joyride.api.net.IpPrefix;
import joyride.core.engine.EventLoop;
import joyride.core.engine.LoopSettings;
import joyride.core.memory.ScalarKernels;
import joyride.nic.wire.Faults;
import joyride.nic.wire.Wire;
import org.junit.jupiter.api.Test;

/** Two event loops, each on its own thread in real time, with a wire between them: one wakes the other when it sleeps. */
class TwoLoopsTest {
    private static final int PORT = 5001;
    private static final int BYTES = 20_000_000;
    private static final LoopSettings SLEEPY = new LoopSettings(-1, 0, 200_000, false, 60_000_000_000L);

    private static SimulatedHost host(final Wire wire, final boolean a) {
        return new SimulatedHost(
                a ? "a" : "b",
                IpPrefix.parse(a ? "10.0.0.1/24" : "10.0.0.2/24"),
                a ? wire.a() : wire.b(),
                System::nanoTime,
                new SplittableRandom(a ? 1 : 2)::nextLong,
                new ScalarKernels());
    }

    @Test
    void shouldCarryEveryByteBothWaysWhenEachEndHasItsOwnThread() throws InterruptedException {
        final CountDownLatch done = new CountDownLatch(2);
        final StreamProgram[] ends = new StreamProgram[2];
        try (Wire wire =
                new Wire("threads", 1500, 2048, Faults.NONE, System::nanoTime, new SplittableRandom(3)::nextLong)) {
            final SimulatedHost a = host(wire, true);
            final SimulatedHost b = host(wire, false);
            b.programs().start(new ListenerProgram(b.programs(), PORT, 4, 1, endpoint -> {
                ends[1] = telling(
                        new StreamProgram(
                                b.programs(), StreamPlan.bulk(2, BYTES, 1, BYTES), new SeededRandom(5), endpoint),
                        done);
                return ends[1];
            }));
            ends[0] = telling(
                    new StreamProgram(
                            a.programs(),
                            StreamPlan.bulk(1, BYTES, 2, BYTES),
                            new SeededRandom(4),
                            b.address(),
                            PORT,
                            0),
                    done);
            try (EventLoop loopB = new EventLoop(b.engine(), 1, SLEEPY);
                    EventLoop loopA = new EventLoop(a.engine(), 0, SLEEPY)) {
                loopB.start();
                loopA.engine().execute(() -> a.programs().start(ends[0]));
                loopA.start();
                assertTrue(done.await(60, TimeUnit.SECONDS), () -> "stuck: " + ends[0] + ", " + ends[1]);
            }
            assertEquals(null, ends[0].failure());
            assertEquals(null, ends[1].failure());
            assertEquals(BYTES, ends[0].received());
            assertEquals(BYTES, ends[1].received());
            a.close();
            b.close();
        }
    }

    private static StreamProgram telling(final StreamProgram program, final CountDownLatch done) {
        program.whenFinished(done::countDown);
        return program;
    }
}
