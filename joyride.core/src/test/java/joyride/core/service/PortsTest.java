package joyride.core.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import joyride.api.admin.AdminException;
import joyride.api.admin.StackAdmin.InterfaceView;
import joyride.api.admin.StackAdmin.RouteView;
import joyride.api.admin.StackAdmin.SwapScope;
import joyride.api.nic.NicDriver;
import joyride.api.nic.NicException;
import joyride.core.counters.CounterStore;
import joyride.core.engine.Engine;
import joyride.core.engine.LoopSettings;
import joyride.core.memory.ScalarKernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Drivers that come, go, are swapped and fail, under one interface. */
@Timeout(120)
class PortsTest {
    private final CounterStore counters = new CounterStore();
    private final Engine engine = new Engine(System::nanoTime, () -> 42, new ScalarKernels(), counters);
    private final Stack stack = new Stack(engine, LoopSettings.STANDARD, status -> {});
    private final StackConsole console = new StackConsole(stack, () -> true);
    private final FakeDriver first = new FakeDriver(null);
    private final FakeDriver second = new FakeDriver(null);

    @AfterEach
    void close() {
        assertTrue(stack.close());
        counters.close();
    }

    private void configure(final String driver, final String... settings) {
        final Map<String, String> properties =
                new HashMap<>(Map.of("interface.nic0.driver", driver, "interface.nic0.addresses", "192.0.2.1/24"));
        for (int i = 0; i < settings.length; i += 2) {
            properties.put("interface.nic0." + settings[i], settings[i + 1]);
        }
        stack.apply(properties);
    }

    private void add(final String name, final FakeDriver driver, final int ranking, final long id) {
        stack.ports().add(new Candidate<>(name, (NicDriver) driver, ranking, id, "bundle " + id));
    }

    private InterfaceView nic0() {
        return console.interfaces().stream()
                .filter(view -> view.name().equals("nic0"))
                .findFirst()
                .orElseThrow();
    }

    private String state(final String bundle) {
        return console.variants().stream()
                .filter(view -> view.bundle().equals(bundle))
                .findFirst()
                .orElseThrow()
                .state();
    }

    private static void await(final BooleanSupplier holds) {
        while (!holds.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }

    /** So an interface passes between drivers that know one thing by different names, and what only the other one has changes nothing. */
    @Test
    void shouldOpenEachDriversOwnDeviceWhenItIsSwapped() {
        final String[] own = {
            "device", "/run/x.sock", "role", "client", "driver.b.device", "net_memif0", "driver.b.queues", "2"
        };
        configure("a", own);
        add("a", first, 0, 1);
        add("b", second, 0, 2);
        assertEquals("/run/x.sock", first.last().configuration.device());
        console.swap("nic", "b", SwapScope.ALL);
        assertEquals("net_memif0", second.last().configuration.device());
        assertEquals(2, second.last().configuration.queues());
        assertEquals(Map.of("role", "client"), second.last().configuration.settings());
        console.swap("nic", "a", SwapScope.ALL);
        assertEquals("/run/x.sock", first.last().configuration.device());
        assertEquals(0, first.last().configuration.queues());
        final FakeDriver.Port served = first.last();
        own[5] = "net_memif1";
        configure("a", own);
        assertFalse(served.closed, "another driver's device is no reason for a new port");
        own[1] = "/run/y.sock";
        configure("a", own);
        assertTrue(served.closed);
        assertEquals("/run/y.sock", first.last().configuration.device());
    }

    @Test
    void shouldOpenTheNewPortBeforeTheOldOneClosesWhenTheDeviceAllows() {
        configure("a");
        add("a", first, 0, 1);
        final FakeDriver.Port old = first.last();
        second.closes = new CountDownLatch(1);
        add("b", second, 0, 2);
        configure("b");
        assertEquals("b", nic0().driver());
        assertTrue(old.closed);
        assertFalse(second.last().closed);
        assertEquals(1, console.swaps().size());
        second.closes.countDown();
    }

    @Test
    void shouldCloseTheOldPortFirstWhenTheDeviceIsBusyAndSayHowLongNobodyServed() {
        final Set<Object> holders = new HashSet<>();
        final FakeDriver old = new FakeDriver(holders);
        configure("a");
        add("a", old, 0, 1);
        add("a", new FakeDriver(holders), 5, 2);
        assertTrue(old.last().closed);
        assertEquals("in service", state("bundle 2"));
        assertTrue(console.swaps().getLast().pauseMicros() > 0);
        assertEquals("a (bundle 1)", console.swaps().getLast().from());
    }

    @Test
    void shouldKeepTheOldPortWhenTheNewDriverCannotOpenOne() {
        configure("a");
        add("a", first, 0, 1);
        second.refusal = new NicException("no privilege");
        add("a", second, 5, 2);
        assertFalse(first.last().closed);
        assertEquals("in service", state("bundle 1"));
        assertEquals("refused", state("bundle 2"));
        final var refused = assertThrows(AdminException.class, () -> console.swap("nic", "a", SwapScope.ALL));
        assertEquals("interface nic0 keeps driver a: no privilege", refused.getMessage());
    }

    @Test
    void shouldBringTheOldPortBackWhenTheBusyDeviceCannotBeOpenedByTheNewDriver() {
        final Set<Object> holders = new HashSet<>();
        final FakeDriver old = new FakeDriver(holders);
        configure("a");
        add("a", old, 0, 1);
        final FakeDriver bad = new FakeDriver(holders);
        bad.refusal = NicException.busy("always busy");
        add("a", bad, 5, 2);
        assertEquals(2, old.ports.size());
        assertFalse(old.last().closed);
        assertEquals("in service", state("bundle 1"));
    }

    @Test
    void shouldChangeTheMtuUnderTheSamePortAndAskForAnotherOnlyWhenItIsTooSmall() {
        configure("a", "mtu", "1400");
        add("a", first, 0, 1);
        assertEquals(1400, nic0().mtu());
        configure("a", "mtu", "1300");
        assertEquals(1300, nic0().mtu());
        assertEquals(1, first.ports.size());
        configure("a", "mtu", "9000");
        assertEquals(2, first.ports.size());
        assertEquals(first.last().mtu(), nic0().mtu());
    }

    @Test
    void shouldListAnInterfaceNoMoreWhenItIsNotConfiguredAnyMore() {
        configure("a");
        add("a", first, 0, 1);
        assertEquals("a", nic0().driver());
        stack.apply(Map.of());
        assertTrue(first.last().closed);
        assertEquals(
                List.of("lo0"),
                console.interfaces().stream().map(InterfaceView::name).toList());
        assertEquals(
                List.of("lo0"),
                console.routes().stream().map(RouteView::interfaceName).toList());
        configure("a");
        assertEquals("up", nic0().up() ? "up" : "down");
        assertEquals(2, first.ports.size());
    }

    @Test
    void shouldSayWhichDevicesThereAreWhenTheSharedOneIsMissing() {
        add("a", first, 0, 1);
        stack.apply(Map.of(
                "interface.nic0.driver", "a", "interface.nic0.share", "kernel", "interface.nic0.device", "nosuch0"));
        assertTrue(
                nic0().mode()
                        .startsWith("no port: there is no network device 'nosuch0'; create it, or set"
                                + " interface.nic0.device to one of ["),
                nic0().mode());
        assertTrue(nic0().mode().contains("lo"), nic0().mode());
        assertEquals(List.of(), first.ports);
    }

    @Test
    void shouldNotUseADriverWhenItThrowsInItsRehearsal() {
        configure("a");
        add("a", first, 0, 1);
        second.rehearsal = new IllegalStateException("on purpose");
        add("a", second, 5, 2);
        assertEquals("in service", state("bundle 1"));
        assertEquals(0, second.ports.size());
        assertEquals("refused", state("bundle 2"));
    }

    @Test
    void shouldFallBackToTheOneBeforeWhenADriverThrowsOnThePackets() {
        configure("a");
        add("a", first, 0, 1);
        second.throwing = true;
        add("a", second, 5, 2);
        await(() -> state("bundle 2").equals("refused"));
        assertEquals("in service", state("bundle 1"));
        assertTrue(second.last().closed);
        assertEquals(1, second.last().polls);
        assertNull(stack.loop().failure());
    }

    @Test
    void shouldSayWhyThereIsNoPortWhenTheOnlyDriverThrows() {
        configure("a");
        first.throwing = true;
        add("a", first, 0, 1);
        await(() -> nic0().mode().contains("on purpose"));
        assertFalse(nic0().up());
        first.throwing = false;
        console.swap("nic", "a", SwapScope.ofInterface("nic0"));
        assertEquals("a", nic0().driver());
    }

    @Test
    void shouldOpenAPortAgainWhenTheDeviceWasGone() {
        configure("a");
        add("a", first, 0, 1);
        final FakeDriver.Port gone = first.last();
        first.refusal = new NicException("no device nic0");
        gone.configuration.events().failed("the device is gone");
        await(() -> nic0().mode().contains("no device nic0"));
        assertTrue(gone.closed);
        first.refusal = null;
        await(() -> nic0().driver().equals("a"));
        gone.configuration.events().failed("old news");
        stack.calls().run("test", () -> {});
        assertEquals(2, first.ports.size());
    }

    @Test
    void shouldMarkADriverStuckWhenItsPortDoesNotClose() {
        configure("a");
        add("a", first, 0, 1);
        add("b", second, 0, 2);
        first.closes = new CountDownLatch(1);
        final FakeDriver.Port old = first.last();
        console.swap("nic", "b", SwapScope.ALL);
        assertEquals("b", nic0().driver());
        assertEquals("stuck", state("bundle 1"));
        assertFalse(old.closed);
        first.closes.countDown();
    }

    @Test
    void shouldKeepWhatTheShellChoseUntilTheConfiguredDriverChanges() {
        configure("a");
        add("a", first, 0, 1);
        add("b", second, 0, 2);
        console.swap("nic", "b", SwapScope.ofInterface("nic0"));
        assertEquals(1, second.rehearsed);
        configure("a", "mtu", "1400");
        assertEquals("b", nic0().driver());
        configure("b");
        configure("a");
        assertEquals("a", nic0().driver());
    }

    @Test
    void shouldOpenAnewWhenADriversSettingChanges() {
        configure("a", "frames", "64");
        add("a", first, 0, 1);
        configure("a", "frames", "128");
        assertEquals(2, first.ports.size());
        assertEquals("128", first.last().configuration.setting("frames", ""));
        assertTrue(first.ports.getFirst().closed);
    }

    @Test
    void shouldWaitWhenTheDriverLeavesAndMeasureThePauseWhenItIsBack() {
        configure("a");
        add("a", first, 0, 1);
        stack.ports().remove(first);
        assertEquals("no port: there is no driver 'a'", nic0().mode());
        assertTrue(first.last().closed);
        add("a", second, 0, 2);
        assertEquals("a (bundle 2)", console.swaps().getLast().to());
    }

    @Test
    void shouldNameTheInterfacesWhenAskedToSwapOneThatIsNot() {
        configure("a");
        add("a", first, 0, 1);
        final var unknown =
                assertThrows(AdminException.class, () -> console.swap("nic", "a", SwapScope.ofInterface("nic7")));
        assertTrue(unknown.getMessage().contains("there are [nic0]"), unknown.getMessage());
        assertThrows(AdminException.class, () -> console.swap("nic", "a", SwapScope.ofInstance(1)));
        assertEquals(0, first.rehearsed, "nothing starts for what is refused");
    }
}
