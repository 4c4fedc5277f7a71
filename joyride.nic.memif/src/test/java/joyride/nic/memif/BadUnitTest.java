package joyride.nic.memif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import joyride.api.memory.Memory;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;
import org.junit.jupiter.api.Test;

/** A client that may send units, and sends some that are none. */
class BadUnitTest extends BadPeerCase {
    /** A TCP segment of {@code length} bytes at the buffers' begin, checksum left out. */
    private void segment(final int length) {
        Segment.headers(base + BUFFERS, false, Segment.TCP, length);
        HeaderChecksum.complete(base + BUFFERS, length);
    }

    private void unit(final int slot, final int flags, final int length, final int metadata) {
        descriptor(0, slot, flags, 0, length, BUFFERS);
        Memory.putInt(descriptor(0, slot) + MemifProtocol.DESCRIPTOR_METADATA, metadata);
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
    void shouldJudgeItsCopyWhateverIsWrittenToAFrameThatIsOut() {
        says = true;
        linked();
        batch.takeBodies(true);
        segment(1514);
        unit(0, 0, 1514, MemifProtocol.NO_CHECKSUM);
        unit(1, 0, 1513, MemifProtocol.NO_CHECKSUM); // not the packet's length
        head(0, 2);
        Memory.putByte(base + BUFFERS + 54, 1);
        assertEquals(2, server.queue(0).receive(batch));
        assertEquals(0, Memory.getShort(base + MemifProtocol.RING_TAIL), "the buffers are not the peer's yet");
        for (int i = 0; i < 1514; i++) {
            Memory.putByte(base + BUFFERS + i, 0xff);
        }
        descriptor(0, 0, 0, 0, -1, SIZE);
        assertEquals(1514, batch.length(0));
        assertEquals(1500, Memory.getUnsignedShortBE(batch.address(0) + 16));
        assertEquals(5 << 4, Memory.getUnsignedByte(batch.address(0) + 46));
        assertEquals(-1, Memory.getByte(batch.body(0)), "what goes to the program is what the peer wrote last");
        assertEquals(0, batch.body(1));
        assertEquals(0, batch.flags(1));
        assertEquals(1, Memory.getByte(batch.address(1) + 54));
        assertEquals(0, Memory.getByte(batch.address(1) + 1512));
        server.queue(0).release(batch);
        assertEquals(2, Memory.getShort(base + MemifProtocol.RING_TAIL));
    }

    @Test
    void shouldEndALinkWhosePeerSendsInBuffersThatItHasNotGotBack() {
        says = true;
        linked();
        final PacketBatch taker = new PacketBatch(1);
        taker.takeBodies(true);
        segment(1514);
        unit(0, 0, 1514, MemifProtocol.NO_CHECKSUM);
        head(0, 1);
        assertEquals(1, server.queue(0).receive(taker));
        assertNotEquals(0, taker.body(0));
        head(0, RING + 1);
        assertEquals(0, server.queue(0).receive(batch));
        server.queue(0).release(taker);
        told("frames in the ring: 8, which has 8, of which core has 1");
        Pair.await("the link's end", () -> server.queue(0).receive(batch) == 0 && !server.linkUp());
    }

    @Test
    void shouldLeaveNoBodyWhereTcpHasNone() {
        says = true;
        linked();
        batch.takeBodies(true);
        segment(1000);
        Memory.putByte(base + BUFFERS + 46, 4 << 4);
        unit(0, 0, 1000, MemifProtocol.NO_CHECKSUM);
        head(0, 1);
        assertEquals(1, server.queue(0).receive(batch));
        assertEquals(0, batch.body(0), "a header shorter than any");
        server.queue(0).release(batch);
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
        long bodies = 0;
        batch.takeBodies(true);
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
                    Memory.putInt(descriptor(0, slot) + MemifProtocol.DESCRIPTOR_OFFSET, random.nextInt());
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
                    if (batch.body(i) != 0) {
                        final int headers = Declared.headersOfTcp(batch.address(i), batch.length(i));
                        // The last byte is in the link's memory too.
                        Memory.getByte(batch.body(i) + batch.length(i) - headers - 1);
                        bodies++;
                    }
                }
                queue.release(batch);
            }
        }
        assertTrue(units > 100, units + " units");
        assertTrue(bodies > 100, bodies + " bodies");
        assertTrue(server.linkUp());
    }
}
