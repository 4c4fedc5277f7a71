package joyride.nic.afpacket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import joyride.api.memory.Memory;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;
import joyride.linux.Descriptors;
import joyride.linux.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A queue over a ring in plain memory, whose kernel is the test, and a socketpair in the device's place. No privilege. */
class AfPacketQueueTest {
    private static final int SLOT = 2048;
    private static final int SLOTS = 64;
    private static final int MAC = 82;

    private final Arena arena = Arena.ofConfined();
    private final int[] pair = Sockets.pair(Sockets.SOCK_DGRAM | Sockets.SOCK_NONBLOCK);
    private final long ring = arena.allocate((long) SLOT * SLOTS, 64).address();
    private final AfPacketQueue queue = new AfPacketQueue(pair[0], ring, SLOT, 1514, SLOTS);
    private final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
    private int next;

    @AfterEach
    void close() {
        queue.close();
        arena.close();
        Descriptors.close(pair[0]);
        Descriptors.close(pair[1]);
    }

    private long arrive(final int length, final int captured, final int status) {
        final long slot = ring + (long) next * SLOT;
        assertEquals(0, Memory.getInt(slot + Packet.HEADER_STATUS), "the slot is not the kernel's");
        next = (next + 1) % SLOTS;
        Memory.putInt(slot + Packet.HEADER_LENGTH, length);
        Memory.putInt(slot + Packet.HEADER_CAPTURED, captured);
        Memory.putShort(slot + Packet.HEADER_MAC, MAC);
        Memory.putIntRelease(slot + Packet.HEADER_STATUS, Packet.STATUS_USER | status);
        return slot + MAC;
    }

    @Test
    void shouldReceiveInOrderAcrossTheRingsEnd() {
        for (int round = 0; round < 5; round++) {
            final long[] at = new long[48];
            for (int i = 0; i < at.length; i++) {
                at[i] = arrive(60 + i, 60 + i, 0);
            }
            assertEquals(at.length, queue.receive(batch));
            for (int i = 0; i < at.length; i++) {
                assertEquals(at[i], batch.address(i));
                assertEquals(60 + i, batch.length(i));
            }
            assertEquals(at.length, queue.lent());
            queue.release(batch);
            assertEquals(0, queue.lent());
        }
        assertEquals(0, queue.receive(batch));
    }

    @Test
    void shouldSayThatAChecksumIsGoodOnlyWhenNobodyComputedIt() {
        arrive(60, 60, Packet.STATUS_CHECKSUM_NOT_READY);
        arrive(60, 60, 0x80);
        assertEquals(2, queue.receive(batch));
        assertEquals(Offload.RX_CHECKSUM_GOOD, batch.flags(0));
        assertEquals(0, batch.flags(1));
        queue.release(batch);
    }

    @Test
    void shouldDropAndCountWhatIsTaggedOrCut() {
        arrive(60, 60, Packet.STATUS_VLAN);
        arrive(9000, SLOT - MAC, 0);
        arrive(60, 60, 0);
        assertEquals(1, queue.receive(batch));
        queue.release(batch);
        assertEquals(1, queue.count(PacketCounter.RX_DROP_VLAN));
        assertEquals(1, queue.count(PacketCounter.RX_DROP_CUT));
        assertEquals(1, queue.count(PacketCounter.RX_FRAMES));
    }

    @Test
    void shouldReceiveAFrameWholeWhenItIsLargerThanASlot() {
        final long frame = arena.allocate(30_000).address();
        Memory.putByte(frame + 29_999, 0x5a);
        assertEquals(30_000, Sockets.send(pair[1], frame, 30_000));
        arrive(30_000, SLOT - MAC, Packet.STATUS_COPY | Packet.STATUS_CHECKSUM_NOT_READY);
        arrive(60, 60, 0);
        assertEquals(2, queue.receive(batch));
        assertEquals(30_000, batch.length(0));
        assertEquals(0x5a, Memory.getUnsignedByte(batch.address(0) + 29_999));
        assertEquals(60, batch.length(1));
        queue.release(batch);
        assertEquals(0, queue.lent());
        assertEquals(1, queue.count(PacketCounter.RX_LARGE));
    }

    @Test
    void shouldSendWhatItIsGivenAndCountWhatTheDeviceHasNoRoomFor() {
        assertEquals(0, Sockets.setOption(pair[0], Sockets.SOL_SOCKET, Sockets.SO_SNDBUF, 8192));
        for (int i = 0; i < PacketBatch.BURST; i++) {
            final long frame = queue.allocate();
            Memory.putInt(queue.address(frame), i);
            batch.add(frame, queue.address(frame), 100, 0);
        }
        final int accepted = queue.transmit(batch);
        assertEquals(0, batch.size());
        assertEquals(0, queue.lent());
        assertTrue(accepted > 0 && accepted < PacketBatch.BURST, "the pair took " + accepted);
        assertEquals(accepted, queue.count(PacketCounter.TX_FRAMES));
        assertEquals(PacketBatch.BURST - accepted, queue.count(PacketCounter.TX_DROP_FULL));
        final long room = arena.allocate(SLOT).address();
        for (int i = 0; i < accepted; i++) {
            assertEquals(100, Sockets.receive(pair[1], room, SLOT));
            assertEquals(i, Memory.getInt(room));
        }
    }

    @Test
    void shouldRunOutOfFramesAndRefuseWhatWasNotAllocated() {
        long last = 0;
        for (int i = 0; i < SLOTS; i++) {
            last = queue.allocate();
            assertTrue(last != 0);
        }
        assertEquals(0, queue.allocate());
        queue.free(last);
        final long gone = last;
        assertThrows(IllegalStateException.class, () -> queue.free(gone));
        assertThrows(IllegalStateException.class, () -> queue.free(SLOTS + 1));
        assertEquals(SLOTS - 1, queue.lent());
    }

    @Test
    void shouldAllocateNothingWhenItIsWarm() {
        final var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long sink = arena.allocate(SLOT).address();
        turns(20_000, sink);
        final long before = threads.getCurrentThreadAllocatedBytes();
        turns(2_000, sink);
        final long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < 2_000, "2,000 turns allocated " + allocated + " bytes");
    }

    private void turns(final int count, final long sink) {
        for (int turn = 0; turn < count; turn++) {
            for (int i = 0; i < 8; i++) {
                final long slot = ring + (long) next * SLOT;
                next = (next + 1) % SLOTS;
                Memory.putInt(slot + Packet.HEADER_LENGTH, 100);
                Memory.putInt(slot + Packet.HEADER_CAPTURED, 100);
                Memory.putShort(slot + Packet.HEADER_MAC, MAC);
                Memory.putIntRelease(slot + Packet.HEADER_STATUS, Packet.STATUS_USER);
            }
            queue.receive(batch);
            queue.release(batch);
            for (int i = 0; i < 8; i++) {
                final long frame = queue.allocate();
                batch.add(frame, queue.address(frame), 100, 0);
            }
            queue.transmit(batch);
            while (Sockets.receive(pair[1], sink, SLOT) > 0) {
                // The peer takes the frames.
            }
            queue.armWake();
        }
    }
}
