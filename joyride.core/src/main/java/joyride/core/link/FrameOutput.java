package joyride.core.link;

import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;

/**
 * Frames that leave by an Ethernet interface: made in the driver's memory one packet at a time, and collected in a batch that goes to
 * the driver when it is full and at the end of the turn. A unit that the port is to cut is one packet of several frames.
 */
public final class FrameOutput {
    /** Bytes of a burst: what stays in a core's cache until whoever comes next has read it. */
    static final int BURST_BYTES = 256 << 10;

    private static final int HEADER = EthernetInterface.HEADER;
    /** What a port must do that is to cut segments. */
    private static final int SEGMENTS =
            Offload.TX_TCP_SEGMENTATION | Offload.TX_TRANSPORT_CHECKSUM | Offload.TX_IPV4_CHECKSUM;

    private final EthernetInterface link;
    private final PacketBatch toSend = new PacketBatch(PacketBatch.BURST);

    /** Null: there is no port. */
    private GuardedQueue queue;

    private long mac;
    private boolean segmentation = true;

    private boolean pending;
    private long pendingHandle;
    private long pendingFrame;

    /** Frames of the packet in hand behind the first. */
    private final long[] moreHandles = new long[PacketBatch.BURST];

    private final long[] moreAddresses = new long[PacketBatch.BURST];
    private final int[] moreLengths = new int[PacketBatch.BURST];
    private int more;

    /** Most frames of a unit that the port cuts; 0: it cuts none. */
    private int unitFrames;

    private int unitLimit;

    /** The port cuts units of IPv6 too. */
    private boolean unitsOfSix;

    /** The batch has units that the port is to cut. */
    private boolean unitsToSend;

    /** Frames more than entries in the batch: units that the port cuts. */
    private int unitExtra;

    /** There was no frame when one was asked for last. */
    private boolean full;

    /** What the port has refused. */
    private long refused;

    private long sentBytes;

    FrameOutput(final EthernetInterface link) {
        this.link = link;
    }

    /** Frames go to {@code to} from now on; null: there is no port. Nothing is in hand or in the batch. */
    void attach(final GuardedQueue to) {
        queue = to;
        full = false;
        if (to == null) {
            unitFrames = 0;
        }
    }

    /** Takes over what the attached port says of itself: frames come from {@code station}, and packets are of {@code mtu} bytes at most. */
    void plan(final NicPort port, final long station, final int mtu) {
        mac = station;
        refused = queue.refused();
        unitLimit = port.segmentationLimit();
        final int offloads = port.offloads();
        unitsOfSix = (offloads & Offload.TX_TCP6_SEGMENTATION) != 0;
        if ((offloads & SEGMENTS) != SEGMENTS || port.segmentationMtu() < mtu) {
            unitFrames = 0;
        } else {
            unitFrames =
                    (offloads & Offload.TX_CONTINUES) == 0 ? 1 : Math.min(port.segmentationPieces(), PacketBatch.BURST);
        }
    }

    /** Whether TCP may give larger segments than the MTU. */
    void segmentation(final boolean wanted) {
        segmentation = wanted;
    }

    boolean segments() {
        return segmentation;
    }

    int largestUnit() {
        return !segmentation
                ? 0
                : unitFrames > 0 ? Math.min(MergedFrames.MOST_BYTES, unitLimit) : MergedFrames.MOST_BYTES;
    }

    /** The driver threw: what is in hand has no frame any more. */
    void failed() {
        pending = false;
        more = 0;
    }

    /**
     * Room for {@code length} bytes behind an Ethernet header, at most the MTU; 0, counted, if there is none. One at a time: what
     * was allocated before and neither sent nor cancelled is freed.
     */
    public long allocate(final int length) {
        cancel();
        if (queue == null || queue.failed()) {
            link.drop(DropReason.INTERFACE_DOWN);
            return 0;
        }
        if (length + HEADER > queue.frameSize()) {
            link.drop(DropReason.IP_TOO_BIG);
            return 0;
        }
        final long handle = queue.allocate();
        if (handle == 0) {
            full = true;
            link.drop(DropReason.NO_FRAME);
            return 0;
        }
        pending = true;
        pendingHandle = handle;
        pendingFrame = queue.address(handle);
        if (pendingFrame == 0) {
            pending = false;
            link.drop(DropReason.INTERFACE_DOWN);
            return 0;
        }
        return pendingFrame + HEADER;
    }

    /**
     * Whether whoever found no frame shall try again: there are as many as a unit takes, or there is no port to have any. Counts nothing; whoever
     * tried a frame at a time would have the port send small pieces.
     */
    public boolean hasRoom() {
        if (!full || queue == null || queue.failed()) {
            return true;
        }
        cancel();
        final int wanted = Math.max(unitFrames, 1);
        int there = 0;
        while (there < wanted && (moreHandles[there] = queue.allocate()) != 0) {
            there++;
        }
        full = there < wanted;
        while (there > 0) {
            queue.free(moreHandles[--there]);
        }
        return !full;
    }

    /** Gives the allocated frame back unsent. */
    public void cancel() {
        if (pending) {
            pending = false;
            while (more > 0) {
                queue.free(moreHandles[--more]);
            }
            queue.free(pendingHandle);
        }
    }

    /**
     * Whether units go to the port whole now: not while packets are captured, which are what is on the wire, nor once it has refused one.
     *
     * @param six of IPv6
     */
    public boolean takesUnits(final boolean six) {
        return unitFrames > 0 && segmentation && (unitsOfSix || !six) && link.tap == null && !queue.failed();
    }

    /** The most frames of a unit that the port cuts. */
    public int unitFrames() {
        return unitFrames;
    }

    /** Bytes of a frame to send; there is a port. */
    public int frameSize() {
        return queue.frameSize();
    }

    /** Another frame for the packet in hand, which stays. @return where its {@code length} bytes go; 0: there is none */
    public long extend(final int length) {
        final long handle = queue.allocate();
        final long address = handle == 0 ? 0 : queue.address(handle);
        if (address == 0) {
            full = true;
            return 0;
        }
        moreHandles[more] = handle;
        moreAddresses[more] = address;
        moreLengths[more++] = length;
        return address;
    }

    /** Takes bytes off the end of the packet in hand, as far as they lie behind its first frame. @return how many are left to take off there; -1: the driver threw */
    public int trim(final int bytes) {
        if (!pending) {
            return -1;
        }
        int left = bytes;
        while (left > 0 && more > 0) {
            final int last = more - 1;
            if (moreLengths[last] > left) {
                moreLengths[last] -= left;
                return 0;
            }
            left -= moreLengths[last];
            more = last;
            queue.free(moreHandles[last]);
        }
        return left;
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
        if (link.tap != null) {
            link.tap.ethernet(link.environment.clock().nanoTime(), pendingFrame, bytes);
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
        link.counters().increment(LinkInterface.TSO_UNITS);
        link.counters().add(LinkInterface.TSO_FRAMES, frames);
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
                link.drop(DropReason.INTERFACE_DOWN);
            }
            sentBytes = 0;
            unitExtra = 0;
            return 0;
        }
        link.counters().add(LinkInterface.TX_PACKETS, count + unitExtra);
        unitExtra = 0;
        link.counters().add(LinkInterface.TX_BYTES, sentBytes);
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
}
