package joyride.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import joyride.testkit.netns.Laboratory;
import joyride.testkit.netns.Veth;

/**
 * Two hosts on one cable: on the NIC of one Joyride runs beside the kernel, the other is a stranger on its kernel's stack. Needs
 * root.
 */
public final class TwoHosts implements AutoCloseable {
    /** The stranger's address. */
    public static final String STRANGER = "10.77.0.9";

    /** The kernel's address on the NIC that Joyride uses. */
    public static final String KERNEL = "10.77.0.2";

    /** Joyride's own IPv4 address, where it has one. */
    public static final String OWN = "10.77.0.1";

    private static final String PREFIX = "/24";
    private static final String STRANGER_6 = "fd77::9";
    private static final String KERNEL_6 = "fd77::2";
    private static final String OWN_6 = "fd77::1";
    private static final String PREFIX_6 = "/64";
    private static final int MTU = 1500;
    private static final Duration READY = Duration.ofSeconds(30);

    private final Setup setup;
    private final Laboratory laboratory;
    private final World world;

    /**
     * How Joyride uses the NIC.
     *
     * @param driver by its name
     * @param shared whether it shares the kernel's address, or has one of its own
     * @param six whether the hosts have IPv6 addresses beside the others, and are called by them
     */
    public record Setup(String driver, boolean shared, boolean six) {
        public Setup(final String driver, final boolean shared) {
            this(driver, shared, false);
        }

        @Override
        public String toString() {
            return driver + (shared ? ", the kernel's address" : ", an address of its own") + (six ? ", IPv6" : "");
        }
    }

    private TwoHosts(final Setup setup, final Laboratory laboratory, final World world) {
        this.setup = setup;
        this.laboratory = laboratory;
        this.world = world;
    }

    /** On a cable without faults; the service is not started yet. */
    public static TwoHosts create(final Setup setup) throws IOException, InterruptedException {
        return addressed(setup, Laboratory.create(MTU, 1));
    }

    /** On a cable that can have faults and whose other end stays when the NIC goes; the service is not started yet. */
    public static TwoHosts withWire(final Setup setup) throws IOException, InterruptedException {
        Path log = Files.createTempFile("joyride-wire-", ".log");
        log.toFile().deleteOnExit();
        return addressed(setup, Laboratory.create(log));
    }

    private static TwoHosts addressed(final Setup setup, final Laboratory laboratory)
            throws IOException, InterruptedException {
        try {
            laboratory.ours().address(KERNEL + PREFIX);
            laboratory.theirs().address(STRANGER + PREFIX);
            if (setup.six()) {
                laboratory.ours().address(KERNEL_6 + PREFIX_6);
                laboratory.theirs().address(STRANGER_6 + PREFIX_6);
            }
            return new TwoHosts(setup, laboratory, World.create(laboratory.here()));
        } catch (IOException | InterruptedException | RuntimeException e) {
            laboratory.close();
            throw e;
        }
    }

    /** Starts the service and waits until its interface carries frames. */
    public TwoHosts start() throws IOException, InterruptedException {
        world.start(configuration());
        awaitUp();
        return this;
    }

    /** What the service is configured with. */
    public String configuration() {
        String interfaceKey = "interface." + Laboratory.OURS + ".";
        return interfaceKey + "driver=" + setup.driver() + "\n" + interfaceKey
                + (setup.shared() ? "share=kernel" : "addresses=" + own()) + "\n";
    }

    private String own() {
        return OWN + PREFIX + (setup.six() ? "," + OWN_6 + PREFIX_6 : "");
    }

    /** Waits until the interface of Joyride's is up. */
    public void awaitUp() throws IOException, InterruptedException {
        world.service().process().await("the interface is up", READY, () -> state().equals("up"));
        if (setup.six()) {
            // Until it is sure that nobody else has it, it is not an address of Joyride's.
            final String there = address() + PREFIX_6;
            world.service()
                    .process()
                    .await(
                            "the interface has " + there,
                            READY,
                            () -> List.of(interfaceLine().split("[\\s,]+")).contains(there)
                                    && !interfaceLine().contains(there + " tentative"));
        }
    }

    /** Waits until the interface of Joyride's is down. */
    public void awaitDown() throws IOException, InterruptedException {
        world.service().process().await("the interface is down", READY, () -> state().equals("down"));
    }

    private String state() throws IOException, InterruptedException {
        String line = interfaceLine();
        return line.isEmpty() ? "missing" : line.split("\\s+")[1];
    }

    private String interfaceLine() throws IOException, InterruptedException {
        return world.service()
                .shell("joyride:interfaces")
                .lines()
                .filter(line -> line.startsWith(Laboratory.OURS + " "))
                .findFirst()
                .orElse("");
    }

    public Setup setup() {
        return setup;
    }

    /** Programs over Joyride. */
    public World joyride() {
        return world;
    }

    /** Programs on the kernel of the host that Joyride runs on. */
    public Host kernel() {
        return world.kernel(laboratory.here(), "here");
    }

    /** Programs on the kernel of the other host. */
    public Host stranger() {
        return world.kernel(laboratory.there(), "there");
    }

    /** Where programs over Joyride are reached. */
    public String address() {
        if (setup.six()) {
            return setup.shared() ? KERNEL_6 : OWN_6;
        }
        return setup.shared() ? KERNEL : OWN;
    }

    /** Where the stranger is reached. */
    public String strangersAddress() {
        return setup.six() ? STRANGER_6 : STRANGER;
    }

    /** Where the kernel that Joyride uses a NIC of is reached. */
    public String kernelsAddress() {
        return setup.six() ? KERNEL_6 : KERNEL;
    }

    public Laboratory laboratory() {
        return laboratory;
    }

    /** Joyride's NIC. */
    public Veth nic() {
        return laboratory.ours();
    }

    @Override
    public void close() {
        world.close();
        laboratory.close();
    }
}
