package joyride.core.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import joyride.api.admin.StackAdmin.SwapView;
import joyride.core.counters.CounterStore;
import joyride.core.engine.Engine;
import joyride.core.engine.LoopSettings;
import joyride.core.engine.WaitingEndpoint;
import joyride.core.memory.ScalarKernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of applications when transports come and go. */
@Timeout(60)
class TransportsTest {
    private final CounterStore counters = new CounterStore();
    private final Engine engine = new Engine(System::nanoTime, () -> 42, new ScalarKernels(), counters);
    private final Stack stack = new Stack(engine, LoopSettings.STANDARD, status -> {});
    private final StackConsole console = new StackConsole(stack, () -> true);
    private final FakeTransport first = new FakeTransport();
    private final FakeTransport second = new FakeTransport();

    @BeforeEach
    void serve() {
        stack.apply(Map.of());
        add(first, 0, "first 1");
        stack.calls().run("test", first::open);
    }

    @AfterEach
    void close() {
        assertTrue(stack.close());
        counters.close();
    }

    private void add(final FakeTransport transport, final int ranking, final String bundle) {
        stack.transports().add(new Candidate<>("fake", transport, ranking, ranking, bundle));
    }

    private String state(final String bundle) {
        return console.variants().stream()
                .filter(view -> view.bundle().equals(bundle))
                .findFirst()
                .orElseThrow()
                .state();
    }

    @Test
    void shouldHandApplicationsOverWhenAHigherRankedTransportComes() {
        add(second, 10, "second 2");
        assertEquals(List.of("attach", "release"), first.calls);
        assertEquals(List.of("adopt"), second.calls);
        assertFalse(first.instance.ended());
        assertSame(second.endpoint, first.socket.endpoint());
        assertEquals("in service", state("second 2"));
        assertEquals("waiting", state("first 1"));
        final SwapView swap = console.swaps().getLast();
        assertEquals("ipc", swap.kind());
        assertEquals(1, swap.moved());
    }

    @Test
    void shouldTakeThemBackWhenTheHigherRankedOneGoes() {
        add(second, 10, "second 2");
        stack.transports().remove(second);
        assertEquals(List.of("attach", "release", "adopt"), first.calls);
        assertSame(first.endpoint, first.socket.endpoint());
        assertFalse(first.instance.ended());
    }

    @Test
    void shouldLeaveTheOldOneServingWhenTheSuccessorThrowsHalfWay() {
        second.failure = new IllegalStateException("on purpose");
        add(second, 10, "second 2");
        assertEquals(List.of("attach", "release", "adopt"), first.calls);
        assertSame(first.endpoint, first.socket.endpoint());
        assertFalse(first.instance.ended());
        assertEquals("refused", state("second 2"));
        assertEquals("in service", state("first 1"));
    }

    @Test
    void shouldRehearseATransportThatWaitsBesideTheOneInService() {
        stack.tcp().add(new Candidate<>("freebsd", new IdleVariant(null), 0, 1, "tcp 1"));
        second.rehearsalFailure = new IllegalStateException("on purpose");
        add(second, -10, "second 2");
        assertEquals(List.of("attach"), first.calls);
        assertEquals("refused", state("second 2"));
    }

    @Test
    void shouldLetApplicationsWaitWhenTheTransportGoesUntilTheNextComes() {
        stack.transports().remove(first);
        assertEquals(List.of("attach", "release"), first.calls);
        assertFalse(first.instance.ended());
        assertTrue(first.socket.endpoint() instanceof WaitingEndpoint);
        assertEquals("waits for a transport", console.sockets().getFirst().reason());
        add(second, 0, "second 2");
        assertEquals(List.of("adopt"), second.calls);
        assertSame(second.endpoint, first.socket.endpoint());
        assertEquals(1, console.swaps().getLast().moved());
        assertTrue(console.swaps().getLast().pauseMicros() > 0);
    }

    @Test
    void shouldTellTheSuccessorWhatCoreToldMeanwhile() {
        stack.transports().remove(first);
        stack.calls().run("test", () -> first.socket.endpoint().failed(110));
        add(second, 0, "second 2");
        assertEquals(110, second.endpoint.errno);
    }

    @Test
    void shouldSayWhatTheLastTransportGivesUp() {
        final List<String> lines = new ArrayList<>();
        final Logger log = Logger.getLogger(Transports.class.getName());
        final Handler handler = new Handler() {
            @Override
            public void publish(final LogRecord line) {
                lines.add(MessageFormat.format(line.getMessage(), line.getParameters()));
            }

            @Override
            public void flush() {
                // nothing is held
            }

            @Override
            public void close() {
                // nothing is open
            }
        };
        log.addHandler(handler);
        try {
            stack.transports().close();
        } finally {
            log.removeHandler(handler);
        }
        assertEquals(List.of("transport fake of first 1 stops; 1 applications with 1 sockets lose the service"), lines);
        assertTrue(first.instance.ended());
    }

    @Test
    void shouldEndApplicationsWhenTheOnlySuccessorRefusesThem() {
        stack.transports().remove(first);
        second.failure = new IllegalStateException("on purpose");
        add(second, 0, "second 2");
        assertTrue(first.instance.ended());
        assertTrue(console.instances().stream().anyMatch(view -> view.state().contains("on purpose")));
        assertEquals(List.of("adopt", "attach"), second.calls);
        assertEquals("in service", state("second 2"));
    }

    @Test
    void shouldEndApplicationsWhenTheTransportLeavesNothing() {
        first.leaves = false;
        stack.transports().remove(first);
        assertTrue(first.instance.ended());
        add(second, 0, "second 2");
        assertEquals(List.of("attach"), second.calls);
    }
}
