package joyride.nic.dpdk;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import joyride.api.nic.NicException;

/**
 * What EAL is started with, once in a process: the properties of the PID {@code joyride.nic.dpdk}.
 *
 * @param libraries the directory of DPDK's libraries, or null for the system's places
 * @param memoryMib memory for all ports, MiB
 * @param hugePages whether to use huge pages: yes, no, or where enough are free
 * @param options further EAL options, as DPDK's manual lists them
 */
record EalSettings(Path libraries, int memoryMib, HugePages hugePages, List<String> options) {
    static final String LIBRARY_PATH = "library.path";
    static final String MEMORY = "memory.mib";
    static final String HUGE_PAGES = "hugepages";
    static final String OPTIONS = "eal.options";

    static final EalSettings STANDARD = new EalSettings(null, 512, HugePages.AUTO, List.of());

    private static final int LEAST_MEMORY = 32;
    private static final int MOST_MEMORY = 1 << 20;
    private static final Set<String> KEYS = new TreeSet<>(Set.of(LIBRARY_PATH, MEMORY, HUGE_PAGES, OPTIONS));
    private static final String FOREIGN = "(service|component|felix|osgi|metatype)\\..*|\\..*|objectClass|nic\\.type";

    /** When to use huge pages. */
    enum HugePages {
        AUTO,
        ON,
        OFF
    }

    /** @throws NicException with one line that says what is wrong with which property */
    static EalSettings of(final Map<String, ?> properties) throws NicException {
        for (final String key : properties.keySet()) {
            if (!KEYS.contains(key) && !key.matches(FOREIGN)) {
                throw new NicException(
                        "joyride.nic.dpdk: there is no key '" + key + "'; there are " + String.join(", ", KEYS));
            }
        }
        final String path = text(properties, LIBRARY_PATH, "");
        return new EalSettings(
                path.isEmpty() ? null : Path.of(path),
                memory(text(properties, MEMORY, Integer.toString(STANDARD.memoryMib))),
                hugePages(text(properties, HUGE_PAGES, "auto")),
                Arrays.stream(text(properties, OPTIONS, "").split("\\s+"))
                        .filter(option -> !option.isEmpty())
                        .toList());
    }

    private static String text(final Map<String, ?> properties, final String key, final String standard) {
        final Object value = properties.get(key);
        return value == null ? standard : value.toString().strip();
    }

    private static int memory(final String text) throws NicException {
        try {
            final int value = Integer.parseInt(text);
            if (value >= LEAST_MEMORY && value <= MOST_MEMORY) {
                return value;
            }
        } catch (final NumberFormatException e) {
            throw new NicException(wrong(MEMORY, text, "MiB, " + LEAST_MEMORY + ".." + MOST_MEMORY), e);
        }
        throw new NicException(wrong(MEMORY, text, "MiB, " + LEAST_MEMORY + ".." + MOST_MEMORY));
    }

    private static HugePages hugePages(final String text) throws NicException {
        return switch (text) {
            case "auto" -> HugePages.AUTO;
            case "on" -> HugePages.ON;
            case "off" -> HugePages.OFF;
            default -> throw new NicException(wrong(HUGE_PAGES, text, "auto, on or off"));
        };
    }

    private static String wrong(final String key, final String value, final String allowed) {
        return "joyride.nic.dpdk: " + key + "='" + value + "' is not allowed; write " + allowed;
    }
}
