package joyride.nic.afxdp;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicException;

/**
 * The settings of an {@code afxdp} port, checked.
 *
 * @param mode how frames get from the NIC's queue into our memory
 * @param frames for receiving, and as many for sending, of each queue
 * @param busyPollMicros how long the kernel looks at the NIC itself when asked for frames; 0: not at all
 * @param busyPollBudget frames that it takes at once then
 */
record AfXdpSettings(Mode mode, int frames, boolean needWakeup, int busyPollMicros, int busyPollBudget) {
    private static final Set<String> KEYS =
            new TreeSet<>(Set.of("mode", "frames", "need.wakeup", "busy.poll.us", "busy.poll.budget"));

    /** How a frame gets from the NIC's queue into our memory. */
    enum Mode {
        AUTO("auto"),
        ZERO_COPY("zero-copy"),
        COPY("copy"),
        GENERIC("generic");

        private final String word;

        Mode(final String word) {
            this.word = word;
        }

        @Override
        public String toString() {
            return word;
        }
    }

    static AfXdpSettings of(final NicConfiguration configuration) throws NicException {
        for (final String key : configuration.settings().keySet()) {
            if (!KEYS.contains(key)) {
                throw new NicException(configuration.name() + ": no setting '" + key + "' of afxdp; there are "
                        + String.join(", ", KEYS));
            }
        }
        final Reader reader = new Reader(configuration.name(), configuration.settings());
        final int frames = reader.number("frames", 2048, 64, 65536);
        if (Integer.bitCount(frames) != 1) {
            throw new NicException(configuration.name() + ": frames is " + frames + "; give a power of two, 64..65536");
        }
        return new AfXdpSettings(
                reader.mode(),
                frames,
                reader.number("need.wakeup", 1, 0, 1) == 1,
                reader.number("busy.poll.us", 0, 0, 1_000_000),
                reader.number("busy.poll.budget", 64, 1, 65535));
    }

    boolean busyPoll() {
        return busyPollMicros > 0;
    }

    /** Reads values and says in one line what is wrong with one. */
    private record Reader(String port, Map<String, String> settings) {
        int number(final String key, final int fallback, final int least, final int most) throws NicException {
            final String text = settings.get(key);
            if (text == null) {
                return fallback;
            }
            final String wrong = port + ": " + key + " is '" + text + "'; give " + least + ".." + most;
            try {
                final int value = Integer.parseInt(text.strip());
                if (value >= least && value <= most) {
                    return value;
                }
            } catch (final NumberFormatException e) {
                throw new NicException(wrong, e);
            }
            throw new NicException(wrong);
        }

        Mode mode() throws NicException {
            final String text =
                    settings.getOrDefault("mode", Mode.AUTO.toString()).strip();
            for (final Mode mode : Mode.values()) {
                if (mode.toString().equals(text)) {
                    return mode;
                }
            }
            throw new NicException(port + ": mode is '" + text + "'; give auto, zero-copy, copy or generic");
        }
    }
}
