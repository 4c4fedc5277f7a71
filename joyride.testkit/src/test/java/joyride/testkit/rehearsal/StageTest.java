package joyride.testkit.rehearsal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpVariant;
import joyride.core.memory.ScalarKernels;
import joyride.core.warmup.Stage;
import joyride.tcp.cc.Cubic;
import joyride.tcp.freebsd.FreeBsdTcp;
import joyride.tcp.rack.RackTcp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a rehearsal says of variants and congestion controls that work, and of those that do not. */
@Timeout(120)
final class StageTest {
    /** Questions whether it is enough, 1,000 turns each. */
    private static final int MOST = 30;

    private int asked;

    private Stage stage(final TcpVariant variant, final CongestionControl control) {
        return new Stage(new ScalarKernels(), variant, control, true, () -> asked++ >= MOST);
    }

    /** What does all as {@code real}, but for one method. */
    private static <T> T but(final Class<T> type, final T real, final String method, final Runnable instead) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, called, args) -> {
            if (!called.getName().equals(method)) {
                return called.invoke(real, args);
            }
            instead.run();
            return null;
        }));
    }

    @ParameterizedTest
    @ValueSource(strings = {"freebsd", "rack"})
    void shouldCarryConnectionsToTheirEndWhenTheVariantWorks(final String name) {
        try (Stage stage = stage(name.equals("rack") ? new RackTcp() : new FreeBsdTcp(), new Cubic())) {
            stage.run();
            assertNull(stage.failure());
            assertTrue(stage.lives() > 1000, () -> stage.lives() + " ends");
            assertTrue(stage.work() > 0);
        }
    }

    @Test
    void shouldCarryThemOnNewRenoWhenThereIsNoControl() {
        try (Stage stage = stage(new FreeBsdTcp(), null)) {
            stage.run();
            assertNull(stage.failure());
            assertTrue(stage.lives() > 1000, () -> stage.lives() + " ends");
        }
    }

    @Test
    void shouldSayWhatTheControlThrew() {
        final CongestionControl broken = but(CongestionControl.class, new Cubic(), "ackReceived", () -> {
            throw new IllegalStateException("on purpose");
        });
        try (Stage stage = stage(new FreeBsdTcp(), broken)) {
            stage.run();
            assertTrue(stage.failure().startsWith("ended its instance: exception"), stage.failure());
            assertTrue(asked <= MOST, "it ends at once");
        }
    }

    @Test
    void shouldCarryNothingWhenTheVariantSendsNothing() {
        final TcpVariant silent = but(TcpVariant.class, new FreeBsdTcp(), "output", () -> {});
        try (Stage stage = stage(silent, new Cubic())) {
            stage.run();
            assertEquals(0, stage.lives());
        }
    }
}
