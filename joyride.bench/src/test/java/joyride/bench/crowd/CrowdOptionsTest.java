package joyride.bench.crowd;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import joyride.bench.measure.UsageException;
import org.junit.jupiter.api.Test;

class CrowdOptionsTest {
    @Test
    void shouldSayThatTheKernelGoesWithSpeed() {
        final var refused = assertThrows(UsageException.class, () -> CrowdOptions.parse(List.of("--kernel")));
        assertTrue(refused.getMessage().startsWith("--kernel goes with --speed; usage: "), refused.getMessage());
        assertTrue(CrowdOptions.parse(List.of("--speed", "--kernel")).kernel());
    }
}
