package joyride.nic.memif;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import joyride.api.memory.Memory;
import joyride.api.nic.NicException;
import joyride.linux.Descriptors;
import joyride.linux.EventDescriptor;
import joyride.linux.Mappings;
import joyride.linux.Messages;
import joyride.linux.SystemError;

/**
 * The messages by which a link is agreed on. The server greets; the client says who it is, passes its memory and rings, and connects; the server says that
 * it is so. Of one thread.
 */
final class Handshake implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Handshake.class.getName());

    private static final int BODY = MemifProtocol.BODY;
    private static final int LINE = 64;
    private static final int PAGE = 4096;
    private static final int MOST_DESCRIPTORS = 8;

    private final int fd;
    private final String name;
    private final MemifSettings settings;
    private final MemifCounts counts;
    private final Arena arena = Arena.ofConfined();
    private final long message = arena.allocate(MemifProtocol.MESSAGE, 8).address();
    private final Messages messages = new Messages();
    private final Regions regions = new Regions();
    private final List<Integer> descriptors = new ArrayList<>();
    private boolean greeted;
    private Ring toServer;
    private Ring toClient;
    private long[] toServerPlaces;
    private long[] toClientPlaces;
    private String peer = "";
    private boolean offload;
    private int peerBuffer;
    private MemifLink link;

    Handshake(final int fd, final String name, final MemifSettings settings, final MemifCounts counts) {
        this.fd = fd;
        this.name = name;
        this.settings = settings;
        this.counts = counts;
    }

    /** What was agreed on; null: nothing yet. It is closed with this. */
    MemifLink link() {
        return link;
    }

    void begin() throws NicException {
        if (!settings.server()) {
            return;
        }
        clear(MemifProtocol.HELLO);
        MemifProtocol.putText(message + BODY, "joyride " + name, MemifProtocol.NAME);
        Memory.putShort(message + BODY + 32, MemifProtocol.VERSION);
        Memory.putShort(message + BODY + 34, MemifProtocol.VERSION);
        Memory.putShort(message + BODY + 36, Regions.MOST - 1);
        // The highest numbers of rings, which begin at 0: one each way.
        Memory.putShort(message + BODY + 38, 0);
        Memory.putShort(message + BODY + 40, 0);
        Memory.putByte(message + BODY + 42, MemifProtocol.MOST_LOG2_RING);
        if (settings.offload()) {
            offer(0);
        }
        send(-1);
    }

    /** Takes one message. @return false: the peer has gone */
    boolean take() throws NicException {
        final int length = messages.receive(fd, message, MemifProtocol.MESSAGE);
        if (length == -11) {
            return true;
        }
        if (length <= 0) {
            return false;
        }
        try {
            if (length != MemifProtocol.MESSAGE || messages.truncated()) {
                throw new NicException("message of " + length + " bytes; memif's have " + MemifProtocol.MESSAGE);
            }
            final int type = Memory.getShort(message) & 0xffff;
            if (type == MemifProtocol.DISCONNECT) {
                LOG.log(
                        System.Logger.Level.INFO,
                        "{0}: the peer ends the memif link: {1}",
                        name,
                        MemifProtocol.text(message + BODY + 4, MemifProtocol.REASON));
                return false;
            }
            if (type != MemifProtocol.ACK) {
                if (settings.server()) {
                    serve(type);
                } else {
                    answer(type);
                }
            }
            return true;
        } finally {
            messages.closeRest();
        }
    }

    // --- as server

    private void serve(final int type) throws NicException {
        if (link != null || !greeted && type != MemifProtocol.INIT) {
            throw new NicException(
                    "message of type " + type + (link == null ? " before the first" : " when connected"));
        }
        switch (type) {
            case MemifProtocol.INIT -> init();
            case MemifProtocol.ADD_REGION -> {
                final int memory = messages.take(0);
                try {
                    regions.add(Memory.getShort(message + BODY) & 0xffff, memory, Memory.getLong(message + BODY + 2));
                } finally {
                    if (memory >= 0) {
                        Descriptors.close(memory);
                    }
                }
            }
            case MemifProtocol.ADD_RING -> addRing();
            case MemifProtocol.CONNECT -> {
                connected();
                return;
            }
            default -> throw new NicException("message of type " + type + " to a server");
        }
        clear(MemifProtocol.ACK);
        send(-1);
    }

    private void init() throws NicException {
        final int version = Memory.getShort(message + BODY) & 0xffff;
        if (version != MemifProtocol.VERSION) {
            throw new NicException("version " + (version >>> 8) + "." + (version & 0xff) + "; 2.0 is spoken here");
        }
        final int id = Memory.getInt(message + BODY + 2);
        if (id != settings.id()) {
            throw new NicException("interface id " + id + "; here is " + settings.id());
        }
        final int mode = Memory.getUnsignedByte(message + BODY + 6);
        if (mode != MemifProtocol.ETHERNET) {
            throw new NicException("mode " + mode + "; only Ethernet (0) is carried");
        }
        if (!MemifProtocol.text(message + BODY + 7, MemifProtocol.SECRET).equals(settings.secret())) {
            throw new NicException("wrong secret");
        }
        peer = MemifProtocol.text(message + BODY + 31, MemifProtocol.NAME);
        offload = isOffered();
        peerBuffer = Memory.getInt(message + MemifProtocol.EXTENSION_BUFFER);
        greeted = true;
    }

    private void addRing() throws NicException {
        final int event = messages.take(0);
        if (event >= 0) {
            descriptors.add(event);
        }
        final boolean up = (Memory.getShort(message + BODY) & MemifProtocol.CLIENT_TO_SERVER) != 0;
        final int index = Memory.getShort(message + BODY + 2) & 0xffff;
        if (index != 0 || descriptors.size() > MOST_DESCRIPTORS) {
            throw new NicException("ring " + index + "; there is ring 0 alone");
        }
        final Ring ring = Ring.of(
                regions,
                Memory.getShort(message + BODY + 4) & 0xffff,
                Memory.getInt(message + BODY + 6),
                Memory.getUnsignedByte(message + BODY + 10),
                event);
        if (Memory.getInt(ring.at()) != MemifProtocol.COOKIE) {
            throw new NicException("ring without memif's cookie");
        }
        if (up) {
            toServer = ring;
        } else {
            toClient = ring;
        }
    }

    private void connected() throws NicException {
        if (toServer == null || toClient == null) {
            throw new NicException("connected without a ring for each direction");
        }
        link = link(toServer, toClient, null, new long[toClient.size()]);
        clear(MemifProtocol.CONNECTED);
        MemifProtocol.putText(message + BODY, name, MemifProtocol.NAME);
        send(-1);
    }

    // --- as client

    private void answer(final int type) throws NicException {
        if (type == MemifProtocol.HELLO && !greeted) {
            greeted = true;
            peer = MemifProtocol.text(message + BODY, MemifProtocol.NAME);
            offload = isOffered();
            final int least = Memory.getShort(message + BODY + 32) & 0xffff;
            final int most = Memory.getShort(message + BODY + 34) & 0xffff;
            if (least > MemifProtocol.VERSION || most < MemifProtocol.VERSION) {
                throw new NicException("the server speaks versions " + (least >>> 8) + "." + (least & 0xff) + " to "
                        + (most >>> 8) + "." + (most & 0xff) + "; 2.0 is spoken here");
            }
            propose(Math.min(
                    Integer.numberOfTrailingZeros(settings.ring()), Memory.getUnsignedByte(message + BODY + 42)));
        } else if (type == MemifProtocol.CONNECTED && toServer != null && link == null) {
            link = link(toClient, toServer, toClientPlaces, toServerPlaces);
        } else {
            throw new NicException("message of type " + type + " to a client");
        }
    }

    /** Makes the memory and tells the server of it. */
    private void propose(final int log2) throws NicException {
        final int size = 1 << log2;
        final int rings = 2 * MemifProtocol.ringBytes(size) + PAGE - 1 & -PAGE;
        // An odd number of lines, so that frames do not compete for the same places in the cache.
        final long stride = (settings.buffer() / LINE | 1L) * LINE;
        final long bytes = rings + 2 * size * stride;
        final int memory = Mappings.sealedFile("memif " + name, bytes);
        if (memory < 0) {
            throw new NicException("no memory of " + bytes + " bytes: " + SystemError.text(-memory));
        }
        descriptors.add(memory);
        regions.map(memory, bytes);
        final long base = regions.resolve(0, 0, 0);
        toServer = ring(base, 0, size);
        toClient = ring(base, MemifProtocol.ringBytes(size), size);
        toServerPlaces = buffers(base, toServer, rings, stride);
        toClientPlaces = buffers(base, toClient, rings + size * stride, stride);
        toClient.head(size);
        clear(MemifProtocol.INIT);
        Memory.putShort(message + BODY, MemifProtocol.VERSION);
        Memory.putInt(message + BODY + 2, settings.id());
        Memory.putByte(message + BODY + 6, MemifProtocol.ETHERNET);
        MemifProtocol.putText(message + BODY + 7, settings.secret(), MemifProtocol.SECRET);
        MemifProtocol.putText(message + BODY + 31, "joyride " + name, MemifProtocol.NAME);
        if (offload) {
            offer(settings.buffer());
        }
        send(-1);
        clear(MemifProtocol.ADD_REGION);
        Memory.putLong(message + BODY + 2, bytes);
        send(memory);
        addRing(MemifProtocol.CLIENT_TO_SERVER, 0, log2, toServer.event());
        addRing(0, MemifProtocol.ringBytes(size), log2, toClient.event());
        clear(MemifProtocol.CONNECT);
        MemifProtocol.putText(message + BODY, name, MemifProtocol.NAME);
        send(-1);
    }

    private Ring ring(final long base, final int offset, final int size) throws NicException {
        final int event = EventDescriptor.open();
        if (event < 0) {
            throw new NicException("no descriptors left: " + SystemError.text(-event));
        }
        descriptors.add(event);
        Memory.putInt(base + offset, MemifProtocol.COOKIE);
        return new Ring(base + offset, size, event);
    }

    private long[] buffers(final long base, final Ring ring, final long offset, final long stride) {
        final long[] places = new long[ring.size()];
        for (int i = 0; i < places.length; i++) {
            final long descriptor = ring.descriptor(i);
            Memory.putInt(descriptor + MemifProtocol.DESCRIPTOR_LENGTH, settings.buffer());
            Memory.putInt(descriptor + MemifProtocol.DESCRIPTOR_OFFSET, (int) (offset + i * stride));
            places[i] = base + offset + i * stride;
        }
        return places;
    }

    private void addRing(final int flags, final int offset, final int log2, final int event) throws NicException {
        clear(MemifProtocol.ADD_RING);
        Memory.putShort(message + BODY, flags);
        Memory.putInt(message + BODY + 6, offset);
        Memory.putByte(message + BODY + 10, log2);
        send(event);
    }

    // --- both

    private MemifLink link(
            final Ring receiving, final Ring sending, final long[] receivePlaces, final long[] sendPlaces) {
        final boolean client = !settings.server();
        final int least = settings.mtu() + MemifSettings.HEADERS;
        final int room = offload
                ? Math.clamp(client ? settings.buffer() : peerBuffer, least, MemifSettings.LARGEST_BUFFER)
                : least;
        return new MemifLink(
                regions,
                new Receiver(receiving, client, regions, receivePlaces, settings.buffer(), offload, counts),
                new Transmitter(sending, client, regions, sendPlaces, room, offload, counts),
                receiving.event(),
                peer);
    }

    /** Says in the message that units may pass. @param buffer bytes of a buffer; 0: not of this end's making */
    private void offer(final int buffer) {
        Memory.putLongBE(message + MemifProtocol.EXTENSION, MemifProtocol.EXTENSION_MAGIC);
        Memory.putInt(message + MemifProtocol.EXTENSION_FEATURES, MemifProtocol.OFFLOAD);
        Memory.putInt(message + MemifProtocol.EXTENSION_BUFFER, buffer);
    }

    /** Whether the message says so, and it is wanted here. */
    private boolean isOffered() {
        return settings.offload()
                && Memory.getLongBE(message + MemifProtocol.EXTENSION) == MemifProtocol.EXTENSION_MAGIC
                && (Memory.getInt(message + MemifProtocol.EXTENSION_FEATURES) & MemifProtocol.OFFLOAD) != 0;
    }

    private void clear(final int type) {
        Memory.zero(message, MemifProtocol.MESSAGE);
        Memory.putShort(message, type);
    }

    private void send(final int descriptor) throws NicException {
        final int sent = messages.send(fd, message, MemifProtocol.MESSAGE, descriptor, -1);
        if (sent < 0) {
            throw new NicException("the peer takes no message: " + SystemError.text(-sent));
        }
    }

    /** Tells the peer why, if it still hears. */
    void disconnect(final String reason) {
        clear(MemifProtocol.DISCONNECT);
        MemifProtocol.putText(message + BODY + 4, reason, MemifProtocol.REASON);
        messages.send(fd, message, MemifProtocol.MESSAGE, -1, -1);
    }

    /** Nobody uses the link any more. */
    @Override
    public void close() {
        regions.close();
        descriptors.forEach(Descriptors::close);
        messages.close();
        arena.close();
    }
}
