package joyride.core.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import joyride.api.admin.AdminException;
import joyride.api.admin.StackAdmin.SwapScope;
import joyride.api.net.IpAddress;
import joyride.core.counters.CounterStore;
import joyride.core.engine.Engine;
import joyride.core.engine.LoopSettings;
import joyride.core.instance.Instance;
import joyride.core.memory.ScalarKernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class StackTest {
    private final CounterStore counters = new CounterStore();
    private final Engine engine = new Engine(System::nanoTime, () -> 42, new ScalarKernels(), counters);
    private final Stack stack = new Stack(engine, LoopSettings.STANDARD, status -> {});
    private final StackConsole console = new StackConsole(stack, () -> true);

    @AfterEach
    void close() {
        assertTrue(stack.close());
        counters.close();
    }

    @Test
    void shouldSayOneThingWhenAConnectionThatThereIsNotIsToBeTraced() {
        stack.apply(Map.of());
        final var refused =
                assertThrows(AdminException.class, () -> console.startTrace("127.77.0.1:1 127.77.0.1:2", 10));
        assertEquals(
                "there is no connection '127.77.0.1:1 127.77.0.1:2'; write LOCAL and REMOTE as joyride:sockets shows them",
                refused.getMessage());
    }

    private boolean isLocal(final String address) {
        final IpAddress parsed = IpAddress.parse(address);
        return stack.calls().call("test", () -> engine.network().output().isLocal(parsed.high(), parsed.low()));
    }

    @Test
    void shouldMoveTheLoopbackWhenItsAddressesChange() {
        stack.apply(Map.of());
        assertTrue(isLocal("127.77.200.9"));
        stack.apply(Map.of("loopback.addresses", "127.88.0.1/16"));
        assertFalse(isLocal("127.77.200.9"));
        assertTrue(isLocal("127.88.200.9"));
    }

    @Test
    void shouldKeepTheConfigurationBeforeWhenTheNewOneIsWrong() {
        stack.apply(Map.of("sysctl.net.inet.tcp.delacktime", "33"));
        final var unknown = assertThrows(
                IllegalArgumentException.class, () -> stack.apply(Map.of("sysctl.net.inet.tcp.nonsense", "1")));
        assertTrue(unknown.getMessage().startsWith("joyride.core: sysctl.net.inet.tcp.nonsense"), unknown.getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> stack.apply(Map.of("loopback.addresses", "127.88.0.1/16", "loop.cpu", "4000")));
        assertTrue(isLocal("127.77.0.1"));
        assertEquals("33", console.sysctl(0).get("net.inet.tcp.delacktime"));
    }

    @Test
    void shouldNameTheGatewayThatIsOnNoNetworkOfItsInterface() {
        final var failure = assertThrows(
                IllegalArgumentException.class,
                () -> stack.apply(Map.of(
                        "interface.nic0.driver", "wire",
                        "interface.nic0.addresses", "192.0.2.1/24",
                        "interface.nic0.routes", "default via 198.51.100.1")));
        assertTrue(failure.getMessage().contains("gateway 198.51.100.1"), failure.getMessage());
    }

    @Test
    void shouldHaveAnInterfaceWithoutAPortWhenItsDriverIsNotThere() {
        stack.apply(Map.of("interface.nic0.driver", "wire", "interface.nic0.addresses", "192.0.2.1/24"));
        assertTrue(console.interfaces().stream().anyMatch(view -> view.name().equals("nic0")));
        assertTrue(isLocal("192.0.2.1"));
        stack.apply(Map.of());
        assertFalse(isLocal("192.0.2.1"));
    }

    @Test
    void shouldRefuseASysctlThatIsOutOfRange() {
        assertThrows(AdminException.class, () -> console.sysctl(0, "net.inet.tcp.delacktime", "-1"));
        assertThrows(AdminException.class, () -> console.sysctl(99, "net.inet.tcp.delacktime", "1"));
        console.sysctl(0, "net.inet.tcp.delacktime", "44");
        assertEquals("44", console.sysctl(0).get("net.inet.tcp.delacktime"));
    }

    @Test
    void shouldTellAndSetVariantAndCongestionControlByTheirSysctls() {
        stack.tcp().add(new Candidate<>("freebsd", new IdleVariant(null), 0, 1, "first 1"));
        stack.apply(Map.of());
        assertEquals("freebsd", console.sysctl(0).get("net.inet.tcp.functions_available"));
        assertEquals("freebsd", console.sysctl(0).get("net.inet.tcp.functions_default"));
        assertEquals("newreno", console.sysctl(0).get("net.inet.tcp.cc.available"));
        final Instance instance = stack.calls().call("test", () -> engine.createInstance("program"));
        assertEquals("cubic", console.sysctl(instance.id()).get("net.inet.tcp.cc.algorithm"));
        console.sysctl(0, "net.inet.tcp.cc.algorithm", "newreno");
        assertEquals("newreno", console.sysctl(0).get("net.inet.tcp.cc.algorithm"));
        assertEquals("cubic", console.sysctl(instance.id()).get("net.inet.tcp.cc.algorithm"));
        console.sysctl(instance.id(), "net.inet.tcp.cc.algorithm", "newreno");
        assertEquals("newreno", console.sysctl(instance.id()).get("net.inet.tcp.cc.algorithm"));
        final var unknown =
                assertThrows(AdminException.class, () -> console.sysctl(0, "net.inet.tcp.cc.algorithm", "nonsense"));
        assertEquals("net.inet.tcp.cc.algorithm: there is no 'nonsense'; there are newreno", unknown.getMessage());
        assertThrows(AdminException.class, () -> console.sysctl(0, "net.inet.tcp.cc.available", "newreno"));
        assertThrows(
                IllegalArgumentException.class,
                () -> stack.apply(Map.of("sysctl.net.inet.tcp.cc.algorithm", "newreno")));
    }

    @Test
    void shouldSayWhichConfiguredVariantAndCongestionControlNobodyServes() {
        stack.apply(Map.of("tcp.variant", "later", "tcp.cc", "nonsense"));
        final List<String> missing = stack.tcp().missing();
        assertEquals(2, missing.size(), missing.toString());
        assertTrue(missing.get(0).startsWith("tcp.variant=later: "), missing.get(0));
        assertTrue(missing.get(1).startsWith("tcp.cc=nonsense: "), missing.get(1));
        assertTrue(missing.get(1).contains("[newreno]"), missing.get(1));
        stack.apply(Map.of("tcp.variant", "later", "tcp.cc", "newreno"));
        stack.tcp().add(new Candidate<>("later", new IdleVariant(null), 0, 1, "first 1"));
        assertEquals(List.of(), stack.tcp().missing());
    }

    @Test
    void shouldSayWhichConfiguredDriverIsNotThere() {
        stack.apply(Map.of("interface.eth9.driver", "nonsense", "interface.eth9.addresses", "10.0.0.1/24"));
        final List<String> missing = stack.missing().stream()
                .filter(line -> line.startsWith("interface."))
                .toList();
        assertEquals(1, missing.size(), missing.toString());
        assertTrue(missing.getFirst().startsWith("interface.eth9.driver=nonsense: no driver of that name"));
    }

    @Test
    void shouldLetOnlyTheServiceHaveWhatInstancesShare() {
        stack.apply(Map.of());
        final Instance instance = stack.calls().call("test", () -> engine.createInstance("program"));
        console.sysctl(0, "net.inet.tcp.hostcache.prune", "77");
        assertEquals("77", console.sysctl(0).get("net.inet.tcp.hostcache.prune"));
        assertFalse(console.sysctl(instance.id()).containsKey("net.inet.tcp.hostcache.prune"));
        final var refused = assertThrows(
                AdminException.class, () -> console.sysctl(instance.id(), "net.inet.tcp.hostcache.prune", "78"));
        assertTrue(refused.getMessage().contains("without -i"), refused.getMessage());
    }

    @Test
    void shouldPutTheHighestRankedVariantInServiceAndTheNextOneWhenItLeaves() {
        final IdleVariant first = new IdleVariant(null);
        final IdleVariant second = new IdleVariant(null);
        stack.tcp().add(new Candidate<>("idle", first, 0, 1, "first 1"));
        assertEquals("in service", state("first 1"));
        stack.tcp().add(new Candidate<>("idle", second, -5, 2, "second 1"));
        assertEquals("waiting", state("second 1"));
        stack.tcp().remove(first);
        assertEquals("in service", state("second 1"));
        stack.tcp().remove(second);
        assertTrue(console.variants().stream().noneMatch(view -> view.kind().equals("tcp")));
    }

    @Test
    void shouldRehearseANewcomerThatWaitsBesideTheOneInService() {
        stack.tcp().add(new Candidate<>("freebsd", new IdleVariant(null), 0, 1, "old 1"));
        stack.tcp()
                .add(new Candidate<>(
                        "freebsd", new IdleVariant(new IllegalStateException("on purpose")), -9, 2, "new 2"));
        assertEquals("in service", state("old 1"));
        assertEquals("refused", state("new 2"), "it must not take over when the old one leaves");
    }

    @Test
    void shouldLeaveTheOldVariantInServiceWhenTheNewOneThrows() {
        final IdleVariant old = new IdleVariant(null);
        stack.tcp().add(new Candidate<>("freebsd", old, 0, 1, "old 1"));
        stack.tcp()
                .add(new Candidate<>(
                        "freebsd", new IdleVariant(new IllegalStateException("on purpose")), 9, 2, "new 2"));
        assertEquals("in service", state("old 1"));
        assertEquals("refused", state("new 2"));
    }

    private String state(final String bundle) {
        return console.variants().stream()
                .filter(view -> view.bundle().equals(bundle))
                .findFirst()
                .orElseThrow()
                .state();
    }

    @Test
    void shouldNameWhatThereIsWhenAskedToSwapToWhatIsNot() {
        stack.tcp().add(new Candidate<>("freebsd", new IdleVariant(null), 0, 1, "first 1"));
        final var unknown = assertThrows(AdminException.class, () -> console.swap("tcp", "rack", SwapScope.ALL));
        assertTrue(unknown.getMessage().contains("there is no tcp 'rack'; there are freebsd"), unknown.getMessage());
        assertThrows(AdminException.class, () -> console.swap("nic", "rack", SwapScope.ALL));
        assertThrows(AdminException.class, () -> console.swap("tcp", "freebsd", SwapScope.ofInstance(77)));
        assertTrue(console.swap("tcp", "freebsd", SwapScope.ALL)
                .startsWith("0 connections of all instances have tcp freebsd"));
        assertTrue(console.swap("cc", "newreno", SwapScope.ALL).contains("newreno"));
    }

    @Test
    void shouldSayThatThereIsNoInterfaceToCapture() {
        assertThrows(AdminException.class, () -> console.startCapture("nic9", "/dev/null", 0));
        assertThrows(AdminException.class, () -> console.stopCapture("lo0"));
    }
}
