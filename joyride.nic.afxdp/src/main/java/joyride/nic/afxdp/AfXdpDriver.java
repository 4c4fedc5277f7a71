package joyride.nic.afxdp;

import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicDriver;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.time.Clock;
import joyride.linux.NetworkDevice;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * The driver {@code afxdp}: shares a network device with the kernel's stack. An XDP program hands Joyride's frames to AF_XDP sockets, one on
 * each of the device's queues, and passes all others on.
 */
@Component(service = NicDriver.class, property = NicDriver.TYPE + "=afxdp")
public final class AfXdpDriver implements NicDriver {
    private static final System.Logger LOG = System.getLogger(AfXdpDriver.class.getName());

    private final Clock clock;

    @Activate
    public AfXdpDriver() {
        this(System::nanoTime);
    }

    /** @param clock the loop's, for when something is tried again */
    AfXdpDriver(final Clock clock) {
        this.clock = clock;
    }

    @Override
    public NicPort open(final NicConfiguration configuration) throws NicException {
        final String name = configuration.name();
        final AfXdpSettings settings = AfXdpSettings.of(configuration);
        try {
            final NetworkDevice device = NetworkDevice.find(configuration.device());
            if (!device.up()) {
                throw Failures.bind(device.name(), 0, Errno.ENETDOWN);
            }
            XdpSocket.probe();
            final int queues = queues(configuration, device);
            final Opening opening =
                    new Opening(device, queues, configuration.steering().map(), settings);
            final Opening.Opened opened = opening.open();
            return new AfXdpPort(configuration, device, opening.shape(), opened, settings, clock);
        } catch (final XdpException e) {
            final String message = name + ": " + e.getMessage();
            final boolean busy = e.errno() == Errno.EBUSY || e.errno() == Errno.EEXIST;
            throw busy ? NicException.busy(message) : new NicException(message, e);
        } catch (final NetworkDevice.Unavailable | IllegalStateException e) {
            throw new NicException(name + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void rehearse() {
        Rehearsal.run(clock);
    }

    private static int queues(final NicConfiguration configuration, final NetworkDevice device) throws NicException {
        final int wanted = configuration.queues();
        if (wanted > device.queues()) {
            throw new NicException(configuration.name() + ": queues is " + wanted + " but " + device.name() + " has "
                    + device.queues() + "; ethtool -L changes that");
        }
        if (wanted > 0 && wanted < device.queues()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0}: {1} of the {2} queues of {3} are used; what arrives on the others does not reach Joyride",
                    configuration.name(),
                    wanted,
                    device.queues(),
                    device.name());
        }
        return wanted == 0 ? device.queues() : wanted;
    }
}
