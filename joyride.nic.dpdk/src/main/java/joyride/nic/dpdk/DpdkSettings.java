package joyride.nic.dpdk;

import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicException;
import joyride.api.nic.PortSettings;

/**
 * The settings of a port, checked.
 *
 * @param through what carries a device of the kernel's
 * @param arguments of the device, as DPDK's manual of its driver lists them; may be empty
 * @param frames mbufs, 0: as many as the rings need
 * @param buffer bytes of a frame's buffer, 0: what the MTU needs
 * @param descriptors of each queue
 * @param mac null: the device's
 * @param macs further addresses that the device is to receive for
 * @param groups multicast addresses that it is to receive where it does not receive all
 * @param idleNanos the longest pause between two looks at a queue without interrupts
 */
record DpdkSettings(
        EalDevice.Through through,
        String arguments,
        int frames,
        int buffer,
        int receiveDescriptors,
        int transmitDescriptors,
        boolean promiscuous,
        boolean allMulticast,
        boolean offload,
        boolean lro,
        boolean interrupts,
        MacAddress mac,
        List<MacAddress> macs,
        List<MacAddress> groups,
        Rss rss,
        long idleNanos) {
    private static final Set<String> KEYS = Set.of(
            "pmd",
            "arguments",
            "frames",
            "buffer.bytes",
            "rx.descriptors",
            "tx.descriptors",
            "promiscuous",
            "allmulticast",
            "offload",
            "device.lro",
            "interrupts",
            "mac",
            "macs",
            "multicast",
            "rss.key",
            "rss.hash",
            "poll.idle.us");

    static DpdkSettings of(final NicConfiguration configuration) throws NicException {
        final PortSettings settings = new PortSettings(configuration, "a dpdk port", KEYS);
        return new DpdkSettings(
                settings.choice("pmd", EalDevice.Through.AF_PACKET, List.of(EalDevice.Through.values())),
                settings.text("arguments", ""),
                settings.number("frames", 0, 0, 1 << 22),
                settings.number("buffer.bytes", 0, 0, 65535 - Layout.HEADROOM),
                settings.number("rx.descriptors", 1024, 32, 32768),
                settings.number("tx.descriptors", 1024, 32, 32768),
                settings.on("promiscuous", false),
                settings.on("allmulticast", true),
                settings.on("offload", true),
                settings.on("device.lro", false),
                settings.on("interrupts", true),
                settings.mac("mac"),
                settings.macs("macs", false),
                settings.macs("multicast", true),
                new Rss(key(settings), functions(settings)),
                1000L * settings.number("poll.idle.us", 5000, 0, 1_000_000));
    }

    private static byte[] key(final PortSettings settings) throws NicException {
        try {
            return HexFormat.of().parseHex(settings.text("rss.key", "").replace(":", ""));
        } catch (final IllegalArgumentException e) {
            throw settings.wrong("rss.key", "bytes as hexadecimal digits, such as 6d5a56da…", e);
        }
    }

    private static long functions(final PortSettings settings) throws NicException {
        long all = 0;
        for (final String word : settings.text("rss.hash", "ip,tcp,udp").split("[,\\s]+")) {
            final long functions = Rss.functions(word);
            if (functions == 0) {
                throw settings.wrong("rss.hash", "one or more of ip, tcp, udp", null);
            }
            all |= functions;
        }
        return all;
    }
}
