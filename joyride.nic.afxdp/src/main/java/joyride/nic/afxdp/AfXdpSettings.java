package joyride.nic.afxdp;

import java.util.List;
import java.util.Set;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicException;
import joyride.api.nic.PortSettings;

/**
 * The settings of an {@code afxdp} port, checked.
 *
 * @param mode how frames get from the NIC's queue into our memory
 * @param frames for receiving, and as many for sending, of each queue
 * @param busyPollMicros how long the kernel looks at the NIC itself when asked for frames; 0: not at all
 * @param busyPollBudget frames that it takes at once then
 */
record AfXdpSettings(Mode mode, int frames, boolean needWakeup, int busyPollMicros, int busyPollBudget) {
    private static final Set<String> KEYS = Set.of("mode", "frames", "need.wakeup", "busy.poll.us", "busy.poll.budget");

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
        final PortSettings reader = new PortSettings(configuration, "afxdp", KEYS);
        return new AfXdpSettings(
                reader.choice("mode", Mode.AUTO, List.of(Mode.values())),
                reader.powerOfTwo("frames", 2048, 64, 65536),
                reader.number("need.wakeup", 1, 0, 1) == 1,
                reader.number("busy.poll.us", 0, 0, 1_000_000),
                reader.number("busy.poll.budget", 64, 1, 65535));
    }

    boolean busyPoll() {
        return busyPollMicros > 0;
    }
}
