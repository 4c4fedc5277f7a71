package joyride.core.service;

import java.util.LinkedHashMap;
import java.util.Map;

/** Which of an interface's settings concern a driver, so that one interface can have those of all drivers that it may be swapped to. */
final class DriverSettings {
    private static final String OF_ONE = "driver.";

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
        return settings;
    }
}
