package joyride.api.nic;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
    void shouldTouchNoMemoryWhenAnIndexIsBeyondItsCapacity() {
        batch.filled(3);
        assertThrows(IndexOutOfBoundsException.class, () -> batch.add(1, 2, 3, 4));
        assertThrows(IndexOutOfBoundsException.class, () -> batch.handle(3));
        assertThrows(IndexOutOfBoundsException.class, () -> batch.handle(-1));
        assertThrows(IndexOutOfBoundsException.class, () -> batch.filled(4));
    }
}
