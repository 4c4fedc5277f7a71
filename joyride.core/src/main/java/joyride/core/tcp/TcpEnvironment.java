package joyride.core.tcp;

import joyride.api.counters.CounterBlock;
import joyride.api.memory.Kernels;
import joyride.api.time.RandomSource;
import joyride.core.ip.IpOutput;
import joyride.core.time.TimerWheel;

/** What a {@link TcpStack} needs of its event loop. Getters are asked once, the clock on each call. */
public interface TcpEnvironment {
    IpOutput ip();

    /** The loop's wheel, whose milliseconds are TCP's ticks. */
    TimerWheel timers();

    RandomSource random();

    Kernels kernels();

    /** The turn's time, µs. */
    long nowMicros();

    /** Drops by {@link joyride.api.counters.DropReason#ordinal}. */
    CounterBlock drops();

    /** Runs {@code task} on the loop after the present turn. */
    void execute(Runnable task);
}
