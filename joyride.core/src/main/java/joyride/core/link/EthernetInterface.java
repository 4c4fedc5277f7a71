package joyride.core.link;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;
import joyride.core.ip.NetworkEnvironment;

/**
 * An Ethernet interface over a port that may be replaced while it runs: what it is called and set to, and what its port can do.
 * Frames leave by {@link #output}, what arrives goes to a {@link Receiver}, and {@link #neighbours} knows who else is on the link.
 */
public final class EthernetInterface extends LinkInterface {
    /** Bytes of an Ethernet header. */
    public static final int HEADER = 14;

    static final int TYPE_IPV4 = 0x0800;
    static final int TYPE_IPV6 = 0x86dd;
    private static final int LEAST_BURST = 4;
    private static final int DRAIN_BURSTS = 64;

    private final Receiver receiver;
    private final Neighbours neighbours;
    private final Nd nd;
    private final FrameInput input;
    private final FrameOutput output;
    private int configuredMtu;
    private int zone;
    private NicPort port;

    /** The one of the port's queues that sends; null: there is no port. */
    private GuardedQueue queue;

    private int mtu;
    private long mac;
    private boolean linkUp;
    private int offloads;
    private Consumer<Throwable> portFailed = thrown -> {};

    /** What is above: the IP layer. */
    public interface Receiver {
        /**
         * An IPv4 packet, perhaps with padding behind it.
         *
         * @param offloads what the port found out, bits of {@link joyride.api.nic.Offload}
         * @param group whether the frame was for more stations than this
         * @param body where its payload lies, as {@link PacketBatch#body}; 0: behind its headers
         */
        void ipv4(EthernetInterface in, long at, int length, int offloads, boolean group, long body);

        /** An IPv6 packet, perhaps with padding behind it; the same as for {@link #ipv4}. */
        void ipv6(EthernetInterface in, long at, int length, int offloads, boolean group, long body);

        /** Frames that are one TCP segment of either family, of which the first lies at {@code at}; every checksum is right. */
        void merged(EthernetInterface in, long at, MergedFrames frames);

        /** A packet of ours, at {@code at}, whose next hop does not answer. */
        void unreachable(EthernetInterface out, long at, int length);
    }

    /**
     * @param zone tells its link-local addresses from those of other interfaces (RFC 4007 §6), 1..65535
     * @param receiver of IP packets
     * @param host what IPv6 says of the interface's addresses and routers
     */
    public EthernetInterface(
            final String name,
            final int zone,
            final int mtu,
            final NetworkEnvironment environment,
            final Arena arena,
            final Receiver receiver,
            final Ipv6Host host) {
        super(name, environment);
        this.zone = zone;
        this.configuredMtu = mtu;
        this.mtu = mtu;
        this.receiver = receiver;
        this.neighbours = new Neighbours(this, arena, host);
        this.nd = neighbours.nd();
        this.input = new FrameInput(this, receiver, neighbours.arp());
        this.output = new FrameOutput(this);
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public boolean loopback() {
        return false;
    }

    @Override
    public int pcapLinkType() {
        return PcapTap.ETHERNET;
    }

    /** The port under this interface, or null. */
    public NicPort port() {
        return port;
    }

    @Override
    public boolean shared() {
        return neighbours.asker() != null;
    }

    /** From now on the kernel finds the neighbours, and nothing is announced or answered here; null: this interface does. */
    public void share(final NeighbourAsker kernel) {
        neighbours.share(kernel);
    }

    /** Sets the largest IP packet wanted, bytes; a port with less lowers it. */
    public void configureMtu(final int bytes) {
        configuredMtu = bytes;
        mtu = bytes;
        if (port != null) {
            portChanged();
        } else {
            neighbours.carry(mtu);
        }
    }

    /**
     * Large units: whether frames received are merged, and whether TCP may give larger segments than the MTU, to be cut here or by the port.
     * Whoever asked {@link #largestUnit} asks again.
     */
    public void largeUnits(final boolean receive, final boolean send) {
        input.merge(receive);
        output.segmentation(send);
    }

    /** What is done to frames and segments, for people: {@code checksum:nic tso lro}, or a dash. */
    public String offloadText() {
        final List<String> words = new ArrayList<>();
        if ((offloads & Offload.TX_TRANSPORT_CHECKSUM) != 0) {
            words.add("checksum:nic");
        }
        if (output.segments()) {
            words.add(output.unitFrames() > 0 ? "tso:nic" : "tso");
        }
        if (input.merges()) {
            words.add("lro");
        }
        return words.isEmpty() ? "-" : String.join(" ", words);
    }

    /** The largest IP packet that TCP may give at once, bytes, to be cut here or by the port; 0: none larger than the MTU. */
    public int largestUnit() {
        return output.largestUnit();
    }

    /** What the port does when it sends: bits of {@link joyride.api.nic.Offload}. */
    public int offloads() {
        return offloads;
    }

    /** The address in the low 48 bits; 0 before the first port. */
    public long mac() {
        return mac;
    }

    /** Puts {@code newPort} in the place of whatever was there; null: none. All its queues are polled, the first one sends. */
    public void attach(final NicPort newPort) {
        if (queue != null) {
            output.cancel();
            // What has arrived at the old port, and the answers, still go through it.
            for (int burst = 0; burst < DRAIN_BURSTS && poll() > 0; burst++) {
                output.transmit();
            }
            output.transmit();
        }
        port = newPort;
        final GuardedQueue[] queues = new GuardedQueue[newPort == null ? 0 : newPort.queueCount()];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new GuardedQueue(newPort.queue(i), this::failed);
        }
        queue = newPort == null ? null : queues[0];
        input.attach(queues);
        output.attach(queue);
        if (newPort == null) {
            offloads = 0;
            return;
        }
        linkUp = false;
        portChanged();
    }

    /** Takes over what the port says of itself now. A link that came up, or another station address, is announced. */
    public void portChanged() {
        if (port != null) {
            final long before = mac;
            final boolean wasUp = linkUp;
            mac = port.macAddress().bits();
            linkUp = port.linkUp();
            offloads = port.offloads();
            mtu = Math.min(Math.min(configuredMtu, port.mtu()), queue.frameSize() - HEADER);
            output.plan(port, mac, mtu);
            input.plan(mac, Math.clamp(FrameOutput.BURST_BYTES / (mtu + HEADER), LEAST_BURST, PacketBatch.BURST));
            neighbours.carry(mtu);
            if (linkUp && !(wasUp && mac == before)) {
                neighbours.linkUp();
            }
        }
    }

    /** The queues of the port under this interface; none if there is no port. */
    public NicQueue[] queues() {
        return input.queues();
    }

    /**
     * {@code listener} hears what a driver throws; its port is attached still, but nothing of it is called any more. On the
     * event loop; returns at once.
     */
    public void onPortFailure(final Consumer<Throwable> listener) {
        portFailed = listener;
    }

    private void failed(final Throwable thrown) {
        output.failed();
        portFailed.accept(thrown);
    }

    @Override
    public void close() {
        super.close();
        neighbours.close();
    }

    /** Who else is on the link. */
    public Neighbours neighbours() {
        return neighbours;
    }

    /** Where frames leave. */
    public FrameOutput output() {
        return output;
    }

    /** IPv6 on this link: neighbours, addresses, routers. */
    public Nd nd() {
        return nd;
    }

    /** Tells its link-local addresses from those of other interfaces; part of them as {@link joyride.core.ip.Ipv6} keeps them. */
    public int zone() {
        return zone;
    }

    /** The kernel's device behind it is another one. Before it has link-local addresses. */
    public void zone(final int number) {
        zone = number;
    }

    /** Whether there is a port, and its driver has not failed. */
    public boolean hasPort() {
        return queue != null && !queue.failed();
    }

    /** Whether there is a port that can send. */
    boolean canSend() {
        return queue != null && linkUp;
    }

    /** Takes one burst from each of the port's queues. @return frames received */
    public int poll() {
        return input.poll();
    }

    /** Handles a burst; the frames stay the caller's. */
    public void input(final PacketBatch batch) {
        input.input(batch);
    }

    void unreachable(final long packet, final int length) {
        receiver.unreachable(this, packet, length);
    }
}
