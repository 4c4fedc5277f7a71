package joyride.api.nic;

import java.util.Map;

/**
 * What a port is opened with.
 *
 * @param name the interface's name in Joyride, such as {@code nic0}
 * @param queues the number of receive and transmit queues wanted, one for each event loop
 * @param settings the driver's own settings by key, as configured
 */
public record NicConfiguration(String name, int queues, Map<String, String> settings) {
    public NicConfiguration {
        settings = Map.copyOf(settings);
    }

    /** The setting under {@code key}, or {@code fallback} if there is none. */
    public String setting(final String key, final String fallback) {
        return settings.getOrDefault(key, fallback);
    }
}
