package joyride.nic.afxdp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rings in private memory; positions also where they wrap at 32 bits. */
class RingsTest {
    private static final int SIZE = 8;

    private final Arena arena = Arena.ofConfined();
    private final long memory = arena.allocate(256 + SIZE * 16, 64).address();
    private final RingPlace place = new RingPlace(memory, memory + 64, memory + 128, memory + 256);

    @AfterEach
    void close() {
        arena.close();
    }

    private void start(final int position) {
        Memory.putInt(place.producer(), position);
        Memory.putInt(place.consumer(), position);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, -3, Integer.MAX_VALUE})
    void shouldHaveRoomOnlyForWhatTheKernelHasTaken(final int position) {
        start(position);
        final ProducerRing ring = new ProducerRing(place, SIZE, 3);
        assertEquals(SIZE, ring.room(SIZE));
        for (int i = 0; i < SIZE; i++) {
            assertEquals(place.entries() + (position + i & SIZE - 1) * 8L, ring.entry(i));
        }
        assertEquals(position, Memory.getInt(place.producer()), "nothing is shown before it is published");
        ring.publish(SIZE);
        assertEquals(position + SIZE, Memory.getInt(place.producer()));
        assertEquals(0, ring.room(1));
        assertEquals(SIZE, ring.outstanding());
        Memory.putInt(place.consumer(), position + 3);
        assertEquals(3, ring.room(1));
        assertEquals(5, ring.outstanding());
        assertEquals(place.entries() + (position + SIZE - 1 & SIZE - 1) * 8L, ring.past(1));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, -3, Integer.MAX_VALUE})
    void shouldGiveWhatTheKernelHasProducedOnce(final int position) {
        start(position);
        final ConsumerRing ring = new ConsumerRing(place, SIZE, 4);
        assertEquals(0, ring.available());
        Memory.putInt(place.producer(), position + 5);
        assertEquals(5, ring.available());
        assertEquals(place.entries() + (position + 4 & SIZE - 1) * 16L, ring.entry(4));
        ring.consumed(2);
        assertEquals(position + 2, Memory.getInt(place.consumer()));
        Memory.putInt(place.producer(), position + 8);
        assertEquals(3, ring.available(), "what is known comes first");
        assertEquals(6, ring.unread());
        ring.consumed(6);
        assertEquals(0, ring.available());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldTellWhetherTheKernelSleeps(final int flags) {
        start(0);
        final ProducerRing ring = new ProducerRing(place, SIZE, 3);
        Memory.putInt(place.flags(), flags | 2);
        assertEquals(flags == 1, ring.needsWakeup());
    }
}
