package joyride.core.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import joyride.api.admin.StackAdmin.SwapView;
import joyride.api.net.IpAddress;
import joyride.api.tcp.CongestionControl;
import joyride.core.counters.CounterStore;
import joyride.core.engine.Engine;
import joyride.core.engine.LoopSettings;
import joyride.core.memory.ScalarKernels;
import joyride.core.tcp.NewReno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the console says of connections whose congestion control goes and comes. */
@Timeout(60)
class TcpServicesTest {
    private final CounterStore counters = new CounterStore();
    private final Engine engine = new Engine(System::nanoTime, () -> 42, new ScalarKernels(), counters);
    private final Stack stack = new Stack(engine, LoopSettings.STANDARD, status -> {});
    private final StackConsole console = new StackConsole(stack, () -> true);
    private final FakeTransport programs = new FakeTransport();
    private final CongestionControl cubic = new NewReno();

    @BeforeEach
    void serve() {
        stack.apply(Map.of());
        stack.tcp().add(new Candidate<>("freebsd", new IdleVariant(null), 0, 1, "tcp 1"));
        stack.tcp().addControl(new Candidate<>("cubic", cubic, 0, 2, "cc 1"));
        stack.transports().add(new Candidate<>("fake", programs, 0, 3, "programs 1"));
    }

    @AfterEach
    void close() {
        assertTrue(stack.close());
        counters.close();
    }

    private void connect() {
        stack.calls().run("test", () -> {
            programs.open();
            programs.open();
            programs.socket.connect(IpAddress.parse("127.77.0.1"), FakeTransport.PORT);
        });
    }

    private List<String> swaps() {
        return console.swaps().stream()
                .filter(swap -> swap.kind().equals("cc"))
                .map(TcpServicesTest::text)
                .toList();
    }

    private static String text(final SwapView swap) {
        return swap.from() + " > " + swap.to() + ", " + swap.moved() + " moved, " + swap.pauseMicros() + " us";
    }

    @Test
    void shouldTellOfConnectionsThatFellToNewrenoWhenTheirCongestionControlLeft() {
        connect();
        stack.tcp().removeControl(cubic);
        assertEquals(List.of("cubic (cc 1) > newreno (joyride.core), 1 moved, 0 us"), swaps());
    }

    @Test
    void shouldTellThatTheyCameBackWithoutAPauseWhenItIsThereAgain() {
        connect();
        stack.tcp().removeControl(cubic);
        stack.tcp().addControl(new Candidate<>("cubic", cubic, 0, 4, "cc 2"));
        assertEquals("newreno (joyride.core) > cubic (cc 2), 1 moved, 0 us", swaps().getLast());
    }

    @Test
    void shouldTellNothingOfACongestionControlThatNobodyHadWhenItLeft() {
        stack.tcp().removeControl(cubic);
        assertEquals(List.of(), swaps());
    }
}
