package joyride.api.nic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.memory.Memory;
import org.junit.jupiter.api.Test;

class PacketBatchTest {
    private final PacketBatch batch = new PacketBatch(3);

    @Test
    void shouldGiveBackWhatWasAddedWhenItIsFull() {
        for (int i = 0; i < 3; i++) {
            assertTrue(!batch.isFull());
            batch.add(-1 - i, 100 + i, 60 + i, i);
        }
        assertTrue(batch.isFull());
        for (int i = 0; i < 3; i++) {
            assertEquals(-1 - i, batch.handle(i));
            assertEquals(100 + i, batch.address(i));
            assertEquals(60 + i, batch.length(i));
            assertEquals(i, batch.flags(i));
            assertEquals(-1 - i, Memory.getLong(batch.handles() + i * 8L));
        }
    }

    @Test
    void shouldShowWhatADriverSetInTheArraysWhenItSaysHowMuch() {
        Memory.putLong(batch.handles(), 7);
        batch.addresses()[0] = 8;
        batch.lengths()[0] = 9;
        batch.flags()[0] = 10;
        batch.filled(1);
        assertEquals(1, batch.size());
        assertEquals(7, batch.handle(0));
        assertEquals(8, batch.address(0));
        assertEquals(9, batch.length(0));
        assertEquals(10, batch.flags(0));
    }

    @Test
    void shouldHaveNoBodyButOfFramesThatWereAddedWithOne() {
        assertFalse(batch.takesBodies());
        batch.takeBodies(true);
        assertTrue(batch.takesBodies());
        batch.add(1, 2, 3, 4, 5);
        batch.add(1, 2, 3, 4);
        assertEquals(5, batch.body(0));
        assertEquals(0, batch.body(1));
        batch.clear();
        batch.add(1, 2, 3, 4);
        assertEquals(0, batch.body(0));
        batch.clear();
        batch.add(1, 2, 3, 4, 5);
        batch.filled(1);
        assertEquals(0, batch.body(0), "a driver that knows nothing of bodies");
    }

    @Test
    void shouldTouchNoMemoryWhenAnIndexIsBeyondItsCapacity() {
        batch.filled(3);
        assertThrows(IndexOutOfBoundsException.class, () -> batch.add(1, 2, 3, 4));
        assertThrows(IndexOutOfBoundsException.class, () -> batch.handle(3));
        assertThrows(IndexOutOfBoundsException.class, () -> batch.handle(-1));
        assertThrows(IndexOutOfBoundsException.class, () -> batch.filled(4));
    }
}
