package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.JR_COMMAND_CLOSE;
import static joyride.ipc.shm.ShmLayout.JR_COMMAND_HOLD;
import static joyride.ipc.shm.ShmLayout.JR_PROCESSES;

import java.util.Arrays;

/** The processes of an instance: who comes and goes, what they command, and whose magazine is to be filled. On the event loop. */
final class ProcessTable {
    private final ShmInstance instance;
    private ShmProcess[] processes = new ShmProcess[4];
    private int attachedCount;
    private ShmProcess[] refills = new ShmProcess[4];
    private int refillCount;

    ProcessTable(final ShmInstance instance) {
        this.instance = instance;
    }

    int attachedCount() {
        return attachedCount;
    }

    /** Whether there is a process {@code number}, which a program may have made up. */
    boolean attached(final int number) {
        return number >= 0 && number < processes.length && processes[number] != null && processes[number].attached();
    }

    /** The process of a number that is, or was, attached. */
    ShmProcess at(final int number) {
        return processes[number];
    }

    /** Takes a process in; null if there are too many. */
    ShmProcess attach(final int pid) {
        int number = 0;
        while (attached(number)) {
            number++;
        }
        if (number == JR_PROCESSES) {
            return null;
        }
        final ShmProcess process = slot(number);
        attachedCount++;
        process.attach(pid);
        return process;
    }

    private ShmProcess slot(final int number) {
        if (number >= processes.length) {
            processes = Arrays.copyOf(processes, Math.max(number + 1, processes.length * 2));
            refills = Arrays.copyOf(refills, processes.length);
        }
        if (processes[number] == null) {
            processes[number] =
                    new ShmProcess(instance, number, instance.memory().process(number));
        }
        return processes[number];
    }

    /** Makes the child of {@code parent}, which holds what the parent holds; null if there are too many. */
    ShmProcess fork(final ShmProcess parent) {
        instance.takeIn();
        final ShmProcess child = attach(0);
        if (child != null) {
            instance.sockets().inherit(parent.number, child.number);
        }
        return child;
    }

    /** A process is gone: releases all that it had. */
    void detach(final ShmProcess process) {
        if (!process.attached()) {
            return;
        }
        instance.takeIn();
        final int number = process.number;
        process.detach();
        attachedCount--;
        instance.sockets().releaseAll(number);
        instance.readiness().forget(number);
        instance.pool().reclaimMagazine(number);
    }

    /** The process runs another program now: its threads and epoll instances are gone, what it holds is not. */
    void renew(final ShmProcess process) {
        instance.takeIn();
        instance.readiness().forget(process.number);
    }

    /** Tells core of which processes this instance consists. */
    void tell() {
        final StringBuilder ids = new StringBuilder();
        for (final ShmProcess process : processes) {
            if (process != null && process.attached() && process.pid() != 0) {
                ids.append(ids.isEmpty() ? "" : ",").append(process.pid());
            }
        }
        instance.core().processes(ids.toString());
    }

    /** A command of a process's ring. */
    void command(final ShmProcess process, final int op, final int slot, final int generation, final int argument) {
        if (op == JR_COMMAND_CLOSE) {
            final ShmEndpoint endpoint = instance.sockets().held(slot, generation, process.number);
            if (endpoint != null) {
                endpoint.unhold(process.number, argument == 1);
            }
        } else if (op == JR_COMMAND_HOLD) {
            final ShmEndpoint endpoint = instance.sockets().find(slot, generation);
            if (endpoint != null) {
                endpoint.takeInClaim();
                endpoint.hold(process.number);
            }
        } else {
            instance.violation("command", process.number, op, JR_COMMAND_CLOSE, JR_COMMAND_HOLD);
        }
    }

    // ---- magazines

    /** A chunk of {@code process}'s magazine went into a ring. */
    void spent(final int process) {
        if (attached(process)) {
            refillLater(processes[process]);
        }
    }

    void refillLater(final ShmProcess process) {
        if (!process.refilling) {
            process.refilling = true;
            refills[refillCount++] = process;
        }
    }

    /** Fills the magazines that want it, as far as there are chunks. */
    void refill() {
        int kept = 0;
        for (int i = 0; i < refillCount; i++) {
            final ShmProcess process = refills[i];
            if (process.attached() && !process.refill()) {
                refills[kept++] = process;
            } else {
                process.refilling = false;
            }
        }
        refillCount = kept;
    }

    /** Whether process {@code number} waits for chunks that there are not. */
    boolean starving(final int number) {
        return refillCount > 0 && attached(number) && processes[number].starving();
    }

    // ---- left to a successor

    void save(final BooksWriter to) {
        to.number(attachedCount);
        for (final ShmProcess process : processes) {
            if (process != null && process.attached()) {
                process.save(to);
            }
        }
    }

    void restore(final BooksReader from) {
        attachedCount = from.number(0, JR_PROCESSES);
        for (int i = 0; i < attachedCount; i++) {
            slot(from.number(0, JR_PROCESSES - 1)).restore(from);
        }
    }
}
