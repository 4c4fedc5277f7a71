package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.HEADER_ASLEEP;
import static joyride.ipc.shm.ShmLayout.HEADER_CPU;
import static joyride.ipc.shm.ShmLayout.HEADER_IDLE;
import static joyride.ipc.shm.ShmLayout.HEADER_WAITING_CPU;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.socket.Attachments;
import joyride.api.socket.IpcTransport;
import joyride.api.socket.RehearsalStage;
import joyride.api.socket.StackInstance;
import joyride.api.socket.TransportHost;
import joyride.api.socket.TransportHost.Application;
import joyride.linux.Descriptors;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.Designate;

/**
 * Brings the sockets of other processes in by shared memory: libjoyride.so attaches to the unix socket
 * {@code attach.sock}, gets the sealed memory of its stack instance, and from then on socket calls are reads and writes there.
 * {@code joyride_abi.h} describes the memory and the messages.
 */
@Component(
        service = IpcTransport.class,
        configurationPid = "joyride.ipc.shm",
        property = IpcTransport.TRANSPORT + "=shm")
@Designate(ocd = ShmConfiguration.class)
public final class ShmTransport implements IpcTransport {
    private static final long ATTACH_INTERVAL = 1_000_000;
    private static final long SWEEP_LEAST = 20_000_000;
    private static final long SWEEP_MOST = 1_000_000_000;
    private static final int SWEEP_SOCKETS = 256;
    private static final Path UNPRIVILEGED_PORTS = Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start");

    /** What its books are written in: a change of what is saved, or of the memory, is another number. */
    static final String BOOKS = "joyride.ipc.shm 1, ABI " + ShmLayout.JR_ABI_VERSION;

    private static final System.Logger LOG = System.getLogger(ShmTransport.class.getName());

    private volatile ShmSettings settings;
    private ShmSettings applied;
    private final List<ShmInstance> instances = new ArrayList<>();
    private final Turns turns = new Turns(instances);
    private final Quarantine abandoned = new Quarantine();
    private TransportHost host;

    /** The host, for other threads. */
    private volatile TransportHost wakeable;

    private Kernels kernels;
    private AttachServer server;
    private Twins twins;
    private int unprivilegedPorts;
    private int policyGeneration;

    private final UntakenConnections untaken = new UntakenConnections();

    private boolean woken;
    private long attachAt;
    private long sweepAt;
    private long sweepInterval = SWEEP_LEAST;
    private long timerUntil;

    /** As a component. Where the configuration is wrong the log says so, and the standard one holds. */
    @Activate
    public ShmTransport(final Map<String, Object> properties, final BundleContext context) {
        this(configured(properties, run(context)));
    }

    ShmTransport(final ShmSettings settings) {
        this.settings = settings;
        applied = settings;
    }

    /** Another configuration: programs stay attached. Memory counts for applications that come, the path for the next start. */
    @Modified
    void modified(final Map<String, Object> properties, final BundleContext context) {
        try {
            change(ShmSettings.of(properties, run(context)));
        } catch (final IllegalArgumentException e) {
            LOG.log(System.Logger.Level.ERROR, e.getMessage() + "; the configuration before it stays");
        }
    }

    private static ShmSettings configured(final Map<String, Object> properties, final String run) {
        try {
            return ShmSettings.of(properties, run);
        } catch (final IllegalArgumentException e) {
            LOG.log(System.Logger.Level.ERROR, e.getMessage() + "; the standard configuration holds");
            return ShmSettings.of(Map.of(), run);
        }
    }

    void change(final ShmSettings changed) {
        if (!changed.path().equals(settings.path())) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "joyride.ipc.shm: path stays " + settings.path() + " until the service starts again");
        }
        settings = changed.at(settings.path());
        final TransportHost loop = wakeable;
        if (loop != null) {
            loop.wake();
        }
    }

    ShmSettings settings() {
        return settings;
    }

    private static String run(final BundleContext context) {
        final String run = context.getProperty("joyride.run");
        return run == null || run.isBlank() ? ShmSettings.defaultRun() : run;
    }

    /** @throws IllegalStateException in one line if the attach socket cannot be had */
    @Override
    public void attach(final TransportHost loop) {
        server = new AttachServer(this, settings.path());
        begin(loop);
        policyGeneration = loop.policyGeneration();
    }

    private void begin(final TransportHost loop) {
        host = loop;
        wakeable = loop;
        twins = new Twins();
        kernels = loop.kernels();
        unprivilegedPorts = readUnprivilegedPorts();
        applied = null;
        timerUntil = 0;
        woken = true;
    }

    private static int readUnprivilegedPorts() {
        try {
            return Integer.parseInt(Files.readString(UNPRIVILEGED_PORTS).strip());
        } catch (final IOException | NumberFormatException e) {
            return 1024;
        }
    }

    @Override
    public void detach() {
        for (final ShmInstance instance : instances) {
            if (!instance.core().ended()) {
                instance.core().end("its transport stops");
            }
            instance.settle();
            instance.abandon();
        }
        instances.clear();
        server.close();
        twins.close();
        turns.forget();
    }

    @Override
    public void rehearse(final RehearsalStage stage) {
        // A name that no other version of this bundle takes meanwhile: a thread rehearses one thing at a time.
        final Path path = settings.path()
                .resolveSibling("rehearsal-" + Thread.currentThread().threadId());
        try (ShmRehearsal rehearsal = new ShmRehearsal(path, stage)) {
            rehearsal.run();
        }
    }

    // ---- left to a successor

    @Override
    public Attachments release() {
        turns.ring();
        final BooksWriter to = new BooksWriter();
        to.number(instances.size());
        for (final ShmInstance instance : instances) {
            instance.save(to);
        }
        server.save(to, instances);
        untaken.save(to, instances);
        abandoned.save(to);
        to.number(attachAt).number(sweepAt).number(sweepInterval);
        final Attachments left = to.finish(BOOKS);
        server.letGo();
        twins.close();
        forget();
        return left;
    }

    private void forget() {
        instances.clear();
        abandoned.clear();
        untaken.clear();
        turns.forget();
        server = null;
    }

    @Override
    public void adopt(final TransportHost loop, final Attachments left) {
        if (!left.format().equals(BOOKS)) {
            throw new IllegalStateException(
                    "it reads '" + BOOKS + "', the transport before it left '" + left.format() + "'");
        }
        begin(loop);
        try {
            final BooksReader from = new BooksReader(left);
            for (int count = from.number(); count > 0; count--) {
                instances.add(ShmInstance.restore(this, from));
            }
            server = AttachServer.restore(this, from, instances);
            untaken.restore(from, instances);
            abandoned.restore(from);
            attachAt = from.longNumber();
            sweepAt = from.longNumber();
            sweepInterval = from.longNumber();
            from.end();
        } catch (final RuntimeException e) {
            if (server != null) {
                server.letGo();
            }
            twins.close();
            forget();
            throw e;
        }
        for (final ShmInstance instance : instances) {
            instance.sockets().takePlaces();
            instance.policy(loop.policy(instance.application()));
        }
        policyGeneration = loop.policyGeneration();
        if (!settings.path().equals(server.path())) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "joyride.ipc.shm: path stays " + server.path() + " until the service starts again");
            settings = settings.at(server.path());
        }
    }

    Kernels kernels() {
        return kernels;
    }

    Twins twins() {
        return twins;
    }

    boolean dropStaleListeners(final int port) {
        boolean dropped = false;
        for (final ShmInstance instance : instances) {
            dropped |= instance.sockets().dropStaleListeners(port);
        }
        return dropped;
    }

    int unprivilegedPorts() {
        return unprivilegedPorts;
    }

    List<ShmInstance> instances() {
        return instances;
    }

    /**
     * The instance that a process belongs to: the one where its earlier program left sockets, or a new one.
     *
     * @throws IllegalStateException in one line if there is no memory for it
     */
    ShmInstance instanceFor(final String name, final int pid, final int user) {
        for (final ShmInstance instance : instances) {
            if (instance.expects(pid) && (user == 0 || instance.user() == user)) {
                return instance;
            }
        }
        final StackInstance core = host.createInstance(name.isEmpty() ? "process " + pid : name);
        final int doorbell = server.doorbell();
        try {
            if (doorbell < 0) {
                throw new IllegalStateException(
                        "no eventfd for an application: errno " + -doorbell + "; raise the service's RLIMIT_NOFILE");
            }
            final InstanceMemory memory = InstanceMemory.create(core.id(), settings);
            final ShmInstance instance = new ShmInstance(this, core, memory, user, doorbell);
            instances.add(instance);
            return instance;
        } catch (final IllegalStateException e) {
            if (doorbell >= 0) {
                Descriptors.close(doorbell);
            }
            core.end(e.getMessage());
            throw e;
        }
    }

    /** A program begins in {@code instance}: the policy is for who that is. */
    void runs(final ShmInstance instance, final String name, final int pid, final int user) {
        instance.application(new Application(Executable.of(pid), name, user));
        instance.policy(host.policy(instance.application()));
    }

    // ---- each turn

    @Override
    public int poll() {
        final long now = host.nanoTime();
        int done = 0;
        if (woken || applied != settings || now - attachAt >= ATTACH_INTERVAL) {
            woken = false;
            attachAt = now;
            done += server.poll();
            housekeeping(now);
        }
        done += turns.poll();
        done += server.escalations().poll();
        return done;
    }

    private void housekeeping(final long now) {
        if (policyGeneration != host.policyGeneration()) {
            policyGeneration = host.policyGeneration();
            for (final ShmInstance instance : instances) {
                instance.policy(host.policy(instance.application()));
            }
        }
        if (applied != settings) {
            applied = settings;
            Doors.open(applied.path(), applied);
            for (final ShmInstance instance : instances) {
                instance.memory().writeSpin(applied);
            }
        }
        untaken.offerAgain(now);
        sweep(now);
        for (int i = instances.size() - 1; i >= 0; i--) {
            final ShmInstance instance = instances.get(i);
            if (instance.endPublished()) {
                server.dropAll(instance);
            }
            if (instance.isUnused()) {
                instances.remove(i);
                instance.abandon();
                abandoned.add(instance.memory(), now);
            }
        }
        abandoned.sweep(now);
    }

    /** One process alone was told that {@code listener} has a connection. */
    void passOn(final ShmEndpoint listener) {
        untaken.add(listener, host.nanoTime());
    }

    /** Takes ring memory back from sockets that were idle for a while. */
    private void sweep(final long now) {
        if (now - sweepAt < sweepInterval) {
            return;
        }
        sweepAt = now;
        int found = 0;
        boolean holding = false;
        for (int i = 0; i < instances.size(); i++) {
            found += instances.get(i).sweep(SWEEP_SOCKETS);
            holding |= instances.get(i).holdsMemory();
        }
        sweepInterval = found > 0 || !holding ? SWEEP_LEAST : Math.min(sweepInterval * 2, SWEEP_MOST);
    }

    /** An endpoint has something to tell when the turn ends. */
    void later(final ShmEndpoint endpoint) {
        turns.later(endpoint);
    }

    /** The relay may have something to carry. */
    void later(final Relay relay) {
        server.escalations().later(relay);
    }

    @Override
    public void flush() {
        turns.end();
    }

    // ---- sleeping

    @Override
    public void arm() {
        boolean holding = false;
        for (int i = 0; i < instances.size(); i++) {
            final ShmInstance instance = instances.get(i);
            Memory.putInt(instance.memory().base + HEADER_ASLEEP, 1);
            holding |= instance.holdsMemory();
        }
        Memory.fullFence();
        final long now = host.nanoTime();
        final boolean soon = !untaken.isEmpty() || server.escalations().hasWork();
        final long wait = soon ? UntakenConnections.PATIENCE : holding ? sweepInterval : 0;
        if (wait != 0 && (timerUntil - now <= 0 || timerUntil - now > wait)) {
            server.setTimer(wait);
            timerUntil = now + wait;
        }
    }

    @Override
    public void place(final boolean idle, final int cpu) {
        for (int i = 0; i < instances.size(); i++) {
            final long base = instances.get(i).memory().base;
            Memory.putInt(base + HEADER_CPU, cpu + 1);
            Memory.putInt(base + HEADER_IDLE, idle ? 1 : 0);
        }
    }

    @Override
    public int waitingCpu() {
        for (int i = 0; i < instances.size(); i++) {
            final long at = instances.get(i).memory().base + HEADER_WAITING_CPU;
            final int waiting = Memory.getInt(at);
            if (waiting > 0) {
                Memory.putInt(at, 0);
                return waiting - 1;
            }
        }
        return -1;
    }

    @Override
    public void woken() {
        woken = true;
    }

    @Override
    public void disarm() {
        for (int i = 0; i < instances.size(); i++) {
            Memory.putInt(instances.get(i).memory().base + HEADER_ASLEEP, 0);
        }
    }

    @Override
    public int[] wakeDescriptors() {
        return new int[] {server.epoll()};
    }

    @Override
    public int wakeGeneration() {
        return 0;
    }
}
