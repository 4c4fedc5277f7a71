package joyride.core.link;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import joyride.api.admin.StackAdmin;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;
import joyride.core.ip.NetworkEnvironment;

/**
 * An Ethernet interface: addresses and neighbours over a port that may be replaced while it runs. Frames to send collect in a
 * batch that goes to the driver when it is full and at the end of the turn.
 */
public final class EthernetInterface extends LinkInterface {
    /** Bytes of an Ethernet header. */
    public static final int HEADER = 14;

    static final int TYPE_IPV4 = 0x0800;
    static final int TYPE_IPV6 = 0x86dd;
    private static final long GROUP = 1L << 40;
    /** What a port must do that is to cut segments. */
    private static final int SEGMENTS =
            Offload.TX_TCP_SEGMENTATION | Offload.TX_TRANSPORT_CHECKSUM | Offload.TX_IPV4_CHECKSUM;

    /** Bytes of a burst: what stays in a core's cache until whoever comes next has read it. */
    private static final int BURST_BYTES = 256 << 10;

    private static final int LEAST_BURST = 4;
    private static final int HOLD_BUFFERS = 256;
    private static final int DRAIN_BURSTS = 64;

    private int configuredMtu;
    private int zone;
    private final WaitingPackets waiting;
    private final Arp arp;
    private final Nd nd;
    private final Receiver receiver;
    private PacketBatch received = new PacketBatch(PacketBatch.BURST);
    private final PacketBatch toSend = new PacketBatch(PacketBatch.BURST);
    private final int[] types = new int[PacketBatch.BURST];
    private final LargeReceive large;
    private boolean largeReceive = true;
    private boolean segmentation = true;

    /** Frames of the packet in hand behind the first. */
    private final long[] moreHandles = new long[PacketBatch.BURST];

    private final long[] moreAddresses = new long[PacketBatch.BURST];
    private final int[] moreLengths = new int[PacketBatch.BURST];
    private int more;

    /** Most frames of a unit that the port cuts; 0: it cuts none. */
    private int unitFrames;

    private int unitLimit;

    /** The batch has units that the port is to cut. */
    private boolean unitsToSend;

    /** What the port has refused. */
    private long refused;

    private final Neighbour broadcast = Neighbour.permanent(TYPE_IPV4, MacAddress.BROADCAST.bits());
    private NeighbourAsker asker;
    private NicPort port;
    private GuardedQueue[] queues = {};

    /** The one of them that sends. */
    private GuardedQueue queue;

    private int mtu;
    private long mac;
    private boolean linkUp;
    private int offloads;
    private long pendingHandle;
    private long pendingFrame;
    private boolean pending;
    private long sentBytes;

    /** Frames more than entries in the batch: units that the port cuts. */
    private int unitExtra;

    private Consumer<Throwable> portFailed = thrown -> {};

    /** What is above: the IP layer. */
    public interface Receiver {
        /**
         * An IPv4 packet, perhaps with padding behind it.
         *
         * @param offloads what the port found out, bits of {@link joyride.api.nic.Offload}
         * @param group whether the frame was for more stations than this
         */
        void ipv4(EthernetInterface in, long at, int length, int offloads, boolean group);

        /** An IPv6 packet, perhaps with padding behind it; the same as for {@link #ipv4}. */
        void ipv6(EthernetInterface in, long at, int length, int offloads, boolean group);

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
        this.waiting = new WaitingPackets(this, size -> new BufferPool(arena, size, HOLD_BUFFERS), mtu);
        this.arp = new Arp(this, waiting);
        this.nd = new Nd(this, waiting, host);
        this.large = new LargeReceive(environment.kernels(), this::merged);
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
        return asker != null;
    }

    /** From now on the kernel finds the neighbours, and nothing is announced or answered here; null: this interface does. */
    public void share(final NeighbourAsker kernel) {
        if (asker != kernel) {
            asker = kernel;
            arp.forgetAll();
            nd.forgetAll();
        }
    }

    NeighbourAsker neighbourAsker() {
        return asker;
    }

    /** Sets the largest IP packet wanted, bytes; a port with less lowers it. */
    public void configureMtu(final int bytes) {
        configuredMtu = bytes;
        mtu = bytes;
        if (port != null) {
            portChanged();
        } else {
            carry();
        }
    }

    private void carry() {
        final List<Neighbour> all = arp.all();
        all.addAll(nd.all());
        waiting.carry(mtu, all);
    }

    /**
     * Large units: whether frames received are merged, and whether TCP may give larger segments than the MTU, to be cut here or by the port.
     * Whoever asked {@link #largestUnit} asks again.
     */
    public void largeUnits(final boolean receive, final boolean send) {
        largeReceive = receive;
        segmentation = send;
    }

    /** What is done to frames and segments, for people: {@code checksum:nic tso lro}, or a dash. */
    public String offloadText() {
        final List<String> words = new ArrayList<>();
        if ((offloads & Offload.TX_TRANSPORT_CHECKSUM) != 0) {
            words.add("checksum:nic");
        }
        if (segmentation) {
            words.add(unitFrames > 0 ? "tso:nic" : "tso");
        }
        if (largeReceive) {
            words.add("lro");
        }
        return words.isEmpty() ? "-" : String.join(" ", words);
    }

    /** The largest IP packet that TCP may give at once, bytes, to be cut here or by the port; 0: none larger than the MTU. */
    public int largestUnit() {
        return !segmentation
                ? 0
                : unitFrames > 0 ? Math.min(MergedFrames.MOST_BYTES, unitLimit) : MergedFrames.MOST_BYTES;
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
            cancel();
            // What has arrived at the old port, and the answers, still go through it.
            for (int burst = 0; burst < DRAIN_BURSTS && poll() > 0; burst++) {
                transmit();
            }
            transmit();
        }
        port = newPort;
        queues = new GuardedQueue[newPort == null ? 0 : newPort.queueCount()];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new GuardedQueue(newPort.queue(i), this::failed);
        }
        queue = newPort == null ? null : queues[0];
        if (newPort == null) {
            offloads = 0;
            unitFrames = 0;
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
            planUnits();
            final int burst = Math.clamp(BURST_BYTES / (mtu + HEADER), LEAST_BURST, PacketBatch.BURST);
            if (burst != received.capacity()) {
                received = new PacketBatch(burst);
            }
            carry();
            if (linkUp && !(wasUp && mac == before)) {
                arp.announceAll();
                nd.linkUp();
            }
        }
    }

    private void planUnits() {
        refused = queue.refused();
        unitLimit = port.segmentationLimit();
        if ((offloads & SEGMENTS) != SEGMENTS || port.segmentationMtu() < mtu) {
            unitFrames = 0;
        } else {
            unitFrames =
                    (offloads & Offload.TX_CONTINUES) == 0 ? 1 : Math.min(port.segmentationPieces(), PacketBatch.BURST);
        }
    }

    /** The queues of the port under this interface; none if there is no port. */
    public NicQueue[] queues() {
        return queues;
    }

    /**
     * {@code listener} hears what a driver throws; its port is attached still, but nothing of it is called any more. On the
     * event loop; returns at once.
     */
    public void onPortFailure(final Consumer<Throwable> listener) {
        portFailed = listener;
    }

    private void failed(final Throwable thrown) {
        pending = false;
        more = 0;
        portFailed.accept(thrown);
    }

    @Override
    public void close() {
        super.close();
        arp.close();
        nd.close();
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

    // --- receive

    /** Takes one burst from each of the port's queues. @return frames received */
    public int poll() {
        final GuardedQueue[] from = queues;
        int all = 0;
        for (int i = 0; i < from.length; i++) {
            final int count = from[i].receive(received);
            if (count > 0) {
                input(received);
                from[i].release(received);
                all += count;
            }
        }
        return all;
    }

    /** Handles a burst; the frames stay the caller's. */
    public void input(final PacketBatch batch) {
        final int count = batch.size();
        long bytes = 0;
        for (int from = 0; from < count; from += types.length) {
            final int to = Math.min(count, from + types.length);
            // One pass touches every frame's first line, so that the misses overlap instead of following each other.
            for (int i = from; i < to; i++) {
                types[i - from] = batch.length(i) < HEADER ? -1 : Memory.getUnsignedShortBE(batch.address(i) + 12);
            }
            final boolean several = largeReceive && to - from > 1;
            for (int i = from; i < to; i++) {
                bytes += batch.length(i);
                frame(batch.address(i), batch.length(i), types[i - from], batch.flags(i), several);
            }
            if (several) {
                flush();
            }
        }
        counters().add(RX_PACKETS, count);
        counters().add(RX_BYTES, bytes);
    }

    /** Sends up what large receive has of this burst. */
    private void flush() {
        large.flush();
        final long units = large.takeUnits();
        if (units > 0) {
            counters().add(LRO_UNITS, units);
            counters().add(LRO_FRAMES, large.takeFrames());
        }
    }

    private void merged(final MergedFrames unit) {
        if (unit.count() > 1) {
            receiver.merged(this, unit.network, unit);
            return;
        }
        final int offloads = unit.offloads | Offload.RX_CHECKSUM_GOOD;
        if (unit.type == TYPE_IPV4) {
            receiver.ipv4(this, unit.network, unit.networkLength, offloads, false);
        } else {
            receiver.ipv6(this, unit.network, unit.networkLength, offloads, false);
        }
    }

    private void frame(final long at, final int length, final int type, final int flags, final boolean several) {
        if (tap != null) {
            tap.ethernet(environment.clock().nanoTime(), at, length);
        }
        if (type < 0) {
            drop(DropReason.ETHERNET_SHORT);
            return;
        }
        final long to = Memory.getLongBE(at) >>> 16;
        final boolean group = (to & GROUP) != 0;
        if (several && to == mac && large.take(at, length, type, flags)) {
            return;
        }
        if (to != mac && !group) {
            drop(DropReason.ETHERNET_NOT_MINE);
        } else if (type == TYPE_IPV4) {
            receiver.ipv4(this, at + HEADER, length - HEADER, flags, group);
        } else if (type == TYPE_IPV6) {
            receiver.ipv6(this, at + HEADER, length - HEADER, flags, group);
        } else if (type == Arp.TYPE) {
            arp.input(at + HEADER, length - HEADER);
        } else {
            drop(DropReason.ETHERNET_TYPE);
        }
    }

    // --- send

    /**
     * Room for {@code length} bytes behind an Ethernet header, at most the MTU; 0, counted, if there is none. One at a time: what
     * was allocated before and neither sent nor cancelled is freed.
     */
    public long allocate(final int length) {
        cancel();
        if (queue == null || queue.failed()) {
            drop(DropReason.INTERFACE_DOWN);
            return 0;
        }
        if (length + HEADER > queue.frameSize()) {
            drop(DropReason.IP_TOO_BIG);
            return 0;
        }
        final long handle = queue.allocate();
        if (handle == 0) {
            drop(DropReason.NO_FRAME);
            return 0;
        }
        pending = true;
        pendingHandle = handle;
        pendingFrame = queue.address(handle);
        if (pendingFrame == 0) {
            pending = false;
            drop(DropReason.INTERFACE_DOWN);
            return 0;
        }
        return pendingFrame + HEADER;
    }

    /** Gives the allocated frame back unsent. */
    public void cancel() {
        if (pending) {
            pending = false;
            queue.free(pendingHandle);
            while (more > 0) {
                queue.free(moreHandles[--more]);
            }
        }
    }

    /** Whether units go to the port whole now: not while packets are captured, which are what is on the wire, nor once it has refused one. */
    public boolean takesUnits() {
        return unitFrames > 0 && segmentation && tap == null && !queue.failed();
    }

    /** The most frames of a unit that the port cuts. */
    public int unitFrames() {
        return unitFrames;
    }

    /** Bytes of a frame to send; there is a port. */
    public int frameSize() {
        return queue.frameSize();
    }

    /** Another frame for the packet in hand. @return where its {@code length} bytes go; 0: there is none, and nothing is in hand any more */
    public long extend(final int length) {
        final long handle = queue.allocate();
        final long address = handle == 0 ? 0 : queue.address(handle);
        if (address == 0) {
            cancel();
            drop(DropReason.NO_FRAME);
            return 0;
        }
        moreHandles[more] = handle;
        moreAddresses[more] = address;
        moreLengths[more++] = length;
        return address;
    }

    /**
     * Sends the packet in hand, which the port cuts.
     *
     * @param length bytes in the first frame behind the Ethernet header
     * @param flags of {@link Offload}, with the segment size
     * @param frames that it is cut into
     */
    public void sendUnit(final Neighbour to, final int length, final int flags, final int frames) {
        if (toSend.size() + 1 + more > toSend.capacity()) {
            transmit();
        }
        final long frame = writeHeader(to, pendingFrame + HEADER);
        pending = false;
        final int behind = more;
        more = 0;
        toSend.add(pendingHandle, frame, length + HEADER, behind == 0 ? flags : flags | Offload.TX_CONTINUES);
        int bytes = length + HEADER;
        for (int i = 0; i < behind; i++) {
            toSend.add(moreHandles[i], moreAddresses[i], moreLengths[i], i + 1 < behind ? Offload.TX_CONTINUES : 0);
            bytes += moreLengths[i];
        }
        sentBytes += bytes;
        unitsToSend = true;
        unitExtra += frames - 1 - behind;
        cut(frames);
        if (toSend.isFull() || sentBytes >= BURST_BYTES) {
            transmit();
        }
    }

    /** Sends the {@code length} bytes of the allocated frame to a neighbour, or keeps a copy until it has answered. */
    public void send(final Neighbour to, final int length, final int flags) {
        if (to.usable) {
            to.used = true;
            transmit(to.mac, to.type, length, flags);
        } else {
            final long packet = pendingFrame + HEADER;
            pending = false;
            final long handle = pendingHandle;
            final NicQueue from = queue;
            to.resolution.hold(to, packet, length, flags);
            from.free(handle);
        }
    }

    void transmit(final long to, final int type, final int length, final int flags) {
        final long frame = pendingFrame;
        pending = false;
        header(frame, to, type);
        append(length + HEADER, flags);
    }

    private void header(final long frame, final long to, final int type) {
        Memory.putLongBE(frame, to << 16 | mac >>> 32);
        Memory.putIntBE(frame + 8, (int) mac);
        Memory.putShortBE(frame + 12, type);
    }

    private void append(final int bytes, final int flags) {
        if (tap != null) {
            tap.ethernet(environment.clock().nanoTime(), pendingFrame, bytes);
        }
        toSend.add(pendingHandle, pendingFrame, bytes, flags);
        sentBytes += bytes;
        if (toSend.isFull() || sentBytes >= BURST_BYTES) {
            transmit();
        }
    }

    /** The header before a packet to a neighbour that is usable. @return where it begins */
    public long writeHeader(final Neighbour to, final long packet) {
        final long frame = packet - HEADER;
        to.used = true;
        header(frame, to.mac, to.type);
        return frame;
    }

    /** Sends the {@code length} bytes behind the Ethernet header of the allocated frame, whose header is in place. */
    public void sendComplete(final int length, final int flags) {
        pending = false;
        append(length + HEADER, flags);
    }

    /** Counts a unit that was cut into {@code frames} frames. */
    public void cut(final int frames) {
        counters().increment(TSO_UNITS);
        counters().add(TSO_FRAMES, frames);
    }

    /** Sends a packet that waited. */
    void sendCopy(final Neighbour to, final long packet, final int length, final int flags) {
        final long at = allocate(length);
        if (at != 0) {
            Memory.copy(packet, at, length);
            send(to, length, flags);
        }
    }

    /** Hands what collected to the driver. @return frames accepted */
    public int transmit() {
        final int count = toSend.size();
        if (count == 0) {
            return 0;
        }
        final int accepted = queue.transmit(toSend);
        if (queue.failed()) {
            for (int i = 0; i < count; i++) {
                drop(DropReason.INTERFACE_DOWN);
            }
            sentBytes = 0;
            unitExtra = 0;
            return 0;
        }
        counters().add(TX_PACKETS, count + unitExtra);
        unitExtra = 0;
        counters().add(TX_BYTES, sentBytes);
        sentBytes = 0;
        if (unitsToSend) {
            unitsToSend = false;
            if (queue.refused() != refused) {
                refused = queue.refused();
                unitFrames = 0;
            }
        }
        return accepted;
    }

    void unreachable(final long packet, final int length) {
        receiver.unreachable(this, packet, length);
    }

    // --- neighbours

    /** The neighbour for a next hop on this link, not a group. */
    public Neighbour neighbour(final long high, final long low) {
        return IpAddress.isV4(high, low) ? arp.lookup(high, low) : nd.lookup(high, low);
    }

    /** Everyone on the link. */
    public Neighbour broadcast() {
        return broadcast;
    }

    /** Everyone who listens to an IPv4 multicast group (RFC 1112 §6.4). On control paths: makes an object. */
    public Neighbour multicast(final int group) {
        return Neighbour.permanent(TYPE_IPV4, 0x0100_5e00_0000L | group & 0x7f_ffff);
    }

    /** The kernel found a neighbour that this interface asked for, or one that moved. */
    public void learned(final long high, final long low, final long station) {
        if (IpAddress.isV4(high, low)) {
            arp.learned(high, low, station);
        } else {
            nd.learned(high, low, station);
        }
    }

    /** The kernel found that a neighbour does not answer. */
    public void failed(final long high, final long low) {
        if (IpAddress.isV4(high, low)) {
            arp.failed(high, low);
        } else {
            nd.failed(high, low);
        }
    }

    /** The kernel has forgotten a neighbour, or asks anew. One that still waits for its first answer goes on waiting. */
    public void lost(final long high, final long low) {
        if (IpAddress.isV4(high, low)) {
            arp.lost(high, low);
        } else {
            nd.lost(high, low);
        }
    }

    /** Tells the link where an address of ours is now. */
    public void announce(final int address) {
        if (queue != null && asker == null) {
            arp.announce(address);
        }
    }

    /** Forgets a neighbour. @return whether it was known */
    public boolean forget(final long high, final long low) {
        return IpAddress.isV4(high, low) ? arp.forget(high, low) : nd.forget(high, low);
    }

    public List<StackAdmin.NeighbourView> neighbours() {
        final List<StackAdmin.NeighbourView> views = arp.views();
        views.addAll(nd.views());
        return views;
    }

    boolean hasAddress(final int address) {
        for (int i = 0; i < addresses().size(); i++) {
            final IpPrefix own = addresses().get(i);
            if (own.address().isV4() && own.address().v4Bits() == address) {
                return true;
            }
        }
        return false;
    }

    /** Whether {@code address} lies in a network of this interface and names one station. */
    boolean onLink(final int address) {
        return sourceFor(address) != 0 && address != -1 && address >>> 28 != 0xe;
    }

    /** The own address in the same network as {@code address}, or 0. */
    int sourceFor(final int address) {
        for (int i = 0; i < addresses().size(); i++) {
            final IpPrefix own = addresses().get(i);
            if (own.address().isV4() && sameNetwork(own, address)) {
                return own.address().v4Bits();
            }
        }
        return 0;
    }

    /** The own address that asks for {@code address}: one of its network, else the first; 0 if there is none. */
    int asker(final int address) {
        final int near = sourceFor(address);
        if (near != 0) {
            return near;
        }
        for (final IpPrefix own : addresses()) {
            if (own.address().isV4()) {
                return own.address().v4Bits();
            }
        }
        return 0;
    }

    private static boolean sameNetwork(final IpPrefix own, final int address) {
        return own.length() == 0 || (own.address().v4Bits() ^ address) >>> (32 - own.length()) == 0;
    }
}
