package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import joyride.api.memory.Memory;

/** A process attached to an instance: its commands and its magazine of free chunks. On the event loop. */
final class ShmProcess {
    private static final int FIRST_LEVEL = 8;

    final int number;
    final long at;
    private final ShmInstance instance;
    private int pid;
    private boolean attached;
    private int commands;
    private int lent;
    private int used;
    private int level;
    /** Whether it asked for chunks and there were none. */
    private boolean starving;
    /** Whether it is on the list of those whose magazine is to be filled. */
    boolean refilling;

    ShmProcess(final ShmInstance instance, final int number, final long at) {
        this.instance = instance;
        this.number = number;
        this.at = at;
    }

    boolean attached() {
        return attached;
    }

    boolean starving() {
        return starving;
    }

    int pid() {
        return pid;
    }

    void pid(final int value) {
        pid = value;
        instance.processes().tell();
        Memory.putInt(at + PROCESS_PID, value);
    }

    /** Begins a new use of the process slot. */
    void attach(final int newPid) {
        attached = true;
        commands = 0;
        lent = 0;
        used = 0;
        level = FIRST_LEVEL;
        starving = false;
        pid(newPid);
        Memory.putInt(at + PROCESS_MAGAZINE_PROD, 0);
        Memory.putInt(at + PROCESS_MAGAZINE_CONS, 0);
        Memory.putInt(at + PROCESS_MAGAZINE_WANT, 0);
        Memory.putInt(at + PROCESS_COMMAND_PROD, 0);
        Memory.putInt(at + PROCESS_COMMAND_CONS, 0);
        refill();
        Memory.putIntRelease(at + PROCESS_STATE, 1);
    }

    /** The process is gone. */
    void detach() {
        attached = false;
        Memory.putIntRelease(at + PROCESS_STATE, 0);
        instance.processes().tell();
    }

    /** Carries out the commands that are there, and fills the magazine if it ran dry. */
    void attend() {
        final int until = Memory.getIntAcquire(at + PROCESS_COMMAND_PROD);
        if (Integer.compareUnsigned(until - commands, JR_COMMANDS) > 0) {
            instance.violation("command_prod of process " + number, number, until, commands, commands + JR_COMMANDS);
            return;
        }
        while (commands != until) {
            final long command = at + PROCESS_COMMANDS + (long) (commands & JR_COMMANDS - 1) * COMMAND_SIZEOF;
            instance.processes()
                    .command(
                            this,
                            Memory.getInt(command + COMMAND_OP),
                            Memory.getInt(command + COMMAND_SOCKET),
                            Memory.getInt(command + COMMAND_GENERATION),
                            Memory.getInt(command + COMMAND_ARGUMENT));
            commands++;
        }
        Memory.putIntRelease(at + PROCESS_COMMAND_CONS, commands);
        if (Memory.getInt(at + PROCESS_MAGAZINE_WANT) != 0) {
            instance.processes().refillLater(this);
        }
    }

    /**
     * Fills the magazine: to a level that grows when the process took all of it.
     *
     * @return false if the process asked for chunks and there were none
     */
    boolean refill() {
        final int now = Memory.getIntAcquire(at + PROCESS_MAGAZINE_CONS);
        final int left = lent - now;
        if (Integer.compareUnsigned(left, lent - used) > 0) {
            instance.violation("magazine_cons of process " + number, number, now, used, lent);
            return true;
        }
        if (left == 0 && lent != 0) {
            level = Math.min(level * 2, JR_MAGAZINE);
        }
        used = now;
        final ChunkPool pool = instance.pool();
        final int before = lent;
        int count = left;
        while (count < level) {
            final int chunk = pool.take(ChunkPool.MAGAZINE, number);
            if (chunk < 0) {
                break;
            }
            Memory.putInt(at + PROCESS_MAGAZINE + 4L * (lent & JR_MAGAZINE - 1), chunk);
            lent++;
            count++;
        }
        if (lent != before) {
            // Who says that it wants some looks again: it finds these, or is seen below.
            Memory.putIntVolatile(at + PROCESS_MAGAZINE_PROD, lent);
        }
        if (Memory.getInt(at + PROCESS_MAGAZINE_WANT) == 0) {
            return true;
        }
        starving = count == 0;
        if (starving) {
            return false;
        }
        Memory.putIntVolatile(at + PROCESS_MAGAZINE_WANT, 0);
        if (Memory.getIntAcquire(at + PROCESS_MAGAZINE_CONS) - before >= 0) {
            // All that was there before these is gone, if not at the first look then since: somebody may have found
            // none, and waits.
            instance.sockets().tellWanting(number);
        }
        return true;
    }

    // ---- left to a successor

    void save(final BooksWriter to) {
        to.number(number).number(pid).number(commands).number(lent).number(used);
        to.number(level).flag(starving).flag(refilling);
    }

    /** All but its number. */
    void restore(final BooksReader from) {
        attached = true;
        pid = from.number();
        commands = from.number();
        lent = from.number();
        used = from.number();
        level = from.number(1, JR_MAGAZINE);
        starving = from.flag();
        if (from.flag()) {
            instance.processes().refillLater(this);
        }
    }
}
