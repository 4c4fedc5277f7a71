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
import org.junit.jupiter.api.Test;

/** A client that says and does what it must not, made by hand: the server refuses it, harms nobody, and serves the next. */
class BadPeerTest {
    private static final int BODY = MemifProtocol.BODY;
    private static final int SIZE = 1 << 16;
    private static final int RING = 8;
    private static final int LOG2 = 3;
    private static final int TO_CLIENT = 4096;
    private static final int BUFFERS = 8192;
    private static final int BUFFER = 2048;

    private final Path directory = Pair.directory();
    private final Path socket = directory.resolve("socket");
    private final Arena arena = Arena.ofConfined();
    private final long message = arena.allocate(MemifProtocol.MESSAGE, 8).address();
    private final Messages messages = new Messages();
    private final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
    private final int event = EventDescriptor.open();
    private NicPort server;
    private int fd;
    private int memory = -1;
    private long base;

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

    private int answer() {
        assertEquals(1, Poll.await(fd, Poll.IN, 10_000));
        final int length = messages.receive(fd, message, MemifProtocol.MESSAGE);
        return length == MemifProtocol.MESSAGE ? Memory.getShort(message) : -1;
    }

    private void refused(final String why) {
        assertEquals(MemifProtocol.DISCONNECT, answer());
        final String said = MemifProtocol.text(message + BODY + 4, MemifProtocol.REASON);
        assertTrue(said.contains(why), said);
        assertFalse(server.linkUp());
    }

    private void begin(final int type) {
        Memory.zero(message, MemifProtocol.MESSAGE);
        Memory.putShort(message, type);
    }

    private void send(final int descriptor) {
        assertEquals(MemifProtocol.MESSAGE, messages.send(fd, message, MemifProtocol.MESSAGE, descriptor, -1));
    }

    private void init(final int version, final int id, final int mode, final String secret) {
        begin(MemifProtocol.INIT);
        Memory.putShort(message + BODY, version);
        Memory.putInt(message + BODY + 2, id);
        Memory.putByte(message + BODY + 6, mode);
        MemifProtocol.putText(message + BODY + 7, secret, MemifProtocol.SECRET);
        MemifProtocol.putText(message + BODY + 31, "bad", MemifProtocol.NAME);
        send(-1);
    }

    private void greeted() {
        init(MemifProtocol.VERSION, 0, MemifProtocol.ETHERNET, "s");
        assertEquals(MemifProtocol.ACK, answer());
    }

    private void region(final int index, final long size, final int descriptor) {
        begin(MemifProtocol.ADD_REGION);
        Memory.putShort(message + BODY, index);
        Memory.putLong(message + BODY + 2, size);
        send(descriptor);
    }

    private void ring(final int flags, final int region, final int offset, final int log2, final int descriptor) {
        begin(MemifProtocol.ADD_RING);
        Memory.putShort(message + BODY, flags);
        Memory.putShort(message + BODY + 4, region);
        Memory.putInt(message + BODY + 6, offset);
        Memory.putByte(message + BODY + 10, log2);
        send(descriptor);
    }

    /** Up to memory with two rings, of which the server has not been told. */
    private void mapped() {
        greeted();
        memory = Mappings.sealedFile("bad", SIZE);
        base = Mappings.share(memory, SIZE);
        Memory.putInt(base, MemifProtocol.COOKIE);
        Memory.putInt(base + TO_CLIENT, MemifProtocol.COOKIE);
        region(0, SIZE, memory);
        assertEquals(MemifProtocol.ACK, answer());
    }

    private void linked() {
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

    private void descriptor(
            final int ring, final int slot, final int flags, final int region, final int length, final int offset) {
        final long at = base + ring + MemifProtocol.RING_DESCRIPTORS + slot * (long) MemifProtocol.DESCRIPTOR;
        Memory.putShort(at, flags);
        Memory.putShort(at + MemifProtocol.DESCRIPTOR_REGION, region);
        Memory.putInt(at + MemifProtocol.DESCRIPTOR_LENGTH, length);
        Memory.putInt(at + MemifProtocol.DESCRIPTOR_OFFSET, offset);
    }

    private void head(final int ring, final int position) {
        Memory.fullFence();
        Memory.putShort(base + ring + MemifProtocol.RING_HEAD, position);
    }

    @Test
    void shouldRefuseAnotherVersion() {
        init(1 << 8, 0, MemifProtocol.ETHERNET, "s");
        refused("version 1.0");
    }

    @Test
    void shouldRefuseAnotherInterface() {
        init(MemifProtocol.VERSION, 7, MemifProtocol.ETHERNET, "s");
        refused("interface id 7");
    }

    @Test
    void shouldRefuseAnotherMode() {
        init(MemifProtocol.VERSION, 0, 1, "s");
        refused("mode 1");
    }

    @Test
    void shouldRefuseAWrongSecret() {
        init(MemifProtocol.VERSION, 0, MemifProtocol.ETHERNET, "t");
        refused("wrong secret");
    }

    @Test
    void shouldRefuseWhatComesBeforeTheFirst() {
        begin(MemifProtocol.CONNECT);
        send(-1);
        refused("before the first");
    }

    @Test
    void shouldRefuseAShortMessage() {
        begin(MemifProtocol.INIT);
        assertEquals(20, messages.send(fd, message, 20, -1, -1));
        refused("message of 20 bytes");
    }

    @Test
    void shouldRefuseMemoryThatMayShrink() {
        greeted();
        region(0, 4096, event);
        refused("can be made smaller");
    }

    @Test
    void shouldRefuseMemorySaidToBeLarger() {
        greeted();
        memory = Mappings.sealedFile("bad", SIZE);
        base = Mappings.share(memory, SIZE);
        region(0, 2 * SIZE, memory);
        refused("is said to have");
    }

    @Test
    void shouldRefuseMemoryWithoutADescriptor() {
        greeted();
        region(0, SIZE, -1);
        refused("without a descriptor");
    }

    @Test
    void shouldRefuseMemoryOutOfOrder() {
        greeted();
        region(3, SIZE, event);
        refused("region 3");
    }

    @Test
    void shouldRefuseARingOutsideOfItsMemory() {
        mapped();
        ring(MemifProtocol.CLIENT_TO_SERVER, 0, SIZE - 64, LOG2, event);
        refused("not in its memory");
    }

    @Test
    void shouldRefuseARingInNoMemory() {
        mapped();
        ring(MemifProtocol.CLIENT_TO_SERVER, 9, 0, LOG2, event);
        refused("not in its memory");
    }

    @Test
    void shouldRefuseARingOfNoSize() {
        mapped();
        ring(MemifProtocol.CLIENT_TO_SERVER, 0, 0, 200, event);
        refused("2^200");
    }

    @Test
    void shouldRefuseARingWhoseEventIsAnotherFile() {
        mapped();
        ring(MemifProtocol.CLIENT_TO_SERVER, 0, 0, LOG2, memory);
        refused("without an eventfd");
    }

    @Test
    void shouldRefuseARingWithoutACookie() {
        mapped();
        ring(MemifProtocol.CLIENT_TO_SERVER, 0, 2 * TO_CLIENT, LOG2, event);
        refused("cookie");
    }

    @Test
    void shouldRefuseALinkWithoutRings() {
        mapped();
        begin(MemifProtocol.CONNECT);
        send(-1);
        refused("without a ring");
    }

    @Test
    void shouldDropFramesThatLieOutsideOfTheMemory() {
        linked();
        descriptor(0, 0, 0, 0, 100, SIZE - 99);
        descriptor(0, 1, 0, 0, 100, -100);
        descriptor(0, 2, 0, 5, 100, BUFFERS);
        descriptor(0, 3, 0, 0, -1, BUFFERS);
        descriptor(0, 4, 0, 0, 0, BUFFERS);
        descriptor(0, 5, 0, 0, 5000, BUFFERS);
        descriptor(0, 6, 0, 0, 100, BUFFERS);
        head(0, 7);
        assertEquals(1, server.queue(0).receive(batch));
        assertEquals(100, batch.length(0));
        server.queue(0).release(batch);
        assertEquals(7, Memory.getShort(base + MemifProtocol.RING_TAIL));
        assertEquals(6L, dropped());
    }

    private long dropped() {
        return server.statistics().entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("rx dropped"))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    @Test
    void shouldJoinAFrameInSeveralBuffersAndDropOneWithoutAnEnd() {
        linked();
        for (int i = 0; i < 3000; i++) {
            Memory.putByte(base + BUFFERS + i, i);
        }
        descriptor(0, 0, MemifProtocol.NEXT, 0, 700, BUFFERS);
        descriptor(0, 1, MemifProtocol.NEXT, 0, 301, BUFFERS + 700);
        descriptor(0, 2, 0, 0, 400, BUFFERS + 1001);
        descriptor(0, 3, MemifProtocol.NEXT, 0, 1000, BUFFERS);
        descriptor(0, 4, 0, 0, 1000, BUFFERS);
        descriptor(0, 5, MemifProtocol.NEXT, 0, 100, BUFFERS);
        head(0, 6);
        assertEquals(1, server.queue(0).receive(batch));
        assertEquals(1401, batch.length(0));
        for (int i = 0; i < 1401; i++) {
            assertEquals((byte) i, Memory.getByte(batch.address(0) + i), "byte " + i);
        }
        server.queue(0).release(batch);
        assertEquals(2L, dropped());
    }

    @Test
    void shouldEndALinkWhosePositionsCannotBe() {
        linked();
        head(0, RING + 1);
        assertEquals(0, server.queue(0).receive(batch));
        assertEquals(MemifProtocol.DISCONNECT, answer());
        Pair.await("the link's end", () -> server.queue(0).receive(batch) == 0 && !server.linkUp());
    }

    @Test
    void shouldEndALinkWhoseBuffersAreTooSmall() {
        linked();
        descriptor(TO_CLIENT, 0, 0, 0, 1000, BUFFERS);
        head(TO_CLIENT, 1);
        assertEquals(0, server.queue(0).allocate());
        assertEquals(MemifProtocol.DISCONNECT, answer());
        Pair.await("the link's end", () -> server.queue(0).receive(batch) == 0 && !server.linkUp());
    }

    @Test
    void shouldWriteNothingOutsideOfTheMemory() {
        linked();
        descriptor(TO_CLIENT, 0, 0, 0, BUFFER, SIZE - 1000);
        head(TO_CLIENT, 1);
        assertEquals(0, server.queue(0).allocate());
        assertEquals(MemifProtocol.DISCONNECT, answer());
        Pair.await("the link's end", () -> server.queue(0).receive(batch) == 0 && !server.linkUp());
    }
}
