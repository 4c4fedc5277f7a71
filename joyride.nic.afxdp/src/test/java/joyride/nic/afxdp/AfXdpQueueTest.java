package joyride.nic.afxdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import joyride.api.memory.Memory;
import joyride.api.nic.PacketBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A queue against a kernel in private memory that sends everything back: no privilege. */
class AfXdpQueueTest {
    private static final int FRAMES = 64;
    private static final int NEARLY_WRAPPED = -5;

    private final Arena arena = Arena.ofShared();
    private final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
    private long now = 1_000_000;
    private FrameMemory memory;
    private MirrorKernel kernel;
    private AfXdpQueue queue;

    private QueueMode mode = new QueueMode(true, false, false);

    private void make(final int mtu) {
        memory = new FrameMemory(FrameShape.of(mtu, FRAMES));
        kernel = new MirrorKernel(arena, memory, NEARLY_WRAPPED);
        queue = new AfXdpQueue(memory, kernel.rings(), kernel, mode, () -> now);
    }

    @AfterEach
    void close() {
        if (memory != null) {
            memory.unmap();
        }
        arena.close();
    }

    private FrameAudit audit() {
        return FrameAudit.of(queue, memory, kernel.rings());
    }

    private void add(final int length, final int seed) {
        final long frame = queue.allocate();
        assertNotEquals(0, frame);
        for (int i = 0; i < length; i++) {
            Memory.putByte(frame + i, (byte) (seed + 7 * i));
        }
        batch.add(frame, queue.address(frame), length, 0);
    }

    private void assertFrame(final int index, final int length, final int seed) {
        assertEquals(length, batch.length(index));
        for (int i = 0; i < length; i++) {
            assertEquals((byte) (seed + 7 * i), Memory.getByte(batch.address(index) + i), "byte " + i);
        }
    }

    private void assertAllHome() {
        queue.send().drain();
        assertEquals(new FrameAudit(2 * FRAMES, 2 * FRAMES, 0, 0, 0), audit());
    }

    @Test
    void shouldCarryFramesOfAllLengthsWhenPositionsWrap() {
        make(1500);
        final SplittableRandom random = new SplittableRandom(1);
        for (int turn = 0; turn < 500; turn++) {
            final int count = random.nextInt(1, PacketBatch.BURST);
            final int[] lengths = random.ints(count, 14, 1515).toArray();
            for (int i = 0; i < count; i++) {
                add(lengths[i], turn + i);
            }
            assertEquals(count, queue.transmit(batch));
            assertEquals(0, batch.size());
            assertEquals(count, queue.receive(batch));
            for (int i = 0; i < count; i++) {
                assertFrame(i, lengths[i], turn + i);
            }
            queue.release(batch);
            assertEquals(0, batch.size());
        }
        assertAllHome();
    }

    @Test
    void shouldCarryFramesOfSeveralChunks() {
        make(9000);
        assertEquals(3, memory.shape().chunksOfSlot());
        for (int length = 3800; length <= 9014; length += 149) {
            add(length, length);
            assertEquals(1, queue.transmit(batch));
            assertEquals(1, queue.receive(batch), "length " + length);
            assertFrame(0, length, length);
            queue.release(batch);
        }
        assertEquals(0, queue.counters().notGatheredFrames());
        assertAllHome();
    }

    @Test
    void shouldMixFramesOfOneAndOfSeveralChunks() {
        make(9000);
        final int[] lengths = {60, 9014, 4096, 3840, 3841, 8192, 1514, 14};
        for (int turn = 0; turn < 50; turn++) {
            for (final int length : lengths) {
                add(length, turn);
            }
            assertEquals(lengths.length, queue.transmit(batch));
            assertEquals(lengths.length, queue.receive(batch));
            for (int i = 0; i < lengths.length; i++) {
                assertFrame(i, lengths[i], turn);
            }
            queue.release(batch);
        }
        assertAllHome();
    }

    @Test
    void shouldDropAndCountAFrameOfSeveralChunksWhenNoSlotIsFree() {
        make(9000);
        add(9000, 1);
        queue.transmit(batch);
        final long[] taken = new long[FRAMES];
        for (int i = 0; i < FRAMES; i++) {
            taken[i] = queue.allocate();
            assertNotEquals(0, taken[i]);
        }
        assertEquals(0, queue.allocate());
        assertEquals(0, queue.receive(batch));
        assertEquals(1, queue.counters().notGatheredFrames());
        for (final long frame : taken) {
            queue.free(frame);
        }
        assertAllHome();
    }

    @Test
    void shouldKeepWhatTheKernelDoesNotTakeAndOfferItAgain() {
        make(1500);
        assertEquals(Long.MAX_VALUE, queue.nextEvent());
        kernel.refuse(-Errno.ENOBUFS);
        add(100, 1);
        assertEquals(1, queue.transmit(batch));
        assertTrue(queue.nextEvent() > now && queue.nextEvent() < now + 10_000_000);
        assertEquals(0, queue.receive(batch));
        kernel.refuse(0);
        assertEquals(0, queue.receive(batch), "not yet");
        now = queue.nextEvent();
        assertEquals(1, queue.receive(batch));
        assertEquals(Long.MAX_VALUE, queue.nextEvent());
        assertFrame(0, 100, 1);
        queue.release(batch);
        assertAllHome();
    }

    @Test
    void shouldCallAgainAsLongAsTheKernelGetsFurther() {
        make(1500);
        kernel.limit(8);
        for (int i = 0; i < 20; i++) {
            add(100, i);
        }
        assertEquals(20, queue.transmit(batch));
        assertEquals(20, queue.receive(batch));
        assertEquals(Long.MAX_VALUE, queue.nextEvent());
        queue.release(batch);
        assertAllHome();
    }

    @Test
    void shouldSayThereIsNoFrameAndLoseNoneWhenTheLinkIsDown() {
        make(1500);
        kernel.refuse(-Errno.ENETDOWN);
        for (int i = 0; i < FRAMES; i++) {
            add(60, i);
            queue.transmit(batch);
        }
        assertEquals(0, queue.allocate());
        kernel.refuse(0);
        now = queue.nextEvent();
        assertEquals(FRAMES, queue.receive(batch), "what waited goes out in order");
        for (int i = 0; i < FRAMES; i++) {
            assertFrame(i, 60, i);
        }
        queue.release(batch);
        assertAllHome();
    }

    @Test
    void shouldRefillTheRingWhenAllFramesWereReceived() {
        make(1500);
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < FRAMES; i++) {
                add(60, i);
            }
            queue.transmit(batch);
            add(60, 99);
            queue.transmit(batch);
            assertEquals(round + 1, kernel.dropped(), "more than there are chunks");
            assertEquals(FRAMES, queue.receive(batch));
            queue.release(batch);
        }
        assertAllHome();
    }

    @Test
    void shouldFindFramesThatAreLentAndFramesThatCameBackTwice() {
        make(1500);
        final long kept = queue.allocate();
        add(60, 1);
        queue.transmit(batch);
        queue.receive(batch);
        FrameAudit audit = audit();
        assertEquals(2, audit.lent());
        assertTrue(!audit.clean());
        queue.release(batch);
        queue.free(kept);
        queue.free(kept);
        audit = audit();
        assertEquals(1, audit.twice());
        assertTrue(!audit.clean());
    }

    @Test
    void shouldWakeTheKernelForEveryBatchWhenItDoesNotTellWhetherItSleeps() {
        mode = new QueueMode(false, false, false);
        make(1500);
        kernel.sleeps(false);
        add(100, 1);
        assertEquals(1, queue.transmit(batch));
        assertEquals(1, queue.receive(batch));
        queue.release(batch);
        assertAllHome();
    }

    @Test
    void shouldNotWakeTheKernelWhenItIsAwake() {
        make(1500);
        kernel.sleeps(false);
        add(100, 1);
        assertEquals(1, queue.transmit(batch));
        assertEquals(0, queue.receive(batch));
        assertEquals(0, queue.counters().kicks());
        kernel.transmit();
        assertEquals(1, queue.receive(batch));
        queue.release(batch);
        assertAllHome();
    }

    @Test
    void shouldPadShortFramesWithZerosWhenTheNicReadsThemItself() {
        mode = new QueueMode(true, false, true);
        make(1500);
        add(1000, 1);
        queue.transmit(batch);
        add(42, 1);
        queue.transmit(batch);
        assertEquals(2, queue.receive(batch));
        assertEquals(60, batch.length(1));
        for (int i = 42; i < 60; i++) {
            assertEquals(0, Memory.getByte(batch.address(1) + i), "byte " + i);
        }
        queue.release(batch);
        assertAllHome();
    }

    @Test
    void shouldRunItsRehearsal() {
        Rehearsal.run(() -> now);
    }
}
