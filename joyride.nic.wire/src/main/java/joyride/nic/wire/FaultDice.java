package joyride.nic.wire;

import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.time.RandomSource;

/** Decides, from one random source, what befalls each frame of a direction. Of one thread. */
public final class FaultDice {
    private static final int ETHERNET_HEADER = 14;
    private static final int TYPE_OFFSET = 12;
    private static final int TYPE_IPV4 = 0x0800;
    private static final int IPV4_HEADER = 20;
    private static final int IPV4_CHECKSUM = 10;
    private static final int TYPE_IPV6 = 0x86dd;
    private static final int IPV6_HEADER = 40;
    private static final int IPV6_MARK = 0x30;
    private static final int TCP = 6;
    private static final int CONGESTION_EXPERIENCED = 3;
    private static final long BURST_NANOS = 50_000_000L;

    private final Faults faults;
    private final RandomSource random;
    private boolean losing;
    private long lastFrame;
    private long lineFree;
    private long lastDue = Long.MIN_VALUE;

    /** @param random decides: the same numbers, the same faults */
    public FaultDice(final Faults faults, final RandomSource random) {
        this.faults = faults;
        this.random = random;
    }

    public Faults faults() {
        return faults;
    }

    /**
     * Losses by Gilbert's model: a good and a bad state, left with probabilities that give the mean rate and burst. A pause ends a
     * burst, so that it does not meet one retransmission after the other for minutes.
     */
    public boolean loses(final long now) {
        if (faults.loss() == 0) {
            return false;
        }
        if (faults.burst() <= 1) {
            return hit(faults.loss());
        }
        if (now - lastFrame > BURST_NANOS) {
            losing = false;
        }
        lastFrame = now;
        final double leave = 1.0 / faults.burst();
        losing = losing ? !hit(leave) : hit(Math.min(1, leave * faults.loss() / (1 - faults.loss())));
        return losing;
    }

    /** Flips one bit if the dice say so: of an IPv6 packet only in its TCP segment, because the header has no checksum. */
    public boolean corrupts(final long address, final int length) {
        if (!hit(faults.corrupt()) || length <= ETHERNET_HEADER) {
            return false;
        }
        final int begin;
        if (Memory.getUnsignedShortBE(address + TYPE_OFFSET) == TYPE_IPV4) {
            begin = ETHERNET_HEADER;
        } else if (isTcp6(address, length)) {
            begin = ETHERNET_HEADER + IPV6_HEADER;
        } else {
            return false;
        }
        final int bit = random.nextInt((length - begin) * 8);
        final long at = address + begin + (bit >>> 3);
        Memory.putByte(at, Memory.getByte(at) ^ 1 << (bit & 7));
        return true;
    }

    private static boolean isTcp6(final long address, final int length) {
        return length > ETHERNET_HEADER + IPV6_HEADER
                && Memory.getUnsignedShortBE(address + TYPE_OFFSET) == TYPE_IPV6
                && Memory.getUnsignedByte(address + ETHERNET_HEADER + 6) == TCP;
    }

    private boolean marks6(final long now, final long ip) {
        final int before = Memory.getUnsignedShortBE(ip);
        final int ecn = before & IPV6_MARK;
        if (ecn == 0 || ecn == IPV6_MARK || !(isLong(now) || hit(faults.mark()))) {
            return false;
        }
        Memory.putShortBE(ip, before | IPV6_MARK);
        return true;
    }

    /** Marks an ECN-capable packet if the dice or the queue say so, and puts its header checksum right (RFC 1624). */
    public boolean marks(final long now, final long address, final int length) {
        final boolean may = faults.mark() > 0 || faults.markAboveBytes() > 0;
        if (may && isTcp6(address, length)) {
            return marks6(now, address + ETHERNET_HEADER);
        }
        if (!may
                || length < ETHERNET_HEADER + IPV4_HEADER
                || Memory.getUnsignedShortBE(address + TYPE_OFFSET) != TYPE_IPV4) {
            return false;
        }
        final long ip = address + ETHERNET_HEADER;
        final int before = Memory.getUnsignedShortBE(ip);
        final int ecn = before & CONGESTION_EXPERIENCED;
        if (ecn == 0 || ecn == CONGESTION_EXPERIENCED || !(isLong(now) || hit(faults.mark()))) {
            return false;
        }
        final int after = before | CONGESTION_EXPERIENCED;
        Memory.putShortBE(ip, after);
        final long sum = (~Memory.getUnsignedShortBE(ip + IPV4_CHECKSUM) & 0xffff) + (~before & 0xffff) + after;
        Memory.putShortBE(ip + IPV4_CHECKSUM, ~Kernels.fold(sum));
        return true;
    }

    /** Whether the frame arrives twice. */
    public boolean duplicates() {
        return hit(faults.duplicate());
    }

    /** Whether the frame is held back while later ones overtake it. */
    public boolean reorders() {
        return faults.reorderNanos() > 0 && hit(faults.reorder());
    }

    /** Whether the frames that wait for the rate leave no room for {@code length} bytes more at {@code now}. */
    public boolean queueFull(final long now, final int length) {
        if (faults.bitsPerSecond() == 0 || faults.queueBytes() == 0 || lineFree <= now) {
            return false;
        }
        return waiting(now) + length > faults.queueBytes();
    }

    /** Bytes that wait for the rate. */
    private double waiting(final long now) {
        return lineFree <= now ? 0 : (lineFree - now) * 1e-9 * faults.bitsPerSecond() / 8;
    }

    private boolean isLong(final long now) {
        return faults.markAboveBytes() > 0 && waiting(now) > faults.markAboveBytes();
    }

    /** When a frame sent at {@code now} arrives; in order, but for one that is held back. */
    public long due(final long now, final int length, final boolean heldBack) {
        long due = now;
        if (faults.bitsPerSecond() > 0) {
            lineFree = Math.max(now, lineFree) + (long) Math.ceil(length * 8e9 / faults.bitsPerSecond());
            due = lineFree;
        }
        due += faults.delayNanos() + upTo(faults.jitterNanos());
        if (heldBack) {
            return Math.max(due, lastDue) + 1 + upTo(faults.reorderNanos());
        }
        lastDue = Math.max(due, lastDue);
        return lastDue;
    }

    private long upTo(final long most) {
        return most == 0 ? 0 : (random.nextLong() >>> 1) % (most + 1);
    }

    private boolean hit(final double probability) {
        return probability > 0 && (random.nextLong() >>> 11) * 0x1p-53 < probability;
    }
}
