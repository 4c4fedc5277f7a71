package joyride.core.tcp;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import joyride.api.tcp.SendMap;
import joyride.api.tcp.SendMapRoom;

/** The arrays of send maps between their uses, by size: a connection has some while it has something outstanding. One for each event loop. */
final class MapRooms implements SendMapRoom.Shelf {
    /** Larger ones, of few connections, are not kept. */
    private static final int LARGEST = 2048;

    /** Nor more than so many entries in all, some 40 MB: after a storm the rest goes. */
    private static final long MOST = 1 << 20;

    /** By how often {@link SendMap#LEAST} was doubled. */
    private final List<ArrayDeque<SendMapRoom>> free = new ArrayList<>();

    private long kept;
    private long lent;

    MapRooms() {
        for (int size = SendMap.LEAST; size <= LARGEST; size *= 2) {
            free.add(new ArrayDeque<>());
        }
    }

    private static int classOf(final int entries) {
        return Integer.numberOfTrailingZeros(entries / SendMap.LEAST);
    }

    @Override
    public SendMapRoom take(final int entries) {
        lent += entries;
        final SendMapRoom known =
                entries > LARGEST ? null : free.get(classOf(entries)).pollLast();
        if (known == null) {
            return new SendMapRoom(entries);
        }
        kept -= entries;
        return known;
    }

    @Override
    public void giveBack(final SendMapRoom room) {
        final int entries = room.entries();
        lent -= entries;
        if (entries <= LARGEST && kept + entries <= MOST) {
            kept += entries;
            free.get(classOf(entries)).addLast(room);
        }
    }

    /** Entries that what is lent has room for. */
    long lent() {
        return lent;
    }

    /** Entries of what waits for its next use. */
    long kept() {
        return kept;
    }
}
