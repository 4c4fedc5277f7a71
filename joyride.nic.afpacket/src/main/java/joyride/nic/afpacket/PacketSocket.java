package joyride.nic.afpacket;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import joyride.api.nic.NicException;
import joyride.linux.Descriptors;
import joyride.linux.Mappings;
import joyride.linux.Sockets;
import joyride.linux.bpf.BpfProgram;

/**
 * A raw packet socket on one device with a receive ring in shared memory (TPACKET_V2: a frame is visible the moment it arrives; blocks of
 * TPACKET_V3 are seen a millisecond later at best, measured). Nothing arrives before {@link #bind}.
 */
final class PacketSocket implements AutoCloseable {
    private static final int RING_REQUEST = 16;
    private static final int ADDRESS = 20;
    private static final int BLOCK = 64 * 1024;
    private static final int BUFFER = 8 << 20;
    private static final ValueLayout.OfShort BIG_ENDIAN = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    private final String name;
    private final int descriptor;
    private long ring;
    private long size;

    private PacketSocket(final String name, final int descriptor) {
        this.name = name;
        this.descriptor = descriptor;
    }

    /**
     * Opens one without a device yet.
     *
     * @param name of the interface, for messages
     */
    static PacketSocket open(final String name) throws NicException {
        final int type = Sockets.SOCK_RAW | Sockets.SOCK_NONBLOCK | Sockets.SOCK_CLOEXEC;
        final int descriptor = Sockets.socket(Sockets.AF_PACKET, type, 0);
        if (descriptor < 0) {
            throw Failures.of(name, "packet socket", descriptor);
        }
        return new PacketSocket(name, descriptor);
    }

    /**
     * Makes the receive ring.
     *
     * @param slotSize bytes, a power of two
     * @param slots a power of two
     */
    void ring(final int slotSize, final int slots, final boolean bypass) throws NicException {
        option("TPACKET_V2", Packet.VERSION, Packet.TPACKET_V2);
        option("ignoring what the host sends", Packet.IGNORE_OUTGOING, 1);
        option("copies of frames beyond a slot", Packet.COPY_THRESHOLD, 1);
        if (bypass) {
            option("bypassing the queueing discipline", Packet.QDISC_BYPASS, 1);
        }
        // Beyond the system's limit only with CAP_NET_ADMIN; what is there without serves too.
        Sockets.setOption(descriptor, Sockets.SOL_SOCKET, Sockets.SO_RCVBUFFORCE, BUFFER);
        Sockets.setOption(descriptor, Sockets.SOL_SOCKET, Sockets.SO_SNDBUFFORCE, BUFFER);
        final int block = Math.min(Math.max(BLOCK, slotSize), slotSize * slots);
        size = (long) slotSize * slots;
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment request = arena.allocate(RING_REQUEST, 4);
            request.setAtIndex(ValueLayout.JAVA_INT, 0, block);
            request.setAtIndex(ValueLayout.JAVA_INT, 1, (int) (size / block));
            request.setAtIndex(ValueLayout.JAVA_INT, 2, slotSize);
            request.setAtIndex(ValueLayout.JAVA_INT, 3, slots);
            check(
                    "receive ring of " + slots + " slots of " + slotSize + " bytes",
                    Sockets.setOption(descriptor, Packet.SOL_PACKET, Packet.RX_RING, request.address(), RING_REQUEST));
        }
        final long mapped = Mappings.share(descriptor, size);
        if (mapped < 0) {
            throw Failures.of(name, "mapping of the receive ring", (int) mapped);
        }
        ring = mapped;
    }

    /** Only frames that the program takes arrive. */
    void filter(final BpfProgram program) throws NicException {
        check("filter", Sockets.setOption(descriptor, Sockets.SOL_SOCKET, Sockets.SO_ATTACH_BPF, program.descriptor()));
    }

    /** From now on frames of the device arrive. */
    void bind(final int deviceIndex) throws NicException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment address = arena.allocate(ADDRESS, 4);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) Sockets.AF_PACKET);
            address.set(BIG_ENDIAN, 2, (short) Packet.EVERY_PROTOCOL);
            address.set(ValueLayout.JAVA_INT, 4, deviceIndex);
            check("bind", Sockets.bind(descriptor, address.address(), ADDRESS));
        }
    }

    private void option(final String what, final int option, final int value) throws NicException {
        check(what, Sockets.setOption(descriptor, Packet.SOL_PACKET, option, value));
    }

    private void check(final String what, final int result) throws NicException {
        if (result < 0) {
            throw Failures.of(name, what, result);
        }
    }

    int descriptor() {
        return descriptor;
    }

    /** Where the ring's first slot lies. */
    long ring() {
        return ring;
    }

    /** Frames that found the ring full since the last call. */
    long overflows() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment counts = arena.allocate(2 * Integer.BYTES, 4);
            final int length = Sockets.option(
                    descriptor, Packet.SOL_PACKET, Packet.STATISTICS, counts.address(), 2 * Integer.BYTES);
            return length < 0 ? 0 : Integer.toUnsignedLong(counts.getAtIndex(ValueLayout.JAVA_INT, 1));
        }
    }

    @Override
    public void close() {
        if (ring != 0) {
            Mappings.unmap(ring, size);
            ring = 0;
        }
        Descriptors.close(descriptor);
    }
}
