package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import java.util.Arrays;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.socket.StackInstance;
import joyride.linux.Descriptors;

/**
 * The transport's side of one stack instance: its memory, socket slots, processes. Everything here runs on the event loop;
 * the steady state allocates nothing.
 */
final class ShmInstance {
    private static final System.Logger LOG = System.getLogger(ShmInstance.class.getName());
    /** Sockets looked at in one turn at most, give or take a word of the bitmap. */
    private static final int SOCKETS_A_TURN = 512;

    private static final int CALLS_A_TURN = 64;
    private static final int SUMMARIES = JR_BITMAP_WORDS / 64;

    private final ShmTransport transport;
    private final StackInstance core;
    private final InstanceMemory memory;
    private final ChunkPool pool;
    private final Readiness readiness;
    private final Calls calls;
    private final int user;
    private final int doorbell;

    private ShmEndpoint[] endpoints = new ShmEndpoint[64];
    private int endpointCount;
    private int[] freeSlots = new int[64];
    private int freeCount;
    private int socketsInUse;

    private ShmProcess[] processes = new ShmProcess[4];
    private int attachedCount;
    private ShmProcess[] refills = new ShmProcess[4];
    private int refillCount;

    private final long[] dirty = new long[SUMMARIES];
    private int cursor;
    private long called;

    private final IdleMemory idle = new IdleMemory();
    private final HungryWindows hungry = new HungryWindows();

    private int[] escalatedPids = new int[0];
    private int escalated;
    private String violation;
    private boolean endPublished;
    /** When the instance lost its memory, ns; meaningful once abandoned. */
    private long abandonedAt;

    private boolean abandoned;
    private boolean limitTold;

    /**
     * @param user whose processes these are
     * @param doorbell the eventfd that they write when the service sleeps
     */
    ShmInstance(
            final ShmTransport transport,
            final StackInstance core,
            final InstanceMemory memory,
            final int user,
            final int doorbell) {
        this.transport = transport;
        this.doorbell = doorbell;
        this.core = core;
        this.memory = memory;
        this.user = user;
        pool = new ChunkPool(memory.chunks(), memory.chunks);
        readiness = new Readiness(this, memory);
        calls = new Calls(this, memory);
    }

    StackInstance core() {
        return core;
    }

    InstanceMemory memory() {
        return memory;
    }

    ChunkPool pool() {
        return pool;
    }

    Readiness readiness() {
        return readiness;
    }

    Kernels kernels() {
        return transport.kernels();
    }

    /** Whose processes these are. */
    int user() {
        return user;
    }

    int doorbell() {
        return doorbell;
    }

    /** Whether its processes may have that local port: as Linux, privileged ones only below the limit. */
    boolean mayBind(final int port) {
        return user == 0 || port >= transport.unprivilegedPorts();
    }

    boolean ended() {
        return violation != null || core.ended();
    }

    int socketsInUse() {
        return socketsInUse;
    }

    int attachedCount() {
        return attachedCount;
    }

    /**
     * A program wrote what it must not. The instance ends when the turn does; until then nothing of it is touched any more
     * than necessary.
     */
    void violation(final String word, final int where, final long value, final long least, final long most) {
        violation(word + " of socket or process " + where + " is " + value + ", allowed is " + least + ".." + most
                + ": the program wrote over Joyride's memory");
    }

    /** The same, said in one line. */
    void violation(final String what) {
        if (violation == null) {
            violation = what;
        }
    }

    /** Code of the transport threw while it worked for this instance. */
    void failed(final RuntimeException thrown) {
        LOG.log(System.Logger.Level.ERROR, "instance " + core.id() + " (" + core.name() + ")", thrown);
        if (violation == null) {
            violation = "exception in the shared-memory transport: " + thrown;
        }
    }

    // ---- socket slots

    /** A free slot, begun; null if there is none, or no memory for one more. */
    ShmEndpoint allocate() {
        final ShmEndpoint endpoint;
        if (socketsInUse == pool.mostWindows()) {
            tellLimit();
            return null;
        } else if (freeCount > 0) {
            endpoint = endpoints[freeSlots[--freeCount]];
        } else if (endpointCount < JR_SOCKETS) {
            if (endpointCount == endpoints.length) {
                endpoints = Arrays.copyOf(endpoints, endpointCount * 2);
                freeSlots = Arrays.copyOf(freeSlots, endpointCount * 2);
            }
            endpoint = new ShmEndpoint(this, endpointCount, memory.socket(endpointCount));
            endpoints[endpointCount++] = endpoint;
        } else {
            return null;
        }
        socketsInUse++;
        endpoint.begin();
        return endpoint;
    }

    private void tellLimit() {
        if (!limitTold) {
            limitTold = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "instance " + core.id() + " (" + core.name() + ") has " + socketsInUse
                            + " sockets, as many as its memory serves; raise 'memory' of joyride.ipc.shm");
        }
    }

    /** Takes back a slot that nobody holds and core is done with. */
    void free(final ShmEndpoint endpoint) {
        socketsInUse--;
        freeSlots[freeCount++] = endpoint.slot;
    }

    /** The socket that a program named; null if there is none of that generation. */
    ShmEndpoint endpoint(final int slot, final int generation) {
        if (slot < 0 || slot >= endpointCount) {
            return null;
        }
        final ShmEndpoint endpoint = endpoints[slot];
        return endpoint.inUse() && endpoint.generation() == generation ? endpoint : null;
    }

    /** The socket that a process named, if it holds it; what it accepted a moment ago counts. */
    ShmEndpoint held(final int slot, final int generation, final int process) {
        final ShmEndpoint endpoint = endpoint(slot, generation);
        if (endpoint == null) {
            return null;
        }
        endpoint.takeInClaim();
        return endpoint.heldBy(process) ? endpoint : null;
    }

    /** The endpoint waits for the end of the turn. */
    void later(final ShmEndpoint endpoint) {
        transport.later(endpoint);
    }

    /** The relay may have something to carry. */
    void later(final Relay relay) {
        transport.later(relay);
    }

    /** One exclusive queue alone was told that this listener has a connection. */
    void toldOne(final ShmEndpoint endpoint) {
        if (endpoint.listening()) {
            transport.passOn(endpoint);
        }
    }

    // ---- polling

    /** Carries out what the programs asked for. @return how much */
    int poll() {
        if (ended()) {
            return 0;
        }
        int done = 0;
        if (Memory.getLong(memory.base + HEADER_RUNG) != 0) {
            final long rung = Memory.getAndSetLong(memory.base + HEADER_RUNG, 0);
            if ((rung & JR_RING_SOCKETS) != 0) {
                takeSummaries();
            }
            if ((rung & JR_RING_CALLS) != 0) {
                called |= Memory.getAndSetLong(memory.base + HEADER_CALLS, 0);
            }
            if ((rung & JR_RING_PROCESSES) != 0) {
                done += attend();
            }
            done++;
        }
        done += pollSockets(SOCKETS_A_TURN);
        if (called != 0) {
            done += pollCalls(CALLS_A_TURN);
        }
        if (!hungry.isEmpty()) {
            done += hungry.feed(pool);
        }
        return done;
    }

    private void takeSummaries() {
        for (int i = 0; i < SUMMARIES; i++) {
            final long at = memory.base + HEADER_DIRTY + 8L * i;
            if (Memory.getLongVolatile(at) != 0) {
                dirty[i] |= Memory.getAndSetLong(at, 0);
            }
        }
    }

    private int pollSockets(final int budget) {
        int done = 0;
        for (int i = 0; i < SUMMARIES && done < budget; i++) {
            final int summary = cursor;
            while (dirty[summary] != 0 && done < budget) {
                final int bit = Long.numberOfTrailingZeros(dirty[summary]);
                dirty[summary] &= dirty[summary] - 1;
                done += pollWord(summary * 64 + bit);
            }
            if (dirty[summary] == 0) {
                cursor = cursor + 1 & SUMMARIES - 1;
            }
        }
        return done;
    }

    private int pollWord(final int word) {
        long bits = Memory.getAndSetLong(memory.dirtyWord(word), 0);
        int done = 0;
        while (bits != 0) {
            final int slot = word * 64 + Long.numberOfTrailingZeros(bits);
            bits &= bits - 1;
            if (slot < endpointCount) {
                endpoints[slot].dirty();
                done++;
            }
        }
        return done;
    }

    private int pollCalls(final int budget) {
        int done = 0;
        while (called != 0 && done < budget) {
            final int word = Long.numberOfTrailingZeros(called);
            called &= called - 1;
            long bits = Memory.getAndSetLong(memory.callWord(word), 0);
            while (bits != 0) {
                final int waiter = word * 64 + Long.numberOfTrailingZeros(bits);
                bits &= bits - 1;
                calls.carryOut(waiter);
                done++;
            }
        }
        return done;
    }

    private int attend() {
        int done = 0;
        for (int word = 0; word < JR_PROCESSES / 64; word++) {
            final long at = memory.base + HEADER_PROCESS_ATTENTION + 8L * word;
            if (Memory.getLongVolatile(at) == 0) {
                continue;
            }
            long bits = Memory.getAndSetLong(at, 0);
            while (bits != 0) {
                final int number = word * 64 + Long.numberOfTrailingZeros(bits);
                bits &= bits - 1;
                if (attached(number)) {
                    processes[number].attend();
                    done++;
                }
            }
        }
        return done;
    }

    /** Takes in all that programs have written so far, without bound: before a process comes or goes. */
    void takeIn() {
        if (ended()) {
            return;
        }
        takeSummaries();
        pollSockets(Integer.MAX_VALUE);
        attend();
    }

    // ---- the end of the turn

    /** Fills magazines, and ends the instance if it must end. Before the endpoints' {@link ShmEndpoint#settle}. */
    void settle() {
        if (ended()) {
            publishEnd();
            return;
        }
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

    private void publishEnd() {
        if (endPublished) {
            return;
        }
        endPublished = true;
        if (violation != null && !core.ended()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "instance " + core.id() + " (" + core.name() + ") ended: " + violation);
            core.end(violation);
        }
        Memory.putInt(memory.base + HEADER_END_ERRNO, 104);
        Memory.putIntVolatile(memory.base + HEADER_STATE, JR_INSTANCE_ENDED);
        readiness.wakeAll();
    }

    /** Whether its programs were told that it ended. */
    boolean endPublished() {
        return endPublished;
    }

    // ---- processes

    boolean attached(final int number) {
        return number >= 0 && number < processes.length && processes[number] != null && processes[number].attached();
    }

    ShmProcess process(final int number) {
        return processes[number];
    }

    /** Tells core of which processes this instance consists. */
    void tellProcesses() {
        final StringBuilder ids = new StringBuilder();
        for (final ShmProcess process : processes) {
            if (process != null && process.attached() && process.pid() != 0) {
                ids.append(ids.isEmpty() ? "" : ",").append(process.pid());
            }
        }
        core.processes(ids.toString());
    }

    /** Takes a process in; null if there are too many. */
    ShmProcess attach(final int pid) {
        int number = 0;
        while (number < processes.length && processes[number] != null && processes[number].attached()) {
            number++;
        }
        if (number == JR_PROCESSES) {
            return null;
        }
        if (number == processes.length) {
            processes = Arrays.copyOf(processes, number * 2);
            refills = Arrays.copyOf(refills, number * 2);
        }
        if (processes[number] == null) {
            processes[number] = new ShmProcess(this, number, memory.process(number));
        }
        attachedCount++;
        processes[number].attach(pid);
        return processes[number];
    }

    /** Makes the child of {@code parent}, which holds what the parent holds. */
    ShmProcess fork(final ShmProcess parent) {
        takeIn();
        final ShmProcess child = attach(0);
        if (child != null) {
            for (int slot = 0; slot < endpointCount; slot++) {
                if (endpoints[slot].inUse() && endpoints[slot].heldBy(parent.number)) {
                    endpoints[slot].hold(child.number);
                }
            }
        }
        return child;
    }

    /** A process is gone: releases all that it had. */
    void detach(final ShmProcess process) {
        if (!process.attached()) {
            return;
        }
        takeIn();
        final int number = process.number;
        process.detach();
        attachedCount--;
        for (int slot = 0; slot < endpointCount; slot++) {
            final ShmEndpoint endpoint = endpoints[slot];
            if (endpoint.inUse() && endpoint.heldBy(number)) {
                if (endpoint.heldByOthers(number)) {
                    endpoint.ring().adopt(number);
                }
                endpoint.unhold(number, false);
                if (endpoint.hasWaiting()) {
                    endpoint.tellAgain();
                }
            }
        }
        readiness.forget(number);
        forgetQueues(number);
        pool.reclaimMagazine(number);
    }

    /** The process runs another program now: its threads and epoll instances are gone, what it holds is not. */
    void renew(final ShmProcess process) {
        takeIn();
        readiness.forget(process.number);
        forgetQueues(process.number);
    }

    private void forgetQueues(final int process) {
        for (int queue = 0; queue < JR_QUEUES; queue++) {
            final long at = memory.queue(queue);
            if (Memory.getInt(at + QUEUE_OWNER) == process + 1) {
                for (int slot = 0; slot < endpointCount; slot++) {
                    if (endpoints[slot].inUse()) {
                        endpoints[slot].forgetQueue(queue);
                    }
                }
                Memory.zero(memory.queueWord(queue, 0), 8L * JR_BITMAP_WORDS);
                Memory.zero(at + QUEUE_READY, 64);
                Memory.putInt(at + QUEUE_SLEEPER, 0);
                Memory.putIntRelease(at + QUEUE_OWNER, 0);
            }
        }
    }

    /** A command of a process's ring. */
    void command(final ShmProcess process, final int op, final int slot, final int generation, final int argument) {
        if (op == JR_COMMAND_CLOSE) {
            final ShmEndpoint endpoint = held(slot, generation, process.number);
            if (endpoint != null) {
                endpoint.unhold(process.number, argument == 1);
            }
        } else if (op == JR_COMMAND_HOLD) {
            final ShmEndpoint endpoint = endpoint(slot, generation);
            if (endpoint != null) {
                endpoint.takeInClaim();
                endpoint.hold(process.number);
            }
        } else {
            violation("command", process.number, op, JR_COMMAND_CLOSE, JR_COMMAND_HOLD);
        }
    }

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

    /** Whether process {@code number} waits for chunks that there are not. */
    boolean starving(final int number) {
        return refillCount > 0 && attached(number) && processes[number].starving();
    }

    /** Process {@code number} has chunks again: sockets of it that wait for them are told. */
    void tellWanting(final int number) {
        for (int slot = 0; slot < endpointCount; slot++) {
            if (endpoints[slot].inUse() && endpoints[slot].heldBy(number)) {
                endpoints[slot].writable();
            }
        }
    }

    // ---- ring memory

    /** Socket {@code slot} owns ring memory from now on. */
    void holdsMemory(final int slot) {
        idle.owns(endpoints[slot]);
    }

    boolean holdsMemory() {
        return !idle.isEmpty();
    }

    /** The receive window of {@code slot} got less than it asked for. */
    void wantsMemory(final int slot) {
        hungry.add(endpoints[slot]);
    }

    /** Looks at up to {@code most} sockets with memory, and takes it back from those that were idle since the last look. */
    int sweep(final int most) {
        if (ended()) {
            idle.clear();
            return 0;
        }
        return idle.sweep(most);
    }

    // ---- escalation

    void escalated(final int change) {
        escalated += change;
    }

    /** Remembers that process {@code pid} escalated: its next program may come back. */
    void remember(final int pid) {
        for (final int known : escalatedPids) {
            if (known == pid) {
                return;
            }
        }
        escalatedPids = Arrays.copyOf(escalatedPids, escalatedPids.length + 1);
        escalatedPids[escalatedPids.length - 1] = pid;
    }

    /** Whether {@code pid} is a process whose earlier program left sockets here. */
    boolean expects(final int pid) {
        if (escalated > 0 && !ended()) {
            for (final int known : escalatedPids) {
                if (known == pid) {
                    return true;
                }
            }
        }
        return false;
    }

    // ---- the end

    /** Whether nobody can use it any more. */
    boolean isUnused() {
        return attachedCount == 0 && escalated == 0 && (socketsInUse == 0 || ended());
    }

    /** Lets the memory go. */
    void abandon(final long now) {
        abandoned = true;
        abandonedAt = now;
        if (!core.ended()) {
            core.end("its last process has gone");
        }
        readiness.close();
        memory.abandon();
        Descriptors.close(doorbell);
    }

    boolean abandoned() {
        return abandoned;
    }

    long abandonedAt() {
        return abandonedAt;
    }
}
