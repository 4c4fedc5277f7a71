package joyride.nic.dpdk;

import java.util.Map;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicDriver;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.time.Clock;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;

/**
 * The driver {@code dpdk}. An interface's {@code device} is the device's name in DPDK: a PCI address, or a virtual device such as
 * {@code net_memif0}, whose {@code arguments} are as DPDK's manual lists them; or one of the kernel's, which a virtual device then carries
 * ({@code pmd}). DPDK is looked for, and EAL started, with the
 * first port.
 */
@Component(service = NicDriver.class, property = NicDriver.TYPE + "=dpdk", configurationPid = "joyride.nic.dpdk")
public final class DpdkDriver implements NicDriver {
    private static final System.Logger LOG = System.getLogger(DpdkDriver.class.getName());
    private final Clock clock = System::nanoTime;
    private volatile Map<String, Object> properties;
    private boolean rehearsed;
    private Thread warmUp;

    @Activate
    public DpdkDriver(final Map<String, Object> properties) {
        this.properties = Map.copyOf(properties);
    }

    @Modified
    void modified(final Map<String, Object> changed) {
        properties = Map.copyOf(changed);
        if (System.getProperty(Eal.STATE) != null) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "DPDK runs with the settings that it was started with; those of joyride.nic.dpdk take effect when the service starts again");
        }
    }

    @Override
    public NicPort open(final NicConfiguration configuration) throws NicException {
        final DpdkPort port;
        synchronized (Eal.lock()) {
            Eal.require(EalSettings.of(properties));
            port = new DpdkPort(configuration, DpdkSettings.of(configuration), clock);
        }
        warmUp();
        return port;
    }

    /**
     * The first port serves at once; interpreted code is slow, and the JVM is slow to compile where cores are busy: so the driver is rehearsed beside
     * the first port, if it was not before.
     */
    private synchronized void warmUp() {
        if (rehearsed) {
            return;
        }
        rehearsed = true;
        warmUp = Thread.ofPlatform().name("joyride-dpdk-warm-up").daemon(true).start(() -> {
            try {
                Rehearsal.run(clock);
            } catch (final IllegalStateException e) {
                LOG.log(System.Logger.Level.WARNING, "DPDK's driver is not rehearsed: " + e.getMessage());
            }
        });
    }

    /** Leaves no thread behind. */
    @Deactivate
    void stop() {
        final Thread running;
        synchronized (this) {
            rehearsed = true;
            running = warmUp;
        }
        if (running != null) {
            running.interrupt();
            try {
                running.join();
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void rehearse() {
        synchronized (this) {
            rehearsed = true;
        }
        try {
            synchronized (Eal.lock()) {
                Eal.require(EalSettings.of(properties));
            }
        } catch (final NicException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
        Rehearsal.run(clock);
    }
}
