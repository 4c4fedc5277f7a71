package joyride.core.service;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** Which of an interface's settings concern a driver, so that one interface can have those of all drivers that it may be swapped to. */
final class DriverSettings {
    private DriverSettings() {}

    /**
     * Those without a driver's name before them, and those with this one's: {@code dpdk.pmd} is {@code pmd} to the driver {@code dpdk}, and
     * nothing to others.
     *
     * @param drivers the names of all
     */
    static Map<String, String> of(
            final Map<String, String> configured, final String driver, final Collection<String> drivers) {
        final Map<String, String> settings = new LinkedHashMap<>();
        final Map<String, String> own = new LinkedHashMap<>();
        configured.forEach((key, value) -> {
            final int dot = key.indexOf('.');
            final String whose = dot < 0 ? "" : key.substring(0, dot);
            if (whose.equals(driver)) {
                own.put(key.substring(dot + 1), value);
            } else if (!drivers.contains(whose)) {
                settings.put(key, value);
            }
        });
        settings.putAll(own);
        return settings;
    }
}
