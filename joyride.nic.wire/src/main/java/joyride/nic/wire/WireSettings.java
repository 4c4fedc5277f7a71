package joyride.nic.wire;

import java.util.Set;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicException;
import joyride.api.nic.PortSettings;

/** The settings of a {@code wire} port, checked. */
record WireSettings(
        String wire, int mtu, boolean mtuGiven, int frames, long seed, boolean offload, MacAddress mac, Faults faults) {
    private static final Set<String> KEYS = Set.of(
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
            "mark.above.bytes");

    static WireSettings of(final NicConfiguration configuration) throws NicException {
        final PortSettings reader = new PortSettings(configuration, "a wire", KEYS);
        final Faults faults = new Faults(
                reader.probability("loss"),
                reader.number("burst", 1, 1, 100_000),
                reader.probability("duplicate"),
                reader.probability("reorder"),
                1000L * reader.number("reorder.us", 1000, 0, 60_000_000),
                reader.probability("corrupt"),
                reader.probability("mark"),
                1000L * reader.number("delay.us", 0, 0, 60_000_000),
                1000L * reader.number("jitter.us", 0, 0, 60_000_000),
                1_000_000L * reader.number("rate.mbps", 0, 0, 1_000_000),
                reader.number("queue.bytes", 0, 0, Integer.MAX_VALUE),
                reader.number("mark.above.bytes", 0, 0, Integer.MAX_VALUE));
        return new WireSettings(
                reader.text("wire", "wire"),
                reader.number("mtu", 1500, 68, 65535),
                reader.has("mtu"),
                reader.number("frames", 1024, 64, 65536),
                reader.number("seed", 1L, Long.MIN_VALUE, Long.MAX_VALUE),
                reader.number("offload", 0, 0, 1) == 1,
                reader.mac("mac"),
                faults);
    }
}
