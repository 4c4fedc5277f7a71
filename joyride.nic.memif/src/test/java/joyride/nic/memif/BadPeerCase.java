package joyride.nic.memif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;
import joyride.api.memory.Memory;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.PacketBatch;
import joyride.linux.Descriptors;
import joyride.linux.EventDescriptor;
import joyride.linux.Mappings;
import joyride.linux.Messages;
import joyride.linux.Poll;
import joyride.linux.UnixSockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A client made by hand, up to a link whose memory it may fill as it likes; at the end the server serves another one. */
abstract class BadPeerCase {
    static final int BODY = MemifProtocol.BODY;
    static final int SIZE = 1 << 16;
    static final int RING = 8;
    static final int LOG2 = 3;
    static final int TO_CLIENT = 4096;
    static final int BUFFERS = 8192;
    static final int BUFFER = 2048;

    final Path directory = Pair.directory();
    final Path socket = directory.resolve("socket");
    final Arena arena = Arena.ofConfined();
    final long message = arena.allocate(MemifProtocol.MESSAGE, 8).address();
    final Messages messages = new Messages();
    final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
    final int event = EventDescriptor.open();
    NicPort server;
    int fd;
    int memory = -1;
    long base;

    /** That units may pass, and how large its buffers are. */
    boolean says;

    int saidBuffer = BUFFER;

    @BeforeEach
    void connect() throws NicException {
        server = Pair.open(socket, "server", 1500, Map.of("secret", "s"));
        fd = UnixSockets.connect(socket.toString());
        assertEquals(MemifProtocol.HELLO, answer());
    }

    @AfterEach
    void close() throws NicException {
        Descriptors.close(fd);
        // Whatever came before, the next client is served.
        try (NicPort client = Pair.open(socket, "client", 1500, Map.of("secret", "s"))) {
            Pair.await("a link", () -> server.queue(0).receive(batch) == 0 && client.linkUp() && server.linkUp());
        }
        server.close();
        Descriptors.close(event);
        if (memory >= 0) {
            Mappings.unmap(base, SIZE);
            Descriptors.close(memory);
        }
        messages.close();
        arena.close();
        Pair.delete(directory);
    }

    final int answer() {
        assertEquals(1, Poll.await(fd, Poll.IN, 10_000));
        final int length = messages.receive(fd, message, MemifProtocol.MESSAGE);
        return length == MemifProtocol.MESSAGE ? Memory.getShort(message) : -1;
    }

    final void refused(final String why) {
        told(why);
        assertFalse(server.linkUp());
    }

    /** What the server says of the link that it ends, and its log with it. */
    final void told(final String why) {
        assertEquals(MemifProtocol.DISCONNECT, answer());
        final String said = MemifProtocol.text(message + BODY + 4, MemifProtocol.REASON);
        assertTrue(said.contains(why), said);
    }

    final void begin(final int type) {
        Memory.zero(message, MemifProtocol.MESSAGE);
        Memory.putShort(message, type);
    }

    final void send(final int descriptor) {
        assertEquals(MemifProtocol.MESSAGE, messages.send(fd, message, MemifProtocol.MESSAGE, descriptor, -1));
    }

    final void init(final int version, final int id, final int mode, final String secret) {
        begin(MemifProtocol.INIT);
        Memory.putShort(message + BODY, version);
        Memory.putInt(message + BODY + 2, id);
        Memory.putByte(message + BODY + 6, mode);
        MemifProtocol.putText(message + BODY + 7, secret, MemifProtocol.SECRET);
        MemifProtocol.putText(message + BODY + 31, "bad", MemifProtocol.NAME);
        if (says) {
            Memory.putLongBE(message + MemifProtocol.EXTENSION, MemifProtocol.EXTENSION_MAGIC);
            Memory.putInt(message + MemifProtocol.EXTENSION_FEATURES, MemifProtocol.OFFLOAD);
            Memory.putInt(message + MemifProtocol.EXTENSION_BUFFER, saidBuffer);
        }
        send(-1);
    }

    final void greeted() {
        init(MemifProtocol.VERSION, 0, MemifProtocol.ETHERNET, "s");
        assertEquals(MemifProtocol.ACK, answer());
    }

    final void region(final int index, final long size, final int descriptor) {
        begin(MemifProtocol.ADD_REGION);
        Memory.putShort(message + BODY, index);
        Memory.putLong(message + BODY + 2, size);
        send(descriptor);
    }

    final void ring(final int flags, final int region, final int offset, final int log2, final int descriptor) {
        begin(MemifProtocol.ADD_RING);
        Memory.putShort(message + BODY, flags);
        Memory.putShort(message + BODY + 4, region);
        Memory.putInt(message + BODY + 6, offset);
        Memory.putByte(message + BODY + 10, log2);
        send(descriptor);
    }

    /** Up to memory with two rings, of which the server has not been told. */
    final void mapped() {
        greeted();
        memory = Mappings.sealedFile("bad", SIZE);
        base = Mappings.share(memory, SIZE);
        Memory.putInt(base, MemifProtocol.COOKIE);
        Memory.putInt(base + TO_CLIENT, MemifProtocol.COOKIE);
        region(0, SIZE, memory);
        assertEquals(MemifProtocol.ACK, answer());
    }

    final void linked() {
        mapped();
        ring(MemifProtocol.CLIENT_TO_SERVER, 0, 0, LOG2, event);
        assertEquals(MemifProtocol.ACK, answer());
        ring(0, 0, TO_CLIENT, LOG2, event);
        assertEquals(MemifProtocol.ACK, answer());
        begin(MemifProtocol.CONNECT);
        send(-1);
        assertEquals(MemifProtocol.CONNECTED, answer());
        Pair.await("a link", server::linkUp);
        assertEquals(0, server.queue(0).receive(batch));
    }

    /** Where it lies. */
    final long descriptor(final int ring, final int slot) {
        return base + ring + MemifProtocol.RING_DESCRIPTORS + slot * (long) MemifProtocol.DESCRIPTOR;
    }

    final void descriptor(
            final int ring, final int slot, final int flags, final int region, final int length, final int offset) {
        final long at = descriptor(ring, slot);
        Memory.putShort(at, flags);
        Memory.putShort(at + MemifProtocol.DESCRIPTOR_REGION, region);
        Memory.putInt(at + MemifProtocol.DESCRIPTOR_LENGTH, length);
        Memory.putInt(at + MemifProtocol.DESCRIPTOR_OFFSET, offset);
    }

    final void head(final int ring, final int position) {
        Memory.fullFence();
        Memory.putShort(base + ring + MemifProtocol.RING_HEAD, position);
    }

    final long dropped() {
        return server.statistics().entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("rx dropped"))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }
}
