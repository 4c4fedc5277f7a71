package joyride.nic.dpdk;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicException;
import joyride.linux.NetworkDevice;

/**
 * What a port's device is to EAL. A configured device that is one of the kernel's network devices is driven through the virtual device of the setting
 * {@code pmd}: so an interface keeps its configuration when it passes from another driver to DPDK and back.
 *
 * @param name by which EAL knows it
 * @param arguments of it
 * @param driver DPDK's, as the name says; empty for a physical device
 * @param kernel the kernel's device that it sends and receives by, or null
 */
record EalDevice(String name, String arguments, String driver, NetworkDevice kernel) {
    /** Virtual devices that carry frames of a device of the kernel's. */
    enum Through {
        AF_PACKET("net_af_packet", true),
        AF_XDP("net_af_xdp", false),
        PCAP("net_pcap", true);

        private final String driver;
        private final boolean copies;

        Through(final String driver, final boolean copies) {
            this.driver = driver;
            this.copies = copies;
        }

        /** As the setting {@code pmd} has it. */
        @Override
        public String toString() {
            return driver.substring("net_".length());
        }

        static Optional<Through> of(final String driver) {
            for (final Through through : values()) {
                if (through.driver.equals(driver)) {
                    return Optional.of(through);
                }
            }
            return Optional.empty();
        }
    }

    private static final Pattern PHYSICAL =
            Pattern.compile("([0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-7]");
    private static final Pattern VIRTUAL =
            Pattern.compile("(net_(?:af_packet|af_xdp|virtio_user|[a-z]+)|eth_[a-z]+)[A-Za-z0-9_]*");
    private static final Pattern INTERFACE = Pattern.compile("(?:^|,)iface=([^,]+)");
    private static final int STANDARD_MTU = 1500;
    private static final int SLOT_OVERHEAD = 128;
    private static final int SLOTS = 512;

    static EalDevice of(final NicConfiguration configuration, final DpdkSettings settings) throws NicException {
        final String device = configuration.device();
        final Matcher virtual = VIRTUAL.matcher(device);
        if (PHYSICAL.matcher(device).matches()) {
            return new EalDevice(device, settings.arguments(), "", null);
        }
        if (virtual.matches()) {
            final String driver = virtual.group(1);
            final String arguments = driver.equals(MemifBuffers.DRIVER)
                    ? MemifBuffers.arguments(settings.arguments(), PortPlan.mtu(configuration))
                    : settings.arguments();
            return new EalDevice(device, arguments, driver, beneath(driver, settings));
        }
        final NetworkDevice kernel = find(device);
        if (!kernel.up()) {
            throw new NicException("the device " + device + " is down; ip link set dev " + device + " up");
        }
        return through(settings.through(), kernel, configuration.queues(), settings.arguments());
    }

    private static NetworkDevice beneath(final String driver, final DpdkSettings settings) throws NicException {
        final Matcher named = INTERFACE.matcher(settings.arguments());
        return Through.of(driver).isPresent() && named.find() ? find(named.group(1)) : null;
    }

    private static NetworkDevice find(final String name) throws NicException {
        try {
            return NetworkDevice.find(name);
        } catch (final NetworkDevice.Unavailable e) {
            throw new NicException(
                    e.getMessage() + "; nor is it a PCI address, or the name of a virtual device such as net_memif0",
                    e);
        }
    }

    private static EalDevice through(
            final Through through, final NetworkDevice kernel, final int queues, final String more) {
        final StringBuilder arguments = new StringBuilder("iface=").append(kernel.name());
        switch (through) {
            case AF_PACKET -> {
                arguments.append(",qpairs=").append(Math.max(1, queues));
                if (kernel.mtu() > STANDARD_MTU) {
                    final int slot = slot(kernel.mtu());
                    arguments
                            .append(",framesz=")
                            .append(slot)
                            .append(",blocksz=")
                            .append(Math.max(4096, slot));
                    arguments.append(",framecnt=").append(SLOTS);
                }
            }
            case AF_XDP ->
                arguments.append(",start_queue=0,queue_count=").append(queues == 0 ? kernel.queues() : queues);
            // One socket; the device's address, which the kernel answers for, in place of one of net_pcap's own
            case PCAP -> arguments.append(",phy_mac=1");
        }
        if (!more.isEmpty()) {
            arguments.append(',').append(more);
        }
        return new EalDevice(through.driver + "_" + kernel.name(), arguments.toString(), through.driver, kernel);
    }

    /** Bytes of a slot of net_af_packet's ring that holds a frame of this MTU. */
    static int slot(final int mtu) {
        return Math.max(2048, Integer.highestOneBit(mtu + SLOT_OVERHEAD - 1) << 1);
    }

    /** Whether the kernel gets every frame too, so that it can go on using the device. */
    boolean copies() {
        return Through.of(driver).map(through -> through.copies).orElse(false);
    }
}
