package joyride.nic.dpdk;

import java.util.Map;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicDriver;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.time.Clock;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;

/**
 * The driver {@code dpdk}. An interface's {@code device} is the device's name in DPDK: a PCI address, or a virtual device such as
 * {@code net_memif0}, whose {@code arguments} are as DPDK's manual lists them. DPDK is looked for, and EAL started, with the
 * first port.
 */
@Component(service = NicDriver.class, property = NicDriver.TYPE + "=dpdk", configurationPid = "joyride.nic.dpdk")
public final class DpdkDriver implements NicDriver {
    private static final System.Logger LOG = System.getLogger(DpdkDriver.class.getName());
    private final Clock clock = System::nanoTime;
    private volatile Map<String, Object> properties;

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
        if (configuration.steering().shared()) {
            throw new NicException(
                    configuration.name()
                            + ": a device that DPDK drives cannot be shared with the kernel; remove share=kernel and give it addresses");
        }
        synchronized (Eal.lock()) {
            Eal.require(EalSettings.of(properties));
            return new DpdkPort(configuration, DpdkSettings.of(configuration), clock);
        }
    }
}
