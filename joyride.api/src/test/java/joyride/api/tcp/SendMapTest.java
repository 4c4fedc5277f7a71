package joyride.api.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The map against a plain list, whatever is done to it; numbers wrap. */
class SendMapTest {
    /** An entry as the list has it. */
    private static final class Entry {
        int start;
        int end;
        long sentAt;
        boolean sacked;
        boolean lost;

        Entry(final int start, final int end, final long sentAt) {
            this.start = start;
            this.end = end;
            this.sentAt = sentAt;
        }
    }

    private final SendMap map = new SendMap();
    private final List<Entry> model = new ArrayList<>();
    private int next = 0xffff_f000;
    private long clock;

    private int slotOf(final int index) {
        return map.slot(index);
    }

    private void check() {
        assertEquals(model.size(), map.count());
        int sacked = 0;
        int lost = 0;
        int total = 0;
        for (int i = 0; i < model.size(); i++) {
            final Entry entry = model.get(i);
            final int slot = slotOf(i);
            assertEquals(entry.start, map.start[slot]);
            assertEquals(entry.end, map.end[slot]);
            assertEquals(entry.sacked, (map.mark[slot] & SendMap.SACKED) != 0);
            assertEquals(entry.lost, (map.mark[slot] & SendMap.LOST) != 0);
            total += entry.end - entry.start;
            sacked += entry.sacked ? entry.end - entry.start : 0;
            lost += entry.lost ? entry.end - entry.start : 0;
            assertEquals(i, map.find(entry.start));
            assertEquals(i, map.find(entry.end - 1));
        }
        assertEquals(sacked, map.sackedBytes);
        assertEquals(lost, map.lostBytes);
        assertEquals(total - sacked - lost, map.inFlight());
        final List<Entry> flying = model.stream()
                .filter(entry -> !entry.sacked && !entry.lost)
                .sorted(Comparator.comparingLong(entry -> entry.sentAt))
                .toList();
        int slot = map.oldest();
        for (final Entry entry : flying) {
            assertEquals(entry.start, map.start[slot]);
            slot = map.following(slot);
        }
        assertEquals(SendMap.NONE, slot);
        int first = SendMap.NONE;
        for (int i = model.size() - 1; i >= 0; i--) {
            first = model.get(i).lost ? i : first;
        }
        assertEquals(first, map.firstLost());
    }

    private void append(final int length) {
        final int slot = map.append(next, next + length, ++clock);
        if (slot == SendMap.NONE) {
            assertEquals(map.capacity(), model.size());
            return;
        }
        model.add(new Entry(next, next + length, clock));
        next += length;
    }

    private void split(final int index) {
        final Entry entry = model.get(index);
        if (entry.end - entry.start < 2) {
            return;
        }
        final int at = entry.start + (entry.end - entry.start) / 2;
        if (!map.split(index, at)) {
            assertTrue(model.size() >= map.capacity() - 1);
            return;
        }
        final Entry right = new Entry(at, entry.end, entry.sentAt);
        right.lost = entry.lost;
        right.sacked = entry.sacked;
        entry.end = at;
        model.add(index + 1, right);
    }

    private void change(final Random random) {
        final int index = model.isEmpty() ? 0 : random.nextInt(model.size());
        final Entry entry = model.isEmpty() ? null : model.get(index);
        switch (random.nextInt(9)) {
            case 0, 1, 2 -> append(1 + random.nextInt(3000));
            case 3 -> {
                if (entry != null) {
                    model.remove(0);
                    map.removeFirst();
                }
            }
            case 4 -> {
                if (entry != null && !entry.sacked) {
                    split(index);
                    return;
                }
            }
            case 5 -> {
                if (entry != null && !entry.sacked) {
                    map.sacked(slotOf(index), 1);
                    entry.sacked = true;
                    entry.lost = false;
                }
            }
            case 6 -> {
                if (entry != null && !entry.sacked && !entry.lost) {
                    map.lost(slotOf(index));
                    entry.lost = true;
                }
            }
            case 7 -> {
                if (entry != null && !entry.sacked) {
                    map.resent(slotOf(index), ++clock);
                    entry.sentAt = clock;
                    entry.lost = false;
                }
            }
            default -> {
                if (entry != null && map.join(index)) {
                    entry.end = model.remove(index + 1).end;
                }
            }
        }
    }

    @Test
    void shouldEqualAListWhateverIsDone() {
        for (int seed = 1; seed <= 50; seed++) {
            final Random random = new Random(seed);
            map.clear();
            model.clear();
            next = 0xffff_f000;
            for (int i = 0; i < 2000; i++) {
                change(random);
                check();
                if (map.count() == map.capacity() && map.capacity() < 256) {
                    assertTrue(map.grow());
                    check();
                }
            }
        }
    }

    @Test
    void shouldKeepPlacesForCuttingAndOneForAFin() {
        while (map.hasRoom()) {
            append(100);
        }
        assertEquals(SendMap.LEAST - SendMap.RESERVE, map.count());
        while (map.count() < SendMap.LEAST - 1) {
            split(0);
            if (model.get(0).end - model.get(0).start < 2) {
                break;
            }
        }
        check();
        append(1);
        assertTrue(map.count() <= SendMap.LEAST);
        check();
    }

    @Test
    void shouldPutWhatWasNotLostAfterAllBackWhereItWas() {
        append(10);
        append(10);
        append(10);
        map.lost(slotOf(1));
        map.lost(slotOf(0));
        map.found(slotOf(0));
        map.found(slotOf(1));
        check();
    }

    @Test
    void shouldTakeForLostWhatThePeerThrewAway() {
        append(10);
        append(20);
        map.sacked(slotOf(1), 1);
        map.reneged();
        model.get(1).lost = true;
        check();
        assertEquals(0, map.sackedSegments);
    }

    @Test
    void shouldGrowUpToALimit() {
        while (map.capacity() < SendMap.MOST) {
            assertTrue(map.grow());
        }
        assertFalse(map.grow());
    }

    @Test
    void shouldHaveArraysOnlyWhileSomethingIsOutstanding() {
        final List<SendMapRoom> lent = new ArrayList<>();
        final SendMap lending = new SendMap(new SendMapRoom.Shelf() {
            @Override
            public SendMapRoom take(final int entries) {
                final SendMapRoom room = new SendMapRoom(entries);
                lent.add(room);
                return room;
            }

            @Override
            public void giveBack(final SendMapRoom room) {
                assertTrue(lent.remove(room), "what was not lent");
            }
        });
        assertTrue(lending.hasRoom());
        assertEquals(SendMap.LEAST, lending.capacity());
        assertEquals(0, lent.size());
        for (int round = 0; round < 3; round++) {
            int at = 1000;
            while (lending.hasRoom()) {
                lending.append(at, at + 10, round);
                at += 10;
            }
            assertTrue(lending.grow());
            assertEquals(1, lent.size());
            assertEquals(2 * SendMap.LEAST, lent.getFirst().entries());
            lending.append(at, at + 10, round);
            assertEquals(at + 10 - 1000, lending.bytes());
            lending.lost(lending.slot(3));
            lending.sacked(lending.slot(2), 1);
            while (lending.count() > 0) {
                lending.removeFirst();
            }
            assertEquals(0, lent.size());
            assertEquals(SendMap.LEAST, lending.capacity());
            assertEquals(SendMap.NONE, lending.oldest());
            assertEquals(0, lending.inFlight() + lending.sackedBytes + lending.lostBytes);
        }
        lending.append(1, 2, 0);
        lending.clear();
        assertEquals(0, lent.size());
        assertEquals(0, lending.count());
    }
}
