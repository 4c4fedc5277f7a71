package joyride.api.nic;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import joyride.api.net.MacAddress;

/** Reads a driver's own settings of a port, and says in one line what is wrong with one: port, key, value, what is allowed. */
public final class PortSettings {
    private final NicConfiguration configuration;

    /**
     * @param what has the settings, for messages, such as {@code a wire}
     * @param keys that it has
     * @throws NicException if another one is given
     */
    public PortSettings(final NicConfiguration configuration, final String what, final Set<String> keys)
            throws NicException {
        this.configuration = configuration;
        for (final String key : new TreeSet<>(configuration.settings().keySet())) {
            if (!keys.contains(key)) {
                throw new NicException(configuration.name() + ": no setting '" + key + "' of " + what + "; there are "
                        + String.join(", ", new TreeSet<>(keys)) + "; another driver's is written interface."
                        + configuration.name() + ".driver.DRIVER." + key);
            }
        }
    }

    /** The text under {@code key} without space around it. */
    public String text(final String key, final String fallback) {
        return configuration.setting(key, fallback).strip();
    }

    /** Whether {@code key} is given. */
    public boolean has(final String key) {
        return configuration.settings().containsKey(key);
    }

    /** A whole number from {@code least} to {@code most}, both included. */
    public int number(final String key, final int fallback, final int least, final int most) throws NicException {
        return (int) number(key, (long) fallback, least, most);
    }

    /** The same for large ones. */
    public long number(final String key, final long fallback, final long least, final long most) throws NicException {
        if (!has(key)) {
            return fallback;
        }
        try {
            final long value = Long.parseLong(text(key, ""));
            if (value >= least && value <= most) {
                return value;
            }
        } catch (final NumberFormatException e) {
            throw wrong(key, least + ".." + most, e);
        }
        throw wrong(key, least + ".." + most, null);
    }

    /** A power of two from {@code least} to {@code most}. */
    public int powerOfTwo(final String key, final int fallback, final int least, final int most) throws NicException {
        final int value = number(key, fallback, least, most);
        if (Integer.bitCount(value) != 1) {
            throw new NicException(configuration.name() + ": " + key + " is " + value + "; give a power of two, "
                    + least + ".." + most);
        }
        return value;
    }

    /** A probability from 0 to below 1; 0 if it is not given. */
    public double probability(final String key) throws NicException {
        if (!has(key)) {
            return 0;
        }
        final String wanted = "a probability from 0 to below 1";
        try {
            final double value = Double.parseDouble(text(key, ""));
            if (value >= 0 && value < 1) {
                return value;
            }
        } catch (final NumberFormatException e) {
            throw wrong(key, wanted, e);
        }
        throw wrong(key, wanted, null);
    }

    /** {@code on} or {@code off}. */
    public boolean on(final String key, final boolean fallback) throws NicException {
        return choice(key, fallback ? "on" : "off", List.of("on", "off")).equals("on");
    }

    /** One of {@code choices}, which print as they are written. */
    public <T> T choice(final String key, final T fallback, final List<T> choices) throws NicException {
        if (!has(key)) {
            return fallback;
        }
        for (final T choice : choices) {
            if (choice.toString().equals(text(key, ""))) {
                return choice;
            }
        }
        final List<String> words = choices.stream().map(Object::toString).toList();
        throw wrong(
                key,
                words.stream().limit(words.size() - 1L).collect(Collectors.joining(", ")) + " or " + words.getLast(),
                null);
    }

    /** A unicast MAC address, or null. */
    public MacAddress mac(final String key) throws NicException {
        final List<MacAddress> macs = macs(key, false);
        if (macs.size() > 1) {
            throw wrong(key, "one address", null);
        }
        return macs.isEmpty() ? null : macs.getFirst();
    }

    /** MAC addresses separated by commas or spaces. @param group whether multicast addresses, else unicast ones */
    public List<MacAddress> macs(final String key, final boolean group) throws NicException {
        final List<MacAddress> macs = new ArrayList<>();
        for (final String word : text(key, "").split("[,\\s]+")) {
            if (!word.isEmpty()) {
                macs.add(mac(key, word, group));
            }
        }
        return List.copyOf(macs);
    }

    private MacAddress mac(final String key, final String text, final boolean group) throws NicException {
        final String wanted =
                group ? "a multicast address such as 01:00:5e:00:00:01" : "a unicast address such as 02:00:00:00:00:01";
        try {
            final MacAddress mac = MacAddress.parse(text);
            if ((mac.bits() >>> 40 & 1) == (group ? 1 : 0) && mac.bits() != 0) {
                return mac;
            }
        } catch (final IllegalArgumentException e) {
            throw wrong(key, wanted, e);
        }
        throw wrong(key, wanted, null);
    }

    /** What is thrown for a value that is not allowed. @param wanted what is */
    public NicException wrong(final String key, final String wanted, final Throwable cause) {
        return new NicException(
                configuration.name() + ": " + key + " is '" + text(key, "") + "'; give " + wanted, cause);
    }
}
