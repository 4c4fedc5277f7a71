package joyride.nic.wire;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicException;

/** The settings of a {@code wire} port, checked. */
record WireSettings(
        String wire, int mtu, boolean mtuGiven, int frames, long seed, boolean offload, MacAddress mac, Faults faults) {
    private static final Set<String> KEYS = new TreeSet<>(Set.of(
            "wire",
            "mtu",
            "frames",
            "seed",
            "offload",
            "mac",
            "loss",
            "burst",
            "duplicate",
            "reorder",
            "reorder.us",
            "corrupt",
            "mark",
            "delay.us",
            "jitter.us",
            "rate.mbps",
            "queue.bytes",
            "mark.above.bytes"));

    static WireSettings of(final NicConfiguration configuration) throws NicException {
        final Reader reader = new Reader(configuration.name(), configuration.settings());
        for (final String key : configuration.settings().keySet()) {
            if (!KEYS.contains(key)) {
                throw new NicException(configuration.name() + ": no setting '" + key + "' of a wire; there are "
                        + String.join(", ", KEYS));
            }
        }
        final Faults faults = new Faults(
                reader.probability("loss"),
                (int) reader.number("burst", 1, 1, 100_000),
                reader.probability("duplicate"),
                reader.probability("reorder"),
                1000 * reader.number("reorder.us", 1000, 0, 60_000_000),
                reader.probability("corrupt"),
                reader.probability("mark"),
                1000 * reader.number("delay.us", 0, 0, 60_000_000),
                1000 * reader.number("jitter.us", 0, 0, 60_000_000),
                1_000_000 * reader.number("rate.mbps", 0, 0, 1_000_000),
                (int) reader.number("queue.bytes", 0, 0, Integer.MAX_VALUE),
                (int) reader.number("mark.above.bytes", 0, 0, Integer.MAX_VALUE));
        return new WireSettings(
                configuration.setting("wire", "wire"),
                (int) reader.number("mtu", 1500, 68, 65535),
                configuration.settings().containsKey("mtu"),
                (int) reader.number("frames", 1024, 64, 65536),
                reader.number("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE),
                reader.number("offload", 0, 0, 1) == 1,
                reader.mac("mac"),
                faults);
    }

    /** Reads values and says in one line what is wrong with one. */
    private record Reader(String port, Map<String, String> settings) {
        long number(final String key, final long fallback, final long least, final long most) throws NicException {
            final String text = settings.get(key);
            if (text == null) {
                return fallback;
            }
            try {
                final long value = Long.parseLong(text.strip());
                if (value >= least && value <= most) {
                    return value;
                }
            } catch (final NumberFormatException e) {
                throw new NicException(wrong(key, text, least + ".." + most), e);
            }
            throw new NicException(wrong(key, text, least + ".." + most));
        }

        double probability(final String key) throws NicException {
            final String text = settings.get(key);
            if (text == null) {
                return 0;
            }
            try {
                final double value = Double.parseDouble(text.strip());
                if (value >= 0 && value < 1) {
                    return value;
                }
            } catch (final NumberFormatException e) {
                throw new NicException(wrong(key, text, "a probability from 0 to below 1"), e);
            }
            throw new NicException(wrong(key, text, "a probability from 0 to below 1"));
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
