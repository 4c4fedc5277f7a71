package joyride.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;

/** Every bundle of the distribution resolves and starts. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class AllBundlesIT {
    private static final Set<String> OURS = Set.of(
            "joyride.api",
            "joyride.linux",
            "joyride.core",
            "joyride.tcp.freebsd",
            "joyride.tcp.rack",
            "joyride.tcp.cc",
            "joyride.nic.afpacket",
            "joyride.nic.wire",
            "joyride.nic.dpdk",
            "joyride.nic.memif",
            "joyride.ipc.shm",
            "joyride.shell");

    private static final Set<String> LEAVES = Set.of("joyride.api", "joyride.linux");

    @Inject
    private BundleContext context;

    /** The framework under test. */
    @Configuration
    public Option[] configuration() {
        return Service.options();
    }

    @Test
    public void everyBundleIsActive() {
        List<String> idle = Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null)
                .filter(bundle -> bundle.getState() != Bundle.ACTIVE)
                .map(bundle -> bundle + " in state " + bundle.getState())
                .toList();
        assertEquals(List.of(), idle);
    }

    @Test
    public void allOfJoyrideIsThere() {
        Set<String> names =
                Arrays.stream(context.getBundles()).map(Bundle::getSymbolicName).collect(Collectors.toSet());
        assertTrue("missing from " + names, names.containsAll(OURS));
    }

    @Test
    public void onlyTheApiAndTheBindingsExport() {
        List<String> exporting = Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getSymbolicName().startsWith("joyride."))
                .filter(bundle -> !LEAVES.contains(bundle.getSymbolicName()))
                .filter(bundle -> bundle.getHeaders().get(Constants.EXPORT_PACKAGE) != null)
                .map(Bundle::toString)
                .toList();
        assertEquals(List.of(), exporting);
    }
}
