package joyride.testkit.netns;

import java.lang.foreign.Arena;
import java.util.Locale;
import java.util.random.RandomGenerator;
import joyride.api.memory.Memory;
import joyride.nic.wire.DueQueue;
import joyride.nic.wire.FaultDice;
import joyride.nic.wire.Faults;

/** One direction of a {@link FaultWire}: takes frames from one socket, decides what befalls them, gives them to the other when due. */
final class FaultyLane {
    private static final int CAPACITY = 16_384;
    private static final int ROOM = 2_048;
    private static final int BURST = 64;

    private final PacketSocket from;
    private final PacketSocket to;
    private final FaultDice dice;
    private final DueQueue onTheWay = new DueQueue(CAPACITY);
    private final long[] free = new long[CAPACITY];
    private int freeCount = CAPACITY;
    private long arrived;
    private long delivered;
    private long lost;
    private long duplicated;
    private long reordered;
    private long corrupted;
    private long overflowed;
    private long refused;

    FaultyLane(
            final PacketSocket from,
            final PacketSocket to,
            final Faults faults,
            final RandomGenerator random,
            final Arena arena) {
        this.from = from;
        this.to = to;
        dice = new FaultDice(faults, random::nextLong);
        final long base = arena.allocate((long) CAPACITY * ROOM, 64).address();
        for (int i = 0; i < CAPACITY; i++) {
            free[i] = base + (long) i * ROOM;
        }
    }

    /** Takes a burst of frames in. @return whether there may be more */
    boolean receive(final long now) {
        for (int i = 0; i < BURST; i++) {
            final long frame = free[--freeCount];
            final int length = from.receive(frame, ROOM);
            if (length == 0) {
                free[freeCount++] = frame;
                return false;
            }
            arrived++;
            accept(frame, length, now);
        }
        return true;
    }

    private void accept(final long frame, final int length, final long now) {
        if (dice.loses(now)) {
            lost++;
            free[freeCount++] = frame;
            return;
        }
        // One stays free for the next to arrive, one is for a duplicate.
        if (freeCount < 2 || dice.queueFull(now, length)) {
            overflowed++;
            free[freeCount++] = frame;
            return;
        }
        dice.marks(now, frame, length);
        if (dice.corrupts(frame, length)) {
            corrupted++;
        }
        final boolean twice = dice.duplicates();
        hold(frame, length, now);
        if (twice) {
            duplicated++;
            final long copy = free[--freeCount];
            Memory.copy(frame, copy, length);
            hold(copy, length, now);
        }
    }

    private void hold(final long frame, final int length, final long now) {
        final boolean heldBack = dice.reorders();
        if (heldBack) {
            reordered++;
        }
        onTheWay.add(frame, length, dice.due(now, length, heldBack));
    }

    /** Sends what is due. @return when the next frame is, ns; {@link Long#MAX_VALUE}: none is on the way */
    long deliver(final long now) {
        while (onTheWay.due() <= now) {
            final long frame = onTheWay.handle();
            if (to.send(frame, onTheWay.length())) {
                delivered++;
            } else {
                refused++;
            }
            onTheWay.remove();
            free[freeCount++] = frame;
        }
        return onTheWay.due();
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "arrived %d, delivered %d, lost %d, duplicated %d, reordered %d, corrupted %d, queue full %d, refused %d",
                arrived,
                delivered,
                lost,
                duplicated,
                reordered,
                corrupted,
                overflowed,
                refused);
    }
}
