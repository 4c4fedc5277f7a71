package joyride.core.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import joyride.api.tcp.SendMap;
import joyride.api.tcp.SendMapRoom;
import org.junit.jupiter.api.Test;

class MapRoomsTest {
    private final MapRooms rooms = new MapRooms();

    @Test
    void shouldLendAgainWhatCameBackIfItIsOfThatSize() {
        final SendMapRoom small = rooms.take(SendMap.LEAST);
        final SendMapRoom large = rooms.take(2 * SendMap.LEAST);
        assertEquals(3 * SendMap.LEAST, rooms.lent());
        rooms.giveBack(small);
        rooms.giveBack(large);
        assertEquals(0, rooms.lent());
        assertEquals(3 * SendMap.LEAST, rooms.kept());
        assertSame(large, rooms.take(2 * SendMap.LEAST));
        assertSame(small, rooms.take(SendMap.LEAST));
        assertNotSame(small, rooms.take(SendMap.LEAST));
        assertEquals(0, rooms.kept());
    }

    @Test
    void shouldKeepNeitherTheLargestNorMoreThanSoMany() {
        rooms.giveBack(rooms.take(SendMap.MOST));
        assertEquals(0, rooms.kept());
        final List<SendMapRoom> all = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            all.add(rooms.take(2048));
        }
        all.forEach(rooms::giveBack);
        assertEquals(0, rooms.lent());
        assertTrue(rooms.kept() == 1 << 20, () -> rooms.kept() + " entries kept");
    }
}
