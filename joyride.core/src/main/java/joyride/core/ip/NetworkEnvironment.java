package joyride.core.ip;

import java.util.List;
import joyride.api.counters.CounterBlock;
import joyride.api.memory.Kernels;
import joyride.api.time.RandomSource;
import joyride.core.time.TimerWheel;
import joyride.core.time.TurnClock;

/**
 * What the network layer of one event loop has from its engine.
 *
 * @param clock the turn's time
 * @param timers advanced by the engine
 * @param random for identifications, ports and jitter
 * @param kernels copying and checksums
 * @param drops one slot for each {@link joyride.api.counters.DropReason}
 * @param counters where further groups of counters come from
 */
public record NetworkEnvironment(
        TurnClock clock,
        TimerWheel timers,
        RandomSource random,
        Kernels kernels,
        CounterBlock drops,
        CounterSource counters) {

    /** Gives out memory for a group of counters. On configuration paths only. */
    @FunctionalInterface
    public interface CounterSource {
        /**
         * @param group such as {@code ip} or an interface's name; the same group again gives the same counters
         * @param names one for each slot
         */
        CounterBlock group(String group, List<String> names);
    }
}
