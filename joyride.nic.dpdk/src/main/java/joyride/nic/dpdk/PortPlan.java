package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicException;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;

/**
 * What a port is made of what was asked for and what the device can do.
 *
 * @param mtu bytes of an IP packet
 * @param buffer bytes of a frame in one mbuf
 * @param joined bytes of a frame that comes in several mbufs
 * @param receive bits of RTE_ETH_RX_OFFLOAD_
 * @param transmit bits of RTE_ETH_TX_OFFLOAD_
 * @param functions bits of RTE_ETH_RSS_; 0: frames are not spread by a hash
 */
record PortPlan(
        DeviceInfo info,
        int queues,
        int mtu,
        int told,
        int buffer,
        int joined,
        long receive,
        long transmit,
        long functions) {
    /** Ethernet header, VLAN tag. */
    static final int HEADERS = 18;

    private static final int ETHERNET = 14;
    private static final int STANDARD_MTU = 1500;
    private static final int STANDARD_BUFFER = 2048;
    private static final int LARGEST = 65535;
    private static final String TAP = "net_tap";
    private static final long CHECKSUMS = Layout.TX_OFFLOAD_IPV4 | Layout.TX_OFFLOAD_TCP | Layout.TX_OFFLOAD_UDP;

    /** Cut by librte_gso, which in DPDK 22.11 sends what is of IPv6 on uncut, and refuses it in 24.11. */
    private static final Set<String> CUT_IPV4_ALONE = Set.of("net_tap", "net_tun");

    /** Drivers that carry frames of any length and yet name the usual one. */
    private static final Set<String> ANY_LENGTH = Set.of("net_memif", "net_ring", "net_null");

    /** Virtual devices without interrupts: asking for them fails, or fails only later. */
    private static final Set<String> POLLED =
            Set.of("net_memif", "net_ring", "net_null", "net_af_packet", "net_af_xdp", "net_pcap", "net_virtio_user");

    /** The slots of net_af_packet's rings, whose driver copies as much into an mbuf as a slot has. */
    private static final Pattern SLOT = Pattern.compile("(?:^|,)framesz=(\\d{1,7})(?:,|$)");

    /** @throws NicException if the device cannot do what is asked for */
    static PortPlan of(
            final NicConfiguration configuration,
            final DpdkSettings settings,
            final EalDevice device,
            final DeviceInfo info)
            throws NicException {
        final Matcher slot = SLOT.matcher(device.arguments());
        final int slotSize = slot.find() ? Integer.parseInt(slot.group(1)) : 0;
        final boolean anyLength = ANY_LENGTH.contains(info.driver()) || slotSize > 0;
        final int queues = queues(configuration.queues(), device, info);
        final int mtu = mtu(configuration, device, info, anyLength);
        final int wanted = Math.max(Math.max(STANDARD_BUFFER, slotSize), mtu + HEADERS);
        final int buffer = settings.buffer() > 0 ? Math.max(settings.buffer(), slotSize) : wanted;
        if (buffer > LARGEST - Layout.HEADROOM) {
            throw new NicException("framesz=" + slotSize + " is more than a frame may have, "
                    + (LARGEST - Layout.HEADROOM) + "; set a smaller one");
        }
        settings.rss().check(info, queues);
        final boolean lro = settings.offload()
                && settings.lro()
                && info.receives(Layout.RX_OFFLOAD_LRO | Layout.RX_OFFLOAD_SCATTER);
        long receive = settings.offload() ? info.receiveOffloads() & Layout.RX_OFFLOAD_CHECKSUMS : 0;
        if (lro) {
            receive |= Layout.RX_OFFLOAD_LRO | Layout.RX_OFFLOAD_SCATTER;
        } else if (buffer < mtu + HEADERS && info.receives(Layout.RX_OFFLOAD_SCATTER)) {
            receive |= Layout.RX_OFFLOAD_SCATTER;
        }
        long transmit = settings.offload() ? info.transmitOffloads() & CHECKSUMS : 0;
        if ((transmit & CHECKSUMS) == CHECKSUMS && info.transmits(Layout.TX_OFFLOAD_TSO)) {
            transmit |= Layout.TX_OFFLOAD_TSO;
        }
        if ((transmit & Layout.TX_OFFLOAD_TSO) != 0 || (receive & Layout.RX_OFFLOAD_SCATTER) != 0) {
            transmit |= info.transmitOffloads() & Layout.TX_OFFLOAD_PIECES;
        }
        final int told = anyLength ? Math.min(mtu, STANDARD_MTU) : mtu;
        final int joined = lro ? LARGEST + HEADERS : mtu + HEADERS;
        return new PortPlan(
                info,
                queues,
                mtu,
                told,
                buffer,
                joined,
                receive,
                transmit,
                settings.rss().of(info, queues));
    }

    /** What a port is to carry whose device says nothing of it. */
    static int mtu(final NicConfiguration configuration) {
        return configuration.mtu() == 0 ? STANDARD_MTU : configuration.mtu();
    }

    private static int mtu(
            final NicConfiguration configuration,
            final EalDevice device,
            final DeviceInfo info,
            final boolean anyLength)
            throws NicException {
        final int most = (int) Math.min(info.maxMtu(), Math.max(0, info.maxFrame() - HEADERS));
        final int room = LARGEST - Layout.HEADROOM - HEADERS;
        if (device.kernel() != null) {
            final int asked = configuration.mtu() == 0 ? LARGEST : configuration.mtu();
            return Math.min(Math.min(asked, device.kernel().mtu()), anyLength ? room : most);
        }
        final int asked = mtu(configuration);
        if (asked > room || asked > most && !anyLength) {
            throw new NicException(
                    "mtu " + asked + " is more than the device takes, " + Math.min(room, most) + "; set a smaller mtu");
        }
        return asked;
    }

    private static int queues(final int wanted, final EalDevice device, final DeviceInfo info) throws NicException {
        if (wanted == 0 && device.kernel() != null && !device.copies()) {
            // What arrives on a queue that nobody polls would be lost.
            return info.receiveQueues();
        }
        final int most = Math.min(info.receiveQueues(), info.transmitQueues());
        if (wanted > most) {
            throw new NicException(wanted + " queues, but the device has " + most + "; set queues to that or less");
        }
        return Math.max(1, wanted);
    }

    /**
     * Configures the device.
     *
     * @param arena of the port: ethdev keeps the address of the key, which drivers read when they start
     * @return whether it was given receive interrupts
     */
    boolean configure(final int port, final DpdkSettings settings, final Arena arena) throws NicException {
        final int link = settings.interrupts() ? events() : 0;
        final long key = settings.rss().keyIn(arena);
        if (settings.interrupts() && !POLLED.contains(info.driver())) {
            try {
                configure(port, settings.rss(), key, link | Layout.INTERRUPT_RX);
                return true;
            } catch (final NicException e) {
                // No receive interrupts: it is polled. What else is wrong, the next call says.
            }
        }
        configure(port, settings.rss(), key, link);
        return false;
    }

    private void configure(final int port, final Rss rss, final long key, final int interrupts) throws NicException {
        final boolean lro = (receive & Layout.RX_OFFLOAD_LRO) != 0;
        final int largest = lro ? (int) Math.min(info.maxLro(), LARGEST) : 0;
        Ethdev.configure(port, queues, told, receive, largest, transmit, key, rss.key().length, functions, interrupts);
    }

    private int events() {
        return ((info.flags() & Layout.DEVICE_LINK_INTERRUPT) != 0 ? Layout.INTERRUPT_LINK : 0)
                | ((info.flags() & Layout.DEVICE_REMOVAL_INTERRUPT) != 0 ? Layout.INTERRUPT_REMOVAL : 0);
    }

    boolean spreads() {
        return functions != 0;
    }

    /** Bits of {@link Offload}. */
    int offloads() {
        int offloads = 0;
        if ((transmit & Layout.TX_OFFLOAD_IPV4) != 0) {
            offloads |= Offload.TX_IPV4_CHECKSUM;
        }
        if ((transmit & Layout.TX_OFFLOAD_TCP) != 0 && (transmit & Layout.TX_OFFLOAD_UDP) != 0) {
            offloads |= Offload.TX_TRANSPORT_CHECKSUM;
        }
        if ((transmit & Layout.TX_OFFLOAD_TSO) != 0) {
            offloads |= Offload.TX_TCP_SEGMENTATION;
            if (!CUT_IPV4_ALONE.contains(info.driver())) {
                offloads |= Offload.TX_TCP6_SEGMENTATION;
            }
            if (segmentationPieces() > 1) {
                offloads |= Offload.TX_CONTINUES;
            }
        }
        return offloads;
    }

    /** Mbufs that a packet to be cut may consist of. */
    int segmentationPieces() {
        if ((transmit & Layout.TX_OFFLOAD_PIECES) == 0) {
            return 1;
        }
        return info.transmitPieces() == 0 ? PacketBatch.BURST : Math.min(PacketBatch.BURST, info.transmitPieces());
    }

    /** Bytes of an IP packet to be cut. */
    int segmentationLimit() {
        return (int) Math.min(LARGEST, (long) segmentationPieces() * buffer - ETHERNET);
    }

    /** The largest IP packet that it cuts into: net_tap counts a segment's Ethernet header too when it looks whether it is longer than the MTU. */
    int segmentationMtu() {
        return info.driver().equals(TAP) ? mtu - ETHERNET : mtu;
    }
}
