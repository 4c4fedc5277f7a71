package joyride.nic.afpacket;

import java.util.List;
import java.util.Set;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicException;
import joyride.api.nic.PortSettings;

/**
 * The driver's own settings.
 *
 * @param frames slots of the receive ring and frames to send with
 * @param bypass whether frames go to the device past the kernel's queueing discipline
 */
record AfPacketSettings(int frames, boolean bypass) {
    private static final Set<String> KEYS = Set.of("frames", "qdisc");

    static AfPacketSettings of(final NicConfiguration configuration) throws NicException {
        final PortSettings settings = new PortSettings(configuration, "af_packet", KEYS);
        if (configuration.queues() > 1) {
            throw new NicException(configuration.name() + ": queues=" + configuration.queues()
                    + " but af_packet has one; leave queues out, or take the driver afxdp");
        }
        return new AfPacketSettings(
                settings.powerOfTwo("frames", 4096, 64, 65_536),
                settings.choice("qdisc", "bypass", List.of("bypass", "use")).equals("bypass"));
    }
}
