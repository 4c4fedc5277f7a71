package joyride.nic.dpdk;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicException;

/**
 * The settings of a port, checked.
 *
 * @param arguments of the device, as DPDK's manual of its driver lists them; may be empty
 * @param frames mbufs, 0: as many as the rings need
 * @param buffer bytes of a frame's buffer, 0: what the MTU needs
 * @param descriptors of each queue
 * @param idleNanos the longest pause between two looks at a queue without interrupts
 */
record DpdkSettings(
        String arguments,
        int frames,
        int buffer,
        int receiveDescriptors,
        int transmitDescriptors,
        boolean promiscuous,
        boolean offload,
        boolean interrupts,
        MacAddress mac,
        long idleNanos) {
    private static final Set<String> KEYS = new TreeSet<>(Set.of(
            "arguments",
            "frames",
            "buffer.bytes",
            "rx.descriptors",
            "tx.descriptors",
            "promiscuous",
            "offload",
            "interrupts",
            "mac",
            "poll.idle.us"));

    static DpdkSettings of(final NicConfiguration configuration) throws NicException {
        for (final String key : configuration.settings().keySet()) {
            if (!KEYS.contains(key)) {
                throw new NicException(configuration.name() + ": no setting '" + key + "' of a dpdk port; there are "
                        + String.join(", ", KEYS));
            }
        }
        final Reader reader = new Reader(configuration.name(), configuration.settings());
        return new DpdkSettings(
                configuration.setting("arguments", "").strip(),
                reader.number("frames", 0, 0, 1 << 22),
                reader.number("buffer.bytes", 0, 0, 65535 - Layout.HEADROOM),
                reader.number("rx.descriptors", 1024, 32, 32768),
                reader.number("tx.descriptors", 1024, 32, 32768),
                reader.yes("promiscuous", false),
                reader.yes("offload", true),
                reader.yes("interrupts", true),
                reader.mac("mac"),
                1000L * reader.number("poll.idle.us", 5000, 0, 1_000_000));
    }

    /** Reads values and says in one line what is wrong with one. */
    private record Reader(String port, Map<String, String> settings) {
        int number(final String key, final int fallback, final int least, final int most) throws NicException {
            final String text = settings.get(key);
            if (text == null) {
                return fallback;
            }
            try {
                final int value = Integer.parseInt(text.strip());
                if (value == 0 && fallback == 0 || value >= least && value <= most) {
                    return value;
                }
            } catch (final NumberFormatException e) {
                throw new NicException(wrong(key, text, least + ".." + most), e);
            }
            throw new NicException(wrong(key, text, least + ".." + most));
        }

        boolean yes(final String key, final boolean fallback) throws NicException {
            final String text =
                    settings.getOrDefault(key, fallback ? "on" : "off").strip();
            if (!text.equals("on") && !text.equals("off")) {
                throw new NicException(wrong(key, text, "on or off"));
            }
            return text.equals("on");
        }

        MacAddress mac(final String key) throws NicException {
            final String text = settings.get(key);
            if (text == null) {
                return null;
            }
            try {
                final MacAddress mac = MacAddress.parse(text.strip());
                if ((mac.bits() >>> 40 & 1) == 0 && mac.bits() != 0) {
                    return mac;
                }
            } catch (final IllegalArgumentException e) {
                throw new NicException(wrong(key, text, "an address such as 02:00:00:00:00:01"), e);
            }
            throw new NicException(wrong(key, text, "a unicast address such as 02:00:00:00:00:01"));
        }

        private String wrong(final String key, final String text, final String wanted) {
            return port + ": " + key + " is '" + text + "'; give " + wanted;
        }
    }
}
