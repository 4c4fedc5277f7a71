package joyride.core.ip;

import joyride.api.counters.CounterBlock;
import joyride.api.memory.Kernels;
import joyride.api.tcp.TcpTunables;
import joyride.api.time.RandomSource;
import joyride.core.counters.CounterStore;
import joyride.core.share.Claims;
import joyride.core.time.TimerWheel;
import joyride.core.time.TurnClock;

/**
 * What the network layer of one event loop has from its engine.
 *
 * @param clock the turn's time
 * @param timers advanced by the engine
 * @param random for identifications, ports and jitter
 * @param kernels copying and checksums
 * @param counters where groups of counters are made, on configuration paths
 * @param drops one slot for each {@link joyride.api.counters.DropReason}
 * @param tunables the service's
 * @param claims what is Joyride's of addresses shared with the kernel
 */
public record NetworkEnvironment(
        TurnClock clock,
        TimerWheel timers,
        RandomSource random,
        Kernels kernels,
        CounterStore counters,
        CounterBlock drops,
        TcpTunables tunables,
        Claims claims) {}
