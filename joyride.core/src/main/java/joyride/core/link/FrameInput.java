package joyride.core.link;

import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;

/** Frames that arrive at an Ethernet interface: told apart by station and EtherType, merged where they can be, and sent up. */
final class FrameInput {
    private static final long GROUP = 1L << 40;

    private final EthernetInterface link;
    private final EthernetInterface.Receiver receiver;
    private final Arp arp;
    private final LargeReceive large;
    private final int[] types = new int[PacketBatch.BURST];
    private PacketBatch received = new PacketBatch(PacketBatch.BURST);
    private GuardedQueue[] queues = {};
    private long mac;
    private boolean merge = true;

    FrameInput(final EthernetInterface link, final EthernetInterface.Receiver receiver, final Arp arp) {
        this.link = link;
        this.receiver = receiver;
        this.arp = arp;
        large = new LargeReceive(link.environment.kernels(), this::merged);
    }

    GuardedQueue[] queues() {
        return queues;
    }

    /** The queues to poll from now on. */
    void attach(final GuardedQueue[] from) {
        queues = from;
    }

    /** Takes frames for {@code station}, in bursts of at most {@code burst}. */
    void plan(final long station, final int burst) {
        mac = station;
        if (burst != received.capacity()) {
            received = new PacketBatch(burst);
        }
    }

    /** Whether consecutive segments of a burst go up as one. */
    void merge(final boolean wanted) {
        merge = wanted;
    }

    boolean merges() {
        return merge;
    }

    int poll() {
        final GuardedQueue[] from = queues;
        int all = 0;
        // A capture looks at payload too.
        received.takeBodies(link.tap == null);
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

    void input(final PacketBatch batch) {
        final int count = batch.size();
        long bytes = 0;
        for (int from = 0; from < count; from += types.length) {
            final int to = Math.min(count, from + types.length);
            // One pass touches every frame's first line, so that the misses overlap instead of following each other.
            for (int i = from; i < to; i++) {
                types[i - from] = batch.length(i) < EthernetInterface.HEADER
                        ? -1
                        : Memory.getUnsignedShortBE(batch.address(i) + 12);
            }
            final boolean several = merge && to - from > 1;
            for (int i = from; i < to; i++) {
                bytes += batch.length(i);
                frame(batch.address(i), batch.length(i), types[i - from], batch.flags(i), several, batch.body(i));
            }
            if (several) {
                flush();
            }
        }
        link.counters().add(LinkInterface.RX_PACKETS, count);
        link.counters().add(LinkInterface.RX_BYTES, bytes);
    }

    /** Sends up what large receive has of this burst. */
    private void flush() {
        large.flush();
        final long units = large.takeUnits();
        if (units > 0) {
            link.counters().add(LinkInterface.LRO_UNITS, units);
            link.counters().add(LinkInterface.LRO_FRAMES, large.takeFrames());
        }
    }

    private void merged(final MergedFrames unit) {
        if (unit.count() > 1) {
            receiver.merged(link, unit.network, unit);
            return;
        }
        final int offloads = unit.offloads | Offload.RX_CHECKSUM_GOOD;
        if (unit.type == EthernetInterface.TYPE_IPV4) {
            receiver.ipv4(link, unit.network, unit.networkLength, offloads, false, unit.body(0));
        } else {
            receiver.ipv6(link, unit.network, unit.networkLength, offloads, false, unit.body(0));
        }
    }

    private void frame(
            final long at, final int length, final int type, final int flags, final boolean several, final long body) {
        if (link.tap != null) {
            link.tap.ethernet(link.environment.clock().nanoTime(), at, length);
        }
        if (type < 0) {
            link.drop(DropReason.ETHERNET_SHORT);
            return;
        }
        final long to = Memory.getLongBE(at) >>> 16;
        final boolean group = (to & GROUP) != 0;
        if (several && to == mac && large.take(at, length, type, flags, body)) {
            return;
        }
        final long packet = at + EthernetInterface.HEADER;
        final int size = length - EthernetInterface.HEADER;
        if (to != mac && !group) {
            link.drop(DropReason.ETHERNET_NOT_MINE);
        } else if (type == EthernetInterface.TYPE_IPV4) {
            receiver.ipv4(link, packet, size, flags, group, body);
        } else if (type == EthernetInterface.TYPE_IPV6) {
            receiver.ipv6(link, packet, size, flags, group, body);
        } else if (type == Arp.TYPE) {
            arp.input(packet, size);
        } else {
            link.drop(DropReason.ETHERNET_TYPE);
        }
    }
}
