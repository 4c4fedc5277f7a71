package joyride.nic.afpacket;

import java.util.Set;
import java.util.TreeSet;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicException;

/**
 * The driver's own settings.
 *
 * @param frames slots of the receive ring and frames to send with
 * @param bypass whether frames go to the device past the kernel's queueing discipline
 */
record AfPacketSettings(int frames, boolean bypass) {
    private static final String FRAMES = "frames";
    private static final String QDISC = "qdisc";
    private static final int LEAST = 64;
    private static final int MOST = 65_536;
    private static final int STANDARD = 4096;

    static AfPacketSettings of(final NicConfiguration configuration) throws NicException {
        final Set<String> unknown = new TreeSet<>(configuration.settings().keySet());
        unknown.removeAll(Set.of(FRAMES, QDISC, "mtu"));
        if (!unknown.isEmpty()) {
            throw new NicException(configuration.name() + ": af_packet has no setting '"
                    + unknown.iterator().next() + "'; there are " + FRAMES + " and " + QDISC);
        }
        if (configuration.queues() > 1) {
            throw new NicException(configuration.name() + ": queues=" + configuration.queues()
                    + " but af_packet has one; leave queues out, or take the driver afxdp");
        }
        return new AfPacketSettings(frames(configuration), bypass(configuration));
    }

    private static int frames(final NicConfiguration configuration) throws NicException {
        final String text = configuration.setting(FRAMES, Integer.toString(STANDARD));
        try {
            final int frames = Integer.parseInt(text);
            if (frames >= LEAST && frames <= MOST && Integer.bitCount(frames) == 1) {
                return frames;
            }
        } catch (final NumberFormatException e) {
            throw wrong(configuration, FRAMES, text, "a power of two in " + LEAST + ".." + MOST);
        }
        throw wrong(configuration, FRAMES, text, "a power of two in " + LEAST + ".." + MOST);
    }

    private static boolean bypass(final NicConfiguration configuration) throws NicException {
        final String text = configuration.setting(QDISC, "bypass");
        return switch (text) {
            case "bypass" -> true;
            case "use" -> false;
            default -> throw wrong(configuration, QDISC, text, "bypass, or use");
        };
    }

    private static NicException wrong(
            final NicConfiguration configuration, final String key, final String value, final String allowed) {
        return new NicException(
                configuration.name() + ": " + key + "='" + value + "' is not allowed; write " + allowed);
    }
}
