package joyride.core.service;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import joyride.core.counters.CounterStore;
import joyride.core.engine.Engine;
import joyride.core.engine.LoopSettings;
import joyride.core.memory.AdaptiveKernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A service that stops before it is warm. */
@Timeout(60)
class WarmUpTest {
    @Test
    void shouldNotSayThatItIsWarmWhenTheServiceStopsFirst() {
        try (CounterStore counters = new CounterStore()) {
            final AdaptiveKernels kernels = new AdaptiveKernels();
            final Engine engine = new Engine(System::nanoTime, () -> 42, kernels, counters);
            final Stack stack = new Stack(engine, LoopSettings.STANDARD, status -> {});
            stack.apply(Map.of());
            final WarmUp warmUp = new WarmUp(kernels, stack);
            warmUp.start();
            warmUp.close();
            assertFalse(warmUp.done());
            assertTrue(stack.close());
        }
    }
}
