package joyride.core.service;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Which of an interface's settings concern a driver, so that one interface can have those of all drivers that it may be swapped to. */
final class DriverSettings {
    static final String DEVICE = "device";
    static final String QUEUES = "queues";

    private static final String OF_ONE = "driver.";

    /** What core asks of a driver by other means than its settings. */
    private static final Set<String> OF_CORE = Set.of(DEVICE, QUEUES);

    private DriverSettings() {}

    /** Those of all drivers, and {@code driver.NAME.KEY} as {@code KEY} for the driver of that name alone, which goes before the other. */
    static Map<String, String> of(final Map<String, String> configured, final String driver) {
        final Map<String, String> settings = new LinkedHashMap<>();
        final Map<String, String> own = new LinkedHashMap<>();
        final String prefix = OF_ONE + driver + ".";
        configured.forEach((key, value) -> {
            if (key.startsWith(prefix)) {
                own.put(key.substring(prefix.length()), value);
            } else if (!key.startsWith(OF_ONE)) {
                settings.put(key, value);
            }
        });
        settings.putAll(own);
        settings.keySet().removeAll(OF_CORE);
        return settings;
    }

    /** What is configured for that driver alone, or {@code common}. */
    static String own(
            final Map<String, String> configured, final String driver, final String key, final String common) {
        return configured.getOrDefault(OF_ONE + driver + "." + key, common);
    }

    /** What follows the driver's name in a key of one driver's; null: the key is of another kind. */
    static String keyOfOne(final String key) {
        final int dot = key.startsWith(OF_ONE) ? key.indexOf('.', OF_ONE.length()) : -1;
        return dot < 0 ? null : key.substring(dot + 1);
    }

    /** Whether a key begins as one driver's and is not {@code driver.NAME.KEY}. */
    static boolean malformed(final String key) {
        final String rest = keyOfOne(key);
        return key.startsWith(OF_ONE) && (rest == null || rest.isEmpty() || key.charAt(OF_ONE.length()) == '.');
    }
}
