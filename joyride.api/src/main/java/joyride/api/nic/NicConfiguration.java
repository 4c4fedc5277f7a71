package joyride.api.nic;

import java.util.Map;

/**
 * What a port is opened with.
 *
 * @param name the interface's name in Joyride, such as {@code nic0}
 * @param device what the driver opens: a network device's name for the kernel's devices, else as the driver says
 * @param queues the number of receive and transmit queues wanted, all of which core polls; 0: as many as the device has
 * @param steering what of the device's traffic is Joyride's
 * @param events how the port tells what happens to it
 * @param mtu the largest IP packet that is asked for, bytes, where the driver can choose; 0: as the device is
 * @param settings the driver's own settings by key, as configured
 */
public record NicConfiguration(
        String name,
        String device,
        int queues,
        Steering steering,
        NicEvents events,
        int mtu,
        Map<String, String> settings) {
    public NicConfiguration {
        settings = Map.copyOf(settings);
    }

    /** With the device's own MTU. */
    public NicConfiguration(
            final String name,
            final String device,
            final int queues,
            final Steering steering,
            final NicEvents events,
            final Map<String, String> settings) {
        this(name, device, queues, steering, events, 0, settings);
    }

    /** Of a port that nobody shares or watches, on the device of the same name. */
    public NicConfiguration(final String name, final int queues, final Map<String, String> settings) {
        this(name, name, queues, Steering.NONE, NicEvents.IGNORED, 0, settings);
    }

    /** The setting under {@code key}, or {@code fallback} if there is none. */
    public String setting(final String key, final String fallback) {
        return settings.getOrDefault(key, fallback);
    }
}
