package joyride.nic.afxdp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import joyride.api.memory.Memory;
import joyride.linux.Descriptors;
import joyride.linux.Mappings;
import joyride.linux.NetworkDevice;
import joyride.linux.Sockets;
import joyride.linux.SystemError;

/** An AF_XDP socket on one queue of a device, with its memory registered and its four rings mapped. */
final class XdpSocket implements Doorbell, AutoCloseable {
    private static final int OFFSETS_SIZE = 128;
    private static final int OFFSETS_OF_A_RING = 32;
    private static final int UMEM_REG_SIZE = 32;
    private static final int ADDRESS_SIZE = 16;
    private static final int STATISTICS_SIZE = 48;

    /** Enough for all frames of a queue to be on their way, however the kernel counts them. */
    private static final int SEND_BUFFER_OF_A_FRAME = 8192;

    private record Mapping(long address, long size) {}

    private final int descriptor;
    private final Mapping[] mappings = new Mapping[4];
    private final FrameMemory memory;
    private final long[] counters = new long[STATISTICS_SIZE / Long.BYTES];
    private Rings rings;
    private boolean zeroCopy;
    private boolean closed;

    private XdpSocket(final int descriptor, final FrameMemory memory) {
        this.descriptor = descriptor;
        this.memory = memory;
    }

    /** @throws XdpException if this user may not have AF_XDP sockets, or the kernel has none */
    static void probe() throws XdpException {
        final int descriptor = Sockets.socket(Sockets.AF_XDP, Sockets.SOCK_RAW | Sockets.SOCK_CLOEXEC, 0);
        if (descriptor < 0) {
            throw Failures.socket(-descriptor);
        }
        Descriptors.close(descriptor);
    }

    /**
     * Makes a socket with its rings, the fill ring full; to be bound.
     *
     * @param memory goes with the socket, also after a failure
     */
    static XdpSocket prepare(final FrameMemory memory, final AfXdpSettings settings) throws XdpException {
        final int descriptor = Sockets.socket(Sockets.AF_XDP, Sockets.SOCK_RAW | Sockets.SOCK_CLOEXEC, 0);
        if (descriptor < 0) {
            memory.unmap();
            throw Failures.socket(-descriptor);
        }
        final XdpSocket socket = new XdpSocket(descriptor, memory);
        boolean made = false;
        try (Arena arena = Arena.ofConfined()) {
            socket.register(arena);
            socket.makeRings(arena);
            socket.fillAll();
            socket.tune(settings);
            made = true;
            return socket;
        } finally {
            if (!made) {
                socket.close();
            }
        }
    }

    private void register(final Arena arena) throws XdpException {
        final MemorySegment registration = arena.allocate(UMEM_REG_SIZE, 8);
        registration.set(ValueLayout.JAVA_LONG, 0, memory.base());
        registration.set(ValueLayout.JAVA_LONG, 8, memory.shape().bytes());
        registration.set(ValueLayout.JAVA_INT, 16, memory.shape().chunk());
        final int failed =
                Sockets.setOption(descriptor, Xdp.SOL_XDP, Xdp.UMEM_REG, registration.address(), UMEM_REG_SIZE);
        if (failed < 0) {
            throw Failures.memory(memory.shape().bytes(), -failed);
        }
    }

    private void makeRings(final Arena arena) throws XdpException {
        final FrameShape shape = memory.shape();
        final int sent = shape.transmitEntries();
        size(Xdp.UMEM_FILL_RING, shape.receiveFrames());
        size(Xdp.UMEM_COMPLETION_RING, sent);
        size(Xdp.RX_RING, shape.receiveFrames());
        size(Xdp.TX_RING, sent);
        final MemorySegment offsets = arena.allocate(OFFSETS_SIZE, 8);
        final int room = Sockets.option(descriptor, Xdp.SOL_XDP, Xdp.MMAP_OFFSETS, offsets.address(), OFFSETS_SIZE);
        if (room != OFFSETS_SIZE) {
            throw new XdpException("this kernel's AF_XDP is too old; it needs Linux 5.10 or newer", Errno.EOPNOTSUPP);
        }
        final ConsumerRing receive = new ConsumerRing(
                map(0, offsets, Xdp.RX_RING_AT, shape.receiveFrames(), Xdp.DESCRIPTOR_SHIFT),
                shape.receiveFrames(),
                Xdp.DESCRIPTOR_SHIFT);
        final ProducerRing transmit = new ProducerRing(
                map(1, offsets, Xdp.TX_RING_AT, sent, Xdp.DESCRIPTOR_SHIFT), sent, Xdp.DESCRIPTOR_SHIFT);
        final ProducerRing fill = new ProducerRing(
                map(2, offsets, Xdp.FILL_RING_AT, shape.receiveFrames(), Xdp.ADDRESS_SHIFT),
                shape.receiveFrames(),
                Xdp.ADDRESS_SHIFT);
        final ConsumerRing completion = new ConsumerRing(
                map(3, offsets, Xdp.COMPLETION_RING_AT, sent, Xdp.ADDRESS_SHIFT), sent, Xdp.ADDRESS_SHIFT);
        rings = new Rings(fill, receive, transmit, completion);
    }

    private void size(final int ring, final int entries) throws XdpException {
        check("ring of " + entries + " entries", Sockets.setOption(descriptor, Xdp.SOL_XDP, ring, entries));
    }

    /** Maps ring {@code index}, in the kernel's order: receive, transmit, fill, completion. */
    private RingPlace map(
            final int index, final MemorySegment offsets, final long at, final int entries, final int shift)
            throws XdpException {
        final long base = (long) index * OFFSETS_OF_A_RING;
        final long producer = offsets.get(ValueLayout.JAVA_LONG, base);
        final long consumer = offsets.get(ValueLayout.JAVA_LONG, base + 8);
        final long first = offsets.get(ValueLayout.JAVA_LONG, base + 16);
        final long flags = offsets.get(ValueLayout.JAVA_LONG, base + 24);
        final long size = first + ((long) entries << shift);
        final long address = Mappings.map(
                0,
                size,
                Mappings.PROT_READ | Mappings.PROT_WRITE,
                Mappings.MAP_SHARED | Mappings.MAP_POPULATE,
                descriptor,
                at);
        if (address < 0 && address > -4096) {
            throw new XdpException("map a ring: " + SystemError.text((int) -address), (int) -address);
        }
        mappings[index] = new Mapping(address, size);
        return new RingPlace(address + producer, address + consumer, address + flags, address + first);
    }

    /** Gives the kernel all chunks to receive into. */
    private void fillAll() {
        final FrameShape shape = memory.shape();
        for (int i = 0; i < shape.receiveFrames(); i++) {
            Memory.putLong(rings.fill().entry(i), (long) i * shape.chunk());
        }
        rings.fill().publish(shape.receiveFrames());
    }

    /** What helps but is not needed: older kernels do not know all of it. */
    private void tune(final AfXdpSettings settings) throws XdpException {
        final int slots = memory.shape().transmitSlots();
        final int buffer = Math.min(slots, Integer.MAX_VALUE / 2 / SEND_BUFFER_OF_A_FRAME) * SEND_BUFFER_OF_A_FRAME;
        if (Sockets.setOption(descriptor, Sockets.SOL_SOCKET, Xdp.SO_SNDBUFFORCE, buffer) < 0) {
            Sockets.setOption(descriptor, Sockets.SOL_SOCKET, Sockets.SO_SNDBUF, buffer);
        }
        Sockets.setOption(descriptor, Xdp.SOL_XDP, Xdp.MAX_TX_SKB_BUDGET, slots);
        if (settings.busyPoll()) {
            final String what = "busy polling of " + settings.busyPollMicros() + " us, which needs Linux 5.11";
            check(what, Sockets.setOption(descriptor, Sockets.SOL_SOCKET, Xdp.SO_PREFER_BUSY_POLL, 1));
            check(what, Sockets.setOption(descriptor, Sockets.SOL_SOCKET, Xdp.SO_BUSY_POLL, settings.busyPollMicros()));
            check(
                    what,
                    Sockets.setOption(
                            descriptor, Sockets.SOL_SOCKET, Xdp.SO_BUSY_POLL_BUDGET, settings.busyPollBudget()));
        }
    }

    /** Binds to a queue; after a failure it may be tried again with other flags. */
    void bind(final NetworkDevice device, final int queue, final int flags) throws XdpException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment address = arena.allocate(ADDRESS_SIZE, 4);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) Sockets.AF_XDP);
            address.set(ValueLayout.JAVA_SHORT, 2, (short) flags);
            address.set(ValueLayout.JAVA_INT, 4, device.index());
            address.set(ValueLayout.JAVA_INT, 8, queue);
            final int failed = Sockets.bind(descriptor, address.address(), ADDRESS_SIZE);
            if (failed < 0) {
                throw Failures.bind(device.name(), queue, -failed);
            }
            final MemorySegment options = arena.allocate(ValueLayout.JAVA_INT);
            final int length = Sockets.option(descriptor, Xdp.SOL_XDP, Xdp.OPTIONS, options.address(), Integer.BYTES);
            zeroCopy = length == Integer.BYTES && (options.get(ValueLayout.JAVA_INT, 0) & Xdp.OPTION_ZEROCOPY) != 0;
        }
    }

    private static void check(final String what, final int result) throws XdpException {
        if (result < 0) {
            throw new XdpException(what + ": " + SystemError.text(-result), -result);
        }
    }

    @Override
    public int transmit() {
        return Sockets.send(descriptor, 0, 0);
    }

    @Override
    public void receive() {
        Sockets.receive(descriptor, 0, 0);
    }

    @Override
    public int descriptor() {
        return descriptor;
    }

    FrameMemory memory() {
        return memory;
    }

    Rings rings() {
        return rings;
    }

    boolean zeroCopy() {
        return zeroCopy;
    }

    /** The kernel's counters, by the order of {@code struct xdp_statistics}; once closed, the last. Configuration threads. */
    synchronized long[] statistics() {
        if (!closed) {
            try (Arena arena = Arena.ofConfined()) {
                final MemorySegment room = arena.allocate(STATISTICS_SIZE, 8);
                Sockets.option(descriptor, Xdp.SOL_XDP, Xdp.STATISTICS, room.address(), STATISTICS_SIZE);
                for (int i = 0; i < counters.length; i++) {
                    counters[i] = room.get(ValueLayout.JAVA_LONG, (long) i * Long.BYTES);
                }
            }
        }
        return counters.clone();
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        statistics();
        closed = true;
        Descriptors.close(descriptor);
        for (final Mapping mapping : mappings) {
            if (mapping != null) {
                Mappings.unmap(mapping.address(), mapping.size());
            }
        }
        memory.unmap();
    }
}
