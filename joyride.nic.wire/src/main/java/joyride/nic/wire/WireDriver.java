package joyride.nic.wire;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicDriver;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.time.Clock;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * The driver {@code wire}: two ports opened with the same setting {@code wire} are the ends of one wire. What belongs to the
 * wire ({@code mtu}, {@code frames}, {@code seed}, {@code offload}) comes from the first that opens, faults from the port that sends.
 */
@Component(service = NicDriver.class, property = NicDriver.TYPE + "=wire")
public final class WireDriver implements NicDriver {
    private final Map<String, Wire> wires = new HashMap<>();
    private final Clock clock;

    @Activate
    public WireDriver() {
        this(System::nanoTime);
    }

    /** For wires on another clock than the system's. */
    public WireDriver(final Clock clock) {
        this.clock = clock;
    }

    @Override
    public synchronized NicPort open(final NicConfiguration configuration) throws NicException {
        if (configuration.steering().shared()) {
            throw new NicException(
                    configuration.name() + ": a wire has no kernel to share addresses with; give interface."
                            + configuration.name() + ".addresses instead of .share");
        }
        if (configuration.queues() > 1) {
            throw new NicException(
                    configuration.name() + ": queues=" + configuration.queues() + ", but a wire has 1; leave it out");
        }
        final WireSettings settings = WireSettings.of(configuration);
        Wire wire = wires.get(settings.wire());
        final boolean fresh = wire == null;
        if (fresh) {
            wire = new Wire(
                    settings.wire(),
                    settings.mtu(),
                    settings.frames(),
                    clock,
                    new SplittableRandom(settings.seed())::nextLong);
            wire.offload(settings.offload());
            final Wire made = wire;
            wire.whenUnused(() -> forget(made));
        } else if (settings.mtuGiven() && settings.mtu() != wire.mtu()) {
            throw new NicException(configuration.name() + ": mtu " + settings.mtu() + " but wire " + wire.name()
                    + " was opened with " + wire.mtu() + "; give both ends the same");
        }
        final NicPort port = wire.open(configuration.name(), settings.mac(), settings.faults());
        if (port == null) {
            throw new NicException(configuration.name() + ": wire " + wire.name()
                    + " has both its ends in use; take another name for the setting 'wire'");
        }
        if (fresh) {
            wires.put(wire.name(), wire);
        }
        return port;
    }

    private synchronized void forget(final Wire wire) {
        wires.remove(wire.name(), wire);
    }
}
