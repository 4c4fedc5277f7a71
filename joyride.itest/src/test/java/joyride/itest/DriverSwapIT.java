package joyride.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.InputStream;
import java.util.Dictionary;
import java.util.Hashtable;
import javax.inject.Inject;
import joyride.api.admin.AdminException;
import joyride.api.admin.StackAdmin;
import joyride.api.admin.StackAdmin.InterfaceView;
import joyride.api.admin.StackAdmin.SwapScope;
import joyride.api.admin.StackAdmin.SwapView;
import joyride.itest.bundles.MirrorActivator;
import joyride.itest.bundles.MirrorDriver;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerMethod;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.service.cm.ConfigurationAdmin;

/** Drivers are updated, replaced, stopped and broken under an interface whose connections carry data: not one of them notices. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerMethod.class)
public class DriverSwapIT {
    private static final String ADDRESS = "10.99.0.1";
    private static final String MIRRORED = "10.99.0.2";
    private static final int CLIENTS = 20;

    @Inject
    private BundleContext context;

    @Inject
    private StackAdmin admin;

    @Inject
    private ConfigurationAdmin configurations;

    private Bundle mirror;
    private Traffic traffic;

    /** The framework under test. */
    @Configuration
    public Option[] configuration() {
        return Service.options();
    }

    /** Twenty clients talk through a mirror to a server of the same address. */
    @Before
    public void startLoad() throws Exception {
        mirror = tiny("mirror", "good");
        mirror.start();
        configure("mirror");
        long deadline = System.currentTimeMillis() + 60_000;
        while (admin.interfaces().stream().noneMatch(view -> view.driver().equals("mirror"))) {
            assertTrue("the configuration is not applied", System.currentTimeMillis() < deadline);
            Thread.sleep(5);
        }
        LoadTransport load = new LoadTransport(ADDRESS, MIRRORED, 7007, CLIENTS);
        traffic = new Traffic(context, admin, "load", load, CLIENTS);
        traffic.flows("at first");
    }

    /** Every connection lived through it all. */
    @After
    public void everyConnectionIsWhole() {
        traffic.whole();
        traffic.close();
    }

    private Bundle tiny(String name, String behaviour) throws Exception {
        return TinyBundle.install(context, name, behaviour, classes());
    }

    private static Class<?>[] classes() throws ClassNotFoundException {
        return new Class<?>[] {
            MirrorActivator.class,
            MirrorDriver.class,
            Class.forName(MirrorDriver.class.getName() + "$Port"),
            Class.forName(MirrorDriver.class.getPackageName() + ".MirrorQueue")
        };
    }

    private void configure(String driver) throws Exception {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put("interface.nic0.driver", driver);
        properties.put("interface.nic0.addresses", ADDRESS + "/24");
        configurations.getConfiguration("joyride.core", "?").update(properties);
    }

    private InterfaceView nic0() {
        return admin.interfaces().stream()
                .filter(view -> view.name().equals("nic0"))
                .findFirst()
                .orElseThrow();
    }

    private String state(String bundle) {
        return admin.variants().stream()
                .filter(view -> view.bundle().startsWith(bundle + " "))
                .map(StackAdmin.VariantView::state)
                .findFirst()
                .orElse("gone");
    }

    private void until(String what, String wanted, java.util.concurrent.Callable<String> seen) throws Exception {
        traffic.until(what + " is " + wanted, () -> wanted.equals(seen.call()));
    }

    @Test
    public void updateOfTheDriversBundle() throws Exception {
        for (int i = 0; i < 3; i++) {
            try (InputStream jar = TinyBundle.jar("mirror", "good again", classes())) {
                mirror.update(jar);
            }
            traffic.flows("after update " + i);
        }
        assertEquals("good again", nic0().mode());
        SwapView last = admin.swaps().getLast();
        assertEquals("nic", last.kind());
        assertTrue("a bundle's update has a pause: " + last, last.pauseMicros() > 0);
        traffic.until(
                "the second after is measured", () -> admin.swaps().getLast().segmentsPerSecond() > 0);
    }

    @Test
    public void stopAndStartOfTheDriversBundleAfterAPause() throws Exception {
        mirror.stop();
        assertEquals("no port: there is no driver 'mirror'", nic0().mode());
        assertEquals(1, nic0().addresses().size());
        long before = traffic.load().requests();
        Thread.sleep(500);
        assertTrue("requests are answered without a port", traffic.load().requests() - before <= CLIENTS);
        mirror.start();
        traffic.flows("after the start");
        assertTrue(admin.swaps().getLast().pauseMicros() > 500_000);
        assertTrue(admin.drops().stream().anyMatch(drop -> drop.reason().equals("interface_down")));
    }

    @Test
    public void replacementByAHigherRankedOneAndBack() throws Exception {
        Bundle better = tiny("better", "rank 10");
        better.start();
        until("the better one", "in service", () -> state("better"));
        traffic.flows("on the better one");
        better.uninstall();
        until("the first one", "in service", () -> state("mirror"));
        traffic.flows("back");
    }

    @Test
    public void anotherDriverByConfigurationAndFromTheConsole() throws Exception {
        tiny("other", "other").start();
        configure("other");
        until("the driver", "other", () -> nic0().driver());
        traffic.flows("on the other driver");
        admin.swap("nic", "mirror", SwapScope.ofInterface("nic0"));
        assertEquals("mirror", nic0().driver());
        traffic.flows("on the first driver again");
        admin.swap("nic", "other", SwapScope.ALL);
        traffic.flows("and on the other");
    }

    @Test
    public void oneThatThrowsInItsActivator() throws Exception {
        Bundle bad = tiny("bad", "throw in start");
        BundleException thrown = assertThrows(BundleException.class, bad::start);
        assertTrue(thrown.getCause().getMessage().contains("on purpose"));
        traffic.flows("beside it");
        assertEquals("in service", state("mirror"));
    }

    @Test
    public void oneThatRefusesTheDevice() throws Exception {
        Bundle bad = tiny("bad", "refuse, rank 10");
        bad.start();
        until("the bad one", "refused", () -> state("bad"));
        assertEquals("in service", state("mirror"));
        AdminException why = assertThrows(AdminException.class, () -> admin.swap("nic", "mirror", SwapScope.ALL));
        assertEquals("interface nic0 keeps driver mirror: refused on purpose", why.getMessage());
        traffic.flows("beside it");
    }

    @Test
    public void oneThatThrowsOnEveryPacket() throws Exception {
        tiny("bad", "throw on frames, rank 10").start();
        until("the bad one", "refused", () -> state("bad"));
        until("the first one", "in service", () -> state("mirror"));
        traffic.flows("on the first one again");
    }

    @Test
    public void theOnlyOneThrowsOnEveryPacket() throws Exception {
        tiny("bad", "other, throw on frames").start();
        configure("other");
        traffic.until("the console says why", () -> nic0().mode().contains("on purpose on frame"));
        assertFalse(nic0().up());
        assertEquals(1, nic0().addresses().size());
        configure("mirror");
        traffic.flows("on the good one again");
    }

    @Test
    public void oneThatNeverLetsGo() throws Exception {
        tiny("bad", "other, never close").start();
        configure("other");
        traffic.flows("on the bad one");
        configure("mirror");
        until("the bad one", "stuck", () -> state("bad"));
        traffic.flows("on the good one");
    }
}
