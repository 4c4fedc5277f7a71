package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import java.util.List;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.socket.ProgramPolicy;
import joyride.api.socket.StackInstance;
import joyride.api.socket.TransportHost.Application;
import joyride.linux.Descriptors;

/**
 * The transport's side of one stack instance: its memory, sockets and processes, and its end. Everything here runs on the event
 * loop; the steady state allocates nothing.
 */
final class ShmInstance {
    private static final System.Logger LOG = System.getLogger(ShmInstance.class.getName());

    private final ShmTransport transport;
    private final StackInstance core;
    private final InstanceMemory memory;
    private final ChunkPool pool;
    private final ChunkTables chunkTables = new ChunkTables();
    private final LargeTables largeTables;
    private final SocketOptions options = new SocketOptions();
    private final Signals signals = new Signals();
    private final Readiness readiness;
    private final SocketTable sockets;
    private final ProcessTable processes;
    private final Attention attention;
    private final IdleMemory idle = new IdleMemory();
    private final HungryWindows hungry = new HungryWindows();
    private final Returners returners = new Returners();
    private final int user;
    private final int doorbell;

    private Application application = Application.UNKNOWN;
    private ProgramPolicy policy = new ProgramPolicy(List.of(), List.of());
    private String violation;
    private boolean endPublished;
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
        largeTables = new LargeTables(memory.largeTables());
        readiness = new Readiness(this, memory);
        sockets = new SocketTable(this);
        processes = new ProcessTable(this);
        attention = new Attention(memory, sockets, processes, new Calls(this, memory));
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

    /** Private chunk tables of rings that have chunks. */
    ChunkTables chunkTables() {
        return chunkTables;
    }

    /** The options of its sockets. */
    SocketOptions options() {
        return options;
    }

    LargeTables largeTables() {
        return largeTables;
    }

    Signals signals() {
        return signals;
    }

    Readiness readiness() {
        return readiness;
    }

    SocketTable sockets() {
        return sockets;
    }

    ProcessTable processes() {
        return processes;
    }

    Returners returners() {
        return returners;
    }

    Kernels kernels() {
        return transport.kernels();
    }

    /** Who runs here from now on. */
    void application(final Application who) {
        application = who;
        core.application(who);
    }

    Application application() {
        return application;
    }

    /** Takes on what the policy says to its programs, and shows it to them. */
    void policy(final ProgramPolicy said) {
        policy = said;
        PolicyTable.write(memory, said);
    }

    /** What the policy says to its programs. */
    ProgramPolicy policy() {
        return policy;
    }

    /** The kernel's listeners. */
    Twins twins() {
        return transport.twins();
    }

    /** Closes listeners on {@code port}, of whatever instance, for which no descriptor stands any more. @return whether there were any */
    boolean dropStaleListeners(final int port) {
        return transport.dropStaleListeners(port);
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

    // ---- what waits for the end of the turn

    void later(final ShmEndpoint endpoint) {
        transport.later(endpoint);
    }

    /** The relay may have something to carry. */
    void later(final Relay relay) {
        transport.later(relay);
    }

    /** One exclusive queue alone was told that this listener has a connection. */
    void toldOne(final ShmEndpoint endpoint) {
        if (endpoint.listening() != null) {
            transport.passOn(endpoint);
        }
    }

    // ---- the turn

    /** Carries out what the programs asked for. @param most sockets to look at @return how much */
    int poll(final int most) {
        if (ended()) {
            return 0;
        }
        int done = attention.poll(most);
        if (!hungry.isEmpty()) {
            done += hungry.feed(pool);
        }
        return done;
    }

    /** Sockets that the last {@link #poll} looked at. */
    int looked() {
        return ended() ? 0 : attention.looked();
    }

    /** Takes in all that programs have written so far, without bound: before a process comes or goes. */
    void takeIn() {
        if (!ended()) {
            attention.takeIn();
        }
    }

    /** Looks at a socket again in the next turn. */
    void again(final int slot) {
        attention.again(slot);
    }

    /** Fills magazines, and ends the instance if it must end. Before the endpoints' {@link ShmEndpoint#settle}. */
    void settle() {
        if (ended()) {
            publishEnd();
        } else {
            processes.refill();
        }
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

    // ---- ring memory

    /** {@code endpoint} owns ring memory from now on. */
    void holdsMemory(final ShmEndpoint endpoint) {
        idle.owns(endpoint);
    }

    boolean holdsMemory() {
        return !idle.isEmpty();
    }

    /** The receive window of {@code endpoint} got less than it asked for. */
    void wantsMemory(final ShmEndpoint endpoint) {
        hungry.add(endpoint);
    }

    /** Looks at up to {@code most} sockets with memory, and takes it back from those that were idle since the last look. */
    int sweep(final int most) {
        if (ended()) {
            idle.clear();
            return 0;
        }
        return idle.sweep(most);
    }

    // ---- who belongs to it, and the end

    /** Whether {@code pid} is a process whose earlier program left sockets here. */
    boolean expects(final int pid) {
        return returners.expects(pid) && !ended();
    }

    /** Whether nobody can use it any more. */
    boolean isUnused() {
        return processes.attachedCount() == 0 && returners.escalated() == 0 && (sockets.inUse() == 0 || ended());
    }

    /** Lets the memory go. */
    void abandon() {
        if (!core.ended()) {
            core.end("its last process has gone");
        }
        for (int slot = 0; slot < sockets.count(); slot++) {
            signals.forget(sockets.at(slot));
        }
        readiness.close();
        memory.abandon();
        Descriptors.close(doorbell);
    }

    // ---- left to a successor

    void save(final BooksWriter to) {
        to.instance(core)
                .mapping(memory.base, memory.size)
                .descriptor(memory.fd)
                .number(memory.chunks);
        to.number(user)
                .text(application.program())
                .text(application.name())
                .number(application.user())
                .descriptor(doorbell)
                .text(violation)
                .flag(endPublished);
        pool.save(to);
        processes.save(to);
        sockets.save(to);
        idle.save(to);
        hungry.save(to);
        readiness.save(to);
        attention.save(to);
        returners.save(to);
    }

    /** An instance as it was left; its endpoints are not yet in their places. */
    static ShmInstance restore(final ShmTransport transport, final BooksReader from) {
        final StackInstance core = from.instance();
        final InstanceMemory memory = InstanceMemory.restore(from);
        final int user = from.number();
        final Application who = new Application(from.text(), from.text(), from.number());
        final ShmInstance instance = new ShmInstance(transport, core, memory, user, from.descriptor());
        instance.application = who;
        instance.violation = from.text();
        instance.endPublished = from.flag();
        instance.pool.restore(from);
        instance.processes.restore(from);
        instance.sockets.restore(from);
        instance.idle.restore(from, instance.sockets);
        instance.hungry.restore(from, instance.sockets);
        instance.readiness.restore(from);
        instance.attention.restore(from);
        instance.returners.restore(from);
        return instance;
    }
}
