package joyride.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import javax.inject.Inject;
import joyride.api.admin.StackAdmin;
import joyride.api.admin.StackAdmin.SwapScope;
import joyride.api.tcp.TcpVariant;
import joyride.itest.bundles.ControlActivator;
import joyride.itest.bundles.TransportActivator;
import joyride.itest.bundles.VariantActivator;
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
import org.osgi.framework.BundleException;

/** A variant or congestion control that is bad: the old one serves, or the instance that uses it ends, and nobody else notices. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerMethod.class)
public class ContainmentIT {
    private static final int CLIENTS = 20;

    @Inject
    private BundleContext context;

    @Inject
    private StackAdmin admin;

    @Inject
    @Filter("(tcp.variant=freebsd)")
    private TcpVariant serving;

    /** Its instance uses what is bad. */
    private Traffic victim;

    private Traffic other;

    /** The framework under test. */
    @Configuration
    public Option[] configuration() {
        return Service.options();
    }

    /** Two applications. */
    @Before
    public void startLoads() throws Exception {
        System.clearProperty(VariantActivator.ARMED);
        assertEquals("freebsd", serving.name());
        victim = traffic("victim", 7007);
        other = traffic("other", 7008);
        victim.flows("at first");
        other.flows("at first");
    }

    private Traffic traffic(String name, int port) {
        LoadTransport load = new LoadTransport("127.77.0.1", "127.77.0.1", port, CLIENTS);
        return new Traffic(context, admin, name, load, CLIENTS);
    }

    /** The other application never noticed. */
    @After
    public void theOtherIsWhole() throws Exception {
        System.clearProperty(VariantActivator.ARMED);
        other.flows("at last");
        victim.close();
        other.close();
    }

    private Bundle variant(String behaviour) throws Exception {
        return TinyBundle.install(context, "bad", behaviour, VariantActivator.class, VariantActivator.Disguise.class);
    }

    private Bundle control(String behaviour) throws Exception {
        return TinyBundle.install(
                context,
                "bad",
                behaviour,
                ControlActivator.class,
                ControlActivator.Fixed.class,
                VariantActivator.class);
    }

    private SwapScope ofVictim() {
        return SwapScope.ofInstance(victim.load().instance());
    }

    private void victimEnds(String why) throws Exception {
        other.until(
                "the victim's instance ends because of: " + why,
                () -> admin.instances().stream()
                        .anyMatch(view -> view.id() == victim.load().instance()
                                && view.state().contains(why)));
    }

    @Test
    public void aVariantThatThrowsInItsActivator() throws Exception {
        assertThrows(BundleException.class, () -> variant("throw in start").start());
        victim.flows("beside it");
    }

    @Test
    public void aVariantThatThrowsOnEveryPacket() throws Exception {
        variant("throw on packets").start();
        assertTrue(admin.swap("tcp", "disguise", ofVictim()).contains("0 were refused"));
        victim.flows("while it is good");
        System.setProperty(VariantActivator.ARMED, "throw on packets");
        victimEnds("throw on packets on purpose");
    }

    @Test
    public void aVariantThatThrowsWhenItMustLetGo() throws Exception {
        Bundle bad = variant("throw when it must let go");
        bad.start();
        admin.swap("tcp", "disguise", ofVictim());
        victim.flows("while it is good");
        System.setProperty(VariantActivator.ARMED, "throw when it must let go");
        bad.stop();
        victimEnds("throw when it must let go on purpose");
    }

    @Test
    public void aVariantThatGoesWithoutASuccessorAndComesBack() throws Exception {
        Bundle good = variant("good");
        good.start();
        admin.swap("tcp", "disguise", ofVictim());
        victim.flows("on it");
        good.stop();
        other.flows("without it");
        good.start();
        victim.flows("on it again");
    }

    @Test
    public void aCongestionControlThatThrowsOnEveryPacket() throws Exception {
        control("throw on packets").start();
        admin.swap("cc", "fixed", ofVictim());
        victim.flows("while it is good");
        System.setProperty(VariantActivator.ARMED, "throw on packets");
        victimEnds("throw on packets on purpose");
    }

    @Test
    public void aCongestionControlThatThrowsWhenItMustLetGo() throws Exception {
        Bundle bad = control("throw when it must let go");
        bad.start();
        admin.swap("cc", "fixed", ofVictim());
        victim.flows("while it is good");
        System.setProperty(VariantActivator.ARMED, "throw when it must let go");
        bad.stop();
        victimEnds("throw when it must let go on purpose");
    }

    @Test
    public void aCongestionControlThatThrowsInItsActivator() throws Exception {
        assertThrows(BundleException.class, () -> control("throw in start").start());
        victim.flows("beside it");
    }

    private Bundle transport(String behaviour) throws Exception {
        return TinyBundle.install(context, "bad", behaviour, TransportActivator.class, TransportActivator.Bad.class);
    }

    private String state(String bundle) {
        return admin.variants().stream()
                .filter(view -> view.bundle().startsWith(bundle + " "))
                .map(StackAdmin.VariantView::state)
                .findFirst()
                .orElse("gone");
    }

    @Test
    public void aTransportThatThrowsInItsActivator() throws Exception {
        assertThrows(BundleException.class, () -> transport("throw in start").start());
        assertEquals("in service", state("joyride.ipc.shm"));
        victim.flows("beside it");
    }

    @Test
    public void aTransportThatThrowsWhenItTakesOver() throws Exception {
        transport("throw when it takes over").start();
        other.until(
                "the one before is in service", () -> state("joyride.ipc.shm").equals("in service"));
        assertEquals("refused", state("bad"));
        victim.flows("beside it");
    }

    @Test
    public void aTransportThatThrowsWhenItBegins() throws Exception {
        transport("throw in attach").start();
        other.until("the bad one is not in service", () -> !state("bad").equals("in service"));
        victim.flows("beside it");
    }

    @Test
    public void aTransportThatThrowsEachTurn() throws Exception {
        transport("throw in poll").start();
        other.until(
                "its instance ends",
                () -> admin.instances().stream()
                        .anyMatch(view ->
                                view.name().equals("bad") && !view.state().equals("running")));
        other.until("it is refused", () -> state("bad").equals("refused"));
        victim.flows("beside it");
    }

    @Test
    public void oneConnectionOnACongestionControlOfItsOwn() throws Exception {
        control("good").start();
        String connection = admin.sockets().stream()
                .filter(socket -> socket.instance() == victim.load().instance()
                        && socket.state().equals("ESTABLISHED"))
                .map(socket -> socket.local() + " " + socket.remote())
                .findFirst()
                .orElseThrow();
        admin.swap("cc", "fixed", SwapScope.ofConnection(0, connection));
        assertEquals(
                1,
                admin.sockets().stream()
                        .filter(socket -> socket.congestionControl().equals("fixed"))
                        .count());
        victim.flows("with one of them on it");
    }
}
