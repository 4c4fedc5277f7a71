package joyride.nic.memif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import joyride.api.memory.Memory;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
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

    /** That units may pass, and how large its buffers are. */
    private boolean says;

    private int saidBuffer = BUFFER;

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
        if (says) {
            Memory.putLongBE(message + MemifProtocol.EXTENSION, MemifProtocol.EXTENSION_MAGIC);
            Memory.putInt(message + MemifProtocol.EXTENSION_FEATURES, MemifProtocol.OFFLOAD);
            Memory.putInt(message + MemifProtocol.EXTENSION_BUFFER, saidBuffer);
        }
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

    /** A TCP segment of {@code length} bytes at the buffers' begin, checksum left out. */
    private void segment(final int length) {
        Segment.headers(base + BUFFERS, false, Segment.TCP, length);
        HeaderChecksum.complete(base + BUFFERS, length);
    }

    private void unit(final int slot, final int flags, final int length, final int metadata) {
        descriptor(0, slot, flags, 0, length, BUFFERS);
        Memory.putInt(
                base
                        + MemifProtocol.RING_DESCRIPTORS
                        + slot * (long) MemifProtocol.DESCRIPTOR
                        + MemifProtocol.DESCRIPTOR_METADATA,
                metadata);
    }

    @Test
    void shouldDropUnitsThatAreNoneAndTakeThoseThatAre() {
        says = true;
        linked();
        final int unit = MemifProtocol.UNIT | MemifProtocol.NO_CHECKSUM;
        segment(3000);
        unit(0, 0, 3000, unit | 1448);
        unit(1, 0, 3000, unit); // a segment size of 0
        unit(2, 0, 3000, unit | 2946); // one segment
        unit(3, 0, 3000, unit | 0xffff);
        unit(4, 0, 3000, unit | 1461); // more than the MTU
        unit(5, 0, 3000, MemifProtocol.UNIT | 1448); // says nothing of its checksum
        unit(6, 0, 2999, unit | 1448); // not the packet's length
        unit(7, 0, 3000, ~unit | 1448); // no unit: longer than a frame
        head(0, 8);
        assertEquals(1, server.queue(0).receive(batch));
        assertEquals(3000, batch.length(0));
        assertEquals(1448, Offload.segmentSize(batch.flags(0)));
        server.queue(0).release(batch);
        assertEquals(7L, dropped());
        assertEquals(6L, server.statistics().get("rx dropped: no unit as its metadata says"));
    }

    @Test
    void shouldDropUnitsWhosePiecesDoNotFit() {
        says = true;
        linked();
        final int unit = MemifProtocol.UNIT | MemifProtocol.NO_CHECKSUM | 1448;
        segment(3000);
        unit(0, MemifProtocol.NEXT, 1500, unit);
        descriptor(0, 1, 0, 0, 1499, BUFFERS + 1500); // a byte too few
        unit(2, MemifProtocol.NEXT, 30_000, unit); // longer than any
        unit(3, MemifProtocol.NEXT, 30_000, 0);
        unit(4, 0, 30_000, 0);
        unit(5, 0, 30, unit); // no room for headers
        unit(6, MemifProtocol.NEXT, 1500, unit); // without an end
        head(0, 7);
        assertEquals(0, server.queue(0).receive(batch));
        assertEquals(7, Memory.getShort(base + MemifProtocol.RING_TAIL));
        assertEquals(4L, dropped());
    }

    @Test
    void shouldLookAtNoMetadataOfAPeerThatSaidNothing() {
        linked();
        segment(1000);
        unit(0, 0, 1000, MemifProtocol.UNIT | MemifProtocol.NO_CHECKSUM | 500);
        head(0, 1);
        assertEquals(1, server.queue(0).receive(batch));
        assertEquals(0, batch.flags(0), "its checksum is wrong");
        server.queue(0).release(batch);
        assertEquals(0, server.offloads());
        assertEquals(1518, server.queue(0).frameSize());
    }

    @Test
    void shouldEndALinkWhoseBuffersAreNotAsLargeAsSaid() {
        says = true;
        saidBuffer = BUFFER + 1;
        linked();
        descriptor(TO_CLIENT, 0, 0, 0, BUFFER, BUFFERS);
        head(TO_CLIENT, 1);
        assertEquals(0, server.queue(0).allocate());
        assertEquals(MemifProtocol.DISCONNECT, answer());
        Pair.await("the link's end", () -> server.queue(0).receive(batch) == 0 && !server.linkUp());
    }

    @Test
    void shouldStayWithinItsBoundsWhateverDescriptorsSay() {
        says = true;
        linked();
        final Random random = new Random(20_261_123);
        final NicQueue queue = server.queue(0);
        int position = 0;
        long units = 0;
        for (int round = 0; round < 20_000; round++) {
            segment(random.nextInt(60, 9000));
            for (int i = random.nextInt(400); i < 400; i += 40) {
                Memory.putByte(base + BUFFERS + random.nextInt(64), random.nextInt());
            }
            final int count = random.nextInt(1, RING + 1);
            for (int i = 0; i < count; i++) {
                final int slot = position + i & RING - 1;
                final boolean wild = random.nextInt(8) == 0;
                unit(
                        slot,
                        random.nextInt(3) == 0 ? MemifProtocol.NEXT : 0,
                        wild ? random.nextInt() : random.nextInt(1, 9000),
                        random.nextBoolean()
                                ? random.nextInt()
                                : MemifProtocol.UNIT | MemifProtocol.NO_CHECKSUM | random.nextInt(2000));
                if (wild) {
                    Memory.putInt(
                            base
                                    + MemifProtocol.RING_DESCRIPTORS
                                    + slot * (long) MemifProtocol.DESCRIPTOR
                                    + MemifProtocol.DESCRIPTOR_OFFSET,
                            random.nextInt());
                } else if (random.nextInt(4) == 0) {
                    // One that says what it is.
                    unit(
                            slot,
                            0,
                            Memory.getUnsignedShortBE(base + BUFFERS + 16) + 14,
                            MemifProtocol.UNIT | MemifProtocol.NO_CHECKSUM | random.nextInt(2000));
                }
            }
            position += count;
            head(0, position);
            while ((Memory.getShort(base + MemifProtocol.RING_TAIL) & 0xffff) != (position & 0xffff)) {
                queue.receive(batch);
                for (int i = 0; i < batch.size(); i++) {
                    final boolean merged = (batch.flags(i) & Offload.RX_TCP_MERGED) != 0;
                    final int size = Offload.segmentSize(batch.flags(i));
                    assertTrue(batch.length(i) > 0 && batch.length(i) <= (merged ? 65_549 : 65_553));
                    assertEquals(merged, size > 0);
                    assertTrue(!merged || size <= 1460 && size < batch.length(i) - 54);
                    units += merged ? 1 : 0;
                }
                queue.release(batch);
            }
        }
        assertTrue(units > 100, units + " units");
        assertTrue(server.linkUp());
    }
}
