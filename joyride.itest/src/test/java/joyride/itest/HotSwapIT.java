package joyride.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.io.InputStream;
import java.nio.file.Files;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.function.BooleanSupplier;
import javax.inject.Inject;
import joyride.api.admin.AdminException;
import joyride.api.admin.StackAdmin;
import joyride.api.admin.StackAdmin.SwapScope;
import joyride.api.socket.IpcTransport;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpVariant;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerMethod;
import org.ops4j.pax.exam.util.Filter;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;

/** TCP and congestion control are replaced while connections carry data; no request fails, no byte is lost. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerMethod.class)
public class HotSwapIT {
    private static final long REQUESTS = 2_000;
    private static final long PATIENCE_MILLIS = 60_000;
    private static final int CONNECTIONS = 100;

    @Inject
    private BundleContext context;

    @Inject
    private StackAdmin admin;

    @Inject
    @Filter("(tcp.variant=freebsd)")
    private TcpVariant serving;

    private final LoadTransport load = new LoadTransport();
    private ServiceRegistration<IpcTransport> registration;

    /** The framework under test. */
    @Configuration
    public Option[] configuration() {
        return Service.options();
    }

    /** Traffic flows before anything is swapped. */
    @Before
    public void startLoad() throws Exception {
        until("freebsd serves", () -> "in service".equals(state("tcp", "freebsd")));
        registration = context.registerService(IpcTransport.class, load, properties(IpcTransport.TRANSPORT, "load", 0));
        traffic("at first");
        assertEquals(CONNECTIONS, load.established());
    }

    /** Every connection lived through it all. */
    @After
    public void everyConnectionIsWhole() {
        assertNull(load.failure());
        assertEquals(CONNECTIONS, load.established());
        registration.unregister();
    }

    @Test
    public void updateOfTheTcpBundle() throws Exception {
        for (int i = 0; i < 3; i++) {
            try (InputStream jar = Files.newInputStream(Service.jar("joyride.tcp.freebsd"))) {
                bundle("joyride.tcp.freebsd").update(jar);
            }
            traffic("after update " + i);
        }
    }

    @Test
    public void stopAndStartOfTheTcpBundle() throws Exception {
        Bundle tcp = bundle("joyride.tcp.freebsd");
        tcp.stop();
        assertEquals(null, state("tcp", "freebsd"));
        long before = load.requests();
        Thread.sleep(300);
        assertTrue("requests are answered without TCP", load.requests() - before < CONNECTIONS);
        tcp.start();
        traffic("after start");
        assertTrue(admin.drops().stream().anyMatch(drop -> drop.reason().equals("tcp_no_variant"))
                || load.requests() > before);
    }

    @Test
    public void replacementByAHigherRankedVariantAndBack() throws Exception {
        ServiceRegistration<TcpVariant> better = context.registerService(
                TcpVariant.class, new Wrapped(serving, false), properties(TcpVariant.NAME, "freebsd", 10));
        until("the wrapper serves", () -> users("joyride.tcp.freebsd") == 0);
        traffic("on the wrapper");
        better.unregister();
        until("freebsd serves", () -> users("joyride.tcp.freebsd") > 0);
        traffic("back on freebsd");
    }

    @Test
    public void aVariantThatThrowsLeavesTheOldOneServing() throws Exception {
        ServiceRegistration<TcpVariant> broken = context.registerService(
                TcpVariant.class, new Wrapped(serving, true), properties(TcpVariant.NAME, "freebsd", 10));
        traffic("with a broken one beside");
        assertTrue(users("joyride.tcp.freebsd") > 0);
        broken.unregister();
        traffic("without it");
    }

    @Test
    public void swapToRackAndBackAndRackUpdatedUnderLoad() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertTrue(admin.swap("tcp", "rack", SwapScope.ofInstance(load.instance()))
                    .contains("have tcp rack, 0 were refused"));
            until("rack serves", () -> users("joyride.tcp.rack") > 0 && users("joyride.tcp.freebsd") == 0);
            traffic("on rack, round " + i);
            try (InputStream jar = Files.newInputStream(Service.jar("joyride.tcp.rack"))) {
                bundle("joyride.tcp.rack").update(jar);
            }
            traffic("after rack's update, round " + i);
            admin.swap("tcp", "freebsd", SwapScope.ofInstance(load.instance()));
            until("freebsd serves", () -> users("joyride.tcp.rack") == 0 && users("joyride.tcp.freebsd") > 0);
            traffic("back on freebsd, round " + i);
        }
    }

    @Test
    public void swapToAnotherNameAndBack() throws Exception {
        ServiceRegistration<TcpVariant> other = context.registerService(
                TcpVariant.class, new Wrapped(serving, false), properties(TcpVariant.NAME, "other", 0));
        assertTrue(admin.swap("tcp", "other", SwapScope.ofInstance(load.instance()))
                .contains("have tcp other, 0 were refused"));
        traffic("on the other");
        admin.swap("tcp", "freebsd", SwapScope.ofInstance(load.instance()));
        traffic("back");
        other.unregister();
    }

    @Test
    public void aSwapToABrokenVariantIsTakenBack() throws Exception {
        ServiceRegistration<TcpVariant> broken = context.registerService(
                TcpVariant.class, new Wrapped(serving, true), properties(TcpVariant.NAME, "broken", 0));
        try {
            admin.swap("tcp", "broken", SwapScope.ofInstance(load.instance()));
            throw new AssertionError("the swap should have been refused");
        } catch (AdminException e) {
            assertTrue(e.getMessage(), e.getMessage().contains("on purpose"));
        }
        traffic("after the swap was taken back");
        broken.unregister();
    }

    @Test
    public void switchOfCongestionControl() throws Exception {
        assertTrue(admin.swap("cc", "newreno", SwapScope.ALL).contains("newreno"));
        assertTrue(admin.sockets().stream()
                .filter(socket -> socket.state().equals("ESTABLISHED"))
                .allMatch(socket -> socket.congestionControl().equals("newreno")));
        traffic("on NewReno");
        admin.swap("cc", "cubic", SwapScope.ALL);
        traffic("on CUBIC");
        bundle("joyride.tcp.cc").stop();
        traffic("without CUBIC");
        bundle("joyride.tcp.cc").start();
        traffic("with CUBIC again");
    }

    private void traffic(String when) throws InterruptedException {
        long goal = load.requests() + REQUESTS;
        until(REQUESTS + " more requests " + when, () -> load.requests() >= goal);
    }

    private void until(String what, BooleanSupplier holds) throws InterruptedException {
        long deadline = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (!holds.getAsBoolean()) {
            assertNull(what, load.failure());
            assertTrue("not in time: " + what, System.currentTimeMillis() < deadline);
            Thread.sleep(5);
        }
    }

    private String state(String kind, String name) {
        return admin.variants().stream()
                .filter(view -> view.kind().equals(kind) && view.name().equals(name))
                .map(StackAdmin.VariantView::state)
                .findFirst()
                .orElse(null);
    }

    private long users(String bundle) {
        return admin.variants().stream()
                .filter(view -> view.bundle().startsWith(bundle + " "))
                .mapToLong(StackAdmin.VariantView::users)
                .sum();
    }

    private Bundle bundle(String symbolicName) {
        for (Bundle bundle : context.getBundles()) {
            if (symbolicName.equals(bundle.getSymbolicName())) {
                return bundle;
            }
        }
        throw new AssertionError("no bundle " + symbolicName);
    }

    private static Dictionary<String, Object> properties(String key, String name, int ranking) {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(key, name);
        properties.put(Constants.SERVICE_RANKING, ranking);
        return properties;
    }

    /** Another variant: the one in service in disguise, or one that cannot take a connection up. */
    private record Wrapped(TcpVariant inner, boolean broken) implements TcpVariant {
        @Override
        public String name() {
            return inner.name();
        }

        @Override
        public int handoffOk(TcpControlBlock tcb) {
            return 0;
        }

        @Override
        public int init(TcpControlBlock tcb) {
            if (broken) {
                throw new IllegalStateException("on purpose");
            }
            return inner.init(tcb);
        }

        @Override
        public void fini(TcpControlBlock tcb, boolean destroyed) {
            inner.fini(tcb, destroyed);
        }

        @Override
        public void segmentArrived(TcpControlBlock tcb, TcpSegment segment) {
            inner.segmentArrived(tcb, segment);
        }

        @Override
        public void output(TcpControlBlock tcb) {
            inner.output(tcb);
        }

        @Override
        public void timer(TcpControlBlock tcb, int which) {
            inner.timer(tcb, which);
        }

        @Override
        public int setOption(TcpControlBlock tcb, SocketOption option, long value) {
            return inner.setOption(tcb, option, value);
        }

        @Override
        public void mtuChanged(TcpControlBlock tcb, int mtu) {
            inner.mtuChanged(tcb, mtu);
        }
    }
}
