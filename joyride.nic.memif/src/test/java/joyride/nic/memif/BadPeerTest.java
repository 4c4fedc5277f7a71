package joyride.nic.memif;

import static org.junit.jupiter.api.Assertions.assertEquals;

import joyride.api.memory.Memory;
import joyride.linux.Mappings;
import org.junit.jupiter.api.Test;

/** A client that says and does what it must not, made by hand: the server refuses it, harms nobody, and serves the next. */
class BadPeerTest extends BadPeerCase {
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
        told("frames in the ring: 9, which has 8, of which core has 0");
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
