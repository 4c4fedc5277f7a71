package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicEvents;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Steering;
import joyride.api.time.Clock;
import joyride.linux.DeviceWatch;
import joyride.linux.NetworkDevice;

/** An Ethernet device of DPDK's, started. */
public final class DpdkPort implements NicPort, DeviceWatch.Listener {
    private static final System.Logger LOG = System.getLogger(DpdkPort.class.getName());
    private static final int SPARE_FRAMES = 1280;

    /** Gives the frames of its fill ring back to nobody when it closes; core has none of them by then. */
    private static final String FORGETS = "net_af_xdp";

    private final String name;
    private final EalDevice device;
    private final NicEvents events;
    private final int port;
    private final PortPlan plan;
    private final Mempool pool;
    private final DpdkQueue[] queues;
    private final Arena arena = Arena.ofShared();
    private final boolean interrupts;
    private final List<AutoCloseable> watches = new ArrayList<>();
    private final Steering steering;
    private final boolean wakes;
    private volatile String steered;
    private volatile NetworkDevice kernel;
    private final List<int[]> sockets = new ArrayList<>();
    private Map<Integer, String> opening;
    private final boolean promiscuous;
    private final MemifSocket listening;
    private boolean running;
    private boolean closed;

    /** Opens and starts. The caller holds {@link Eal#lock}. */
    DpdkPort(final NicConfiguration configuration, final DpdkSettings settings, final Clock clock) throws NicException {
        this(configuration, settings, clock, false);
    }

    /** @param asBlocking whether the burst functions are called as those that make system calls, whatever they do */
    DpdkPort(
            final NicConfiguration configuration,
            final DpdkSettings settings,
            final Clock clock,
            final boolean asBlocking)
            throws NicException {
        name = configuration.name();
        promiscuous = settings.promiscuous();
        events = configuration.events();
        steering = configuration.steering();
        wakes = settings.interrupts();
        Lingering.sweep();
        Mempool made = null;
        MemifSocket taken = null;
        int opened = -1;
        DpdkQueue[] begun = {};
        try {
            device = EalDevice.of(configuration, settings);
            kernel = device.kernel();
            if (configuration.steering().shared() && !(kernel != null && device.copies())) {
                throw new NicException(notShared());
            }
            if (device.driver().equals(FORGETS) && kernel != null) {
                Exclusive.check(kernel);
            }
            taken = device.driver().equals(MemifBuffers.DRIVER) ? MemifSocket.take(device.arguments()) : null;
            listening = taken;
            final var before = DeviceSockets.before(kernel);
            opened = Ethdev.probe(device.name(), device.arguments());
            port = opened;
            plan = PortPlan.of(configuration, settings, device, DeviceInfo.of(port));
            final int[] descriptors =
                    Ethdev.descriptors(port, settings.receiveDescriptors(), settings.transmitDescriptors());
            final int frames = settings.frames() > 0
                    ? settings.frames()
                    : plan.queues() * (descriptors[0] + descriptors[1]) + SPARE_FRAMES;
            made = Mempool.create(
                    Mempool.freeName(), frames, plan.buffer() + Layout.HEADROOM, Ethdev.socket(port), device.driver());
            pool = made;
            interrupts = plan.configure(port, settings, arena);
            queues = new DpdkQueue[plan.queues()];
            begun = queues;
            for (int i = 0; i < queues.length; i++) {
                final var beforeQueue = DeviceSockets.before(kernel);
                Ethdev.setUpQueue(port, i, descriptors, Ethdev.socket(port), pool);
                sockets.add(DeviceSockets.since(beforeQueue, kernel));
                queues[i] = new DpdkQueue(
                        port,
                        i,
                        asBlocking || plan.info().blocking(),
                        pool,
                        plan.buffer(),
                        plan.joined(),
                        new IdlePolls(clock, settings.idleNanos()),
                        arena);
            }
            addresses(settings);
            Ethdev.start(port);
            final int[] all = DeviceSockets.since(before, kernel);
            // Some open a socket for a queue when it is set up, others all of them at once: then each queue listens to
            // all.
            sockets.replaceAll(own -> own.length > 0 ? own : all);
            listen(all);
            started();
            receive(settings);
            Rss.spread(port, plan.info(), queues.length);
            watch();
        } catch (final NicException | RuntimeException e) {
            abandon(taken, opened, made, begun);
            final String message = name + ": " + configuration.device() + ": " + e.getMessage();
            throw e instanceof NicException refused && refused.isBusy()
                    ? NicException.busy(message)
                    : new NicException(message, e);
        }
    }

    private String notShared() {
        return kernel == null
                ? "a device that DPDK drives cannot be shared with the kernel; remove share=kernel and give it addresses"
                : device.driver()
                        + " takes every frame away from the kernel, whose address is shared; set pmd=af_packet,"
                        + " or take the driver afxdp";
    }

    private void abandon(final MemifSocket taken, final int opened, final Mempool made, final DpdkQueue[] begun) {
        watches.forEach(DpdkPort::close);
        if (taken != null) {
            taken.leave();
        }
        for (final DpdkQueue queue : begun) {
            if (queue != null) {
                queue.stop();
            }
        }
        if (opened >= 0) {
            final long known = DeviceInfo.of(opened).device();
            Ethdev.stop(opened);
            Ethdev.close(opened, known);
        }
        if (made != null) {
            made.free();
        }
        arena.close();
    }

    private void addresses(final DpdkSettings settings) throws NicException {
        if (settings.mac() != null) {
            Ethdev.setMac(port, settings.mac());
        }
    }

    /** What the device is to receive beyond its own address. Of a started port: only then do all devices listen. */
    private void receive(final DpdkSettings settings) throws NicException {
        for (final MacAddress further : settings.macs()) {
            Ethdev.addMac(port, further);
        }
        if (!settings.groups().isEmpty()) {
            Ethdev.groups(port, settings.groups());
        }
        if (!Ethdev.promiscuous(port, settings.promiscuous()) && settings.promiscuous()) {
            throw new NicException("the device cannot be promiscuous; remove the setting 'promiscuous'");
        }
        Ethdev.allMulticast(port, settings.allMulticast());
    }

    /** Some of {@code opened} are the sockets that the device gets frames by. */
    private void listen(final int[] opened) throws NicException {
        opening = DeviceSockets.identities(opened);
        steered = kernel != null && device.copies() ? CopyFilter.attach(opened, steering) : "";
    }

    private void started() {
        running = true;
        final boolean memif = plan.info().driver().equals(MemifBuffers.DRIVER);
        for (int i = 0; i < queues.length; i++) {
            final MemifGuard guard = memif ? MemifGuard.of(port, device.name(), queues.length == 1) : null;
            queues[i].start(wakes ? wake(i, guard) : null, guard);
        }
    }

    /** What tells of frames, or null. */
    private WakeSource wake(final int queue, final MemifGuard guard) {
        if (interrupts) {
            final int descriptor = Ethdev.interruptDescriptor(port, queue);
            return descriptor < 0 ? null : new InterruptWake(port, queue, descriptor);
        }
        if (guard != null) {
            return MemifWake.of(port, device.name(), DpdkQueue.receiveQueue(port, queue), pool.address(), guard);
        }
        return sockets.get(queue).length == 0 ? null : new SocketWake(sockets.get(queue));
    }

    // --- what happens to the device

    private void watch() {
        watches.add(new DeviceEvents(port, device.name(), events));
        if (kernel != null) {
            watches.add(DeviceWatch.start(kernel, this));
        } else {
            final boolean client = MemifSocket.isClient(device);
            final NicEvents told = client ? new MemifClientEvents(this::linkUp, events) : events;
            watches.add(new LinkWatch(name, linkUp(), this::linkUp, told, client));
        }
    }

    @Override
    public void gone(final String why) {
        events.failed(why);
    }

    @Override
    public void seen(final NetworkDevice now) {
        final NetworkDevice before = kernel;
        if (now.equals(before)) {
            return;
        }
        kernel = now;
        if (now.mtu() > plan.mtu() && now.mtu() > before.mtu()) {
            events.failed("the device " + now.name() + " has an MTU of " + now.mtu() + " now, the port's frames hold "
                    + plan.mtu());
        } else {
            events.changed();
        }
    }

    private static void close(final AutoCloseable watch) {
        try {
            watch.close();
        } catch (final Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Starts the device again after {@link #stop}. By a control thread, while no loop uses the queues.
     *
     * @throws NicException if it cannot; it stays stopped
     */
    void start() throws NicException {
        synchronized (Eal.lock()) {
            if (running || closed) {
                return;
            }
            final var before = DeviceSockets.before(kernel);
            Ethdev.start(port);
            try {
                listenAgain(DeviceSockets.since(before, kernel));
                Rss.spread(port, plan.info(), queues.length);
            } catch (final NicException e) {
                Ethdev.stop(port);
                throw e;
            }
            started();
        }
    }

    /** @param opened by the start: drivers either keep their sockets over a stop, and what is set on them, or open others */
    private void listenAgain(final int[] opened) throws NicException {
        if (opened.length > 0) {
            sockets.replaceAll(closed -> opened);
            listen(opened);
        } else if (!DeviceSockets.areOpen(opening)) {
            throw new NicException(name + ": " + device.name()
                    + " opened no sockets in place of those that it closed; close the port and open it again");
        }
    }

    /** Stops the device; {@link #start} goes on. By a control thread, while no loop uses the queues. */
    void stop() {
        synchronized (Eal.lock()) {
            if (running) {
                running = false;
                for (final DpdkQueue queue : queues) {
                    queue.stop();
                }
                stopDevice();
            }
        }
    }

    private void stopDevice() {
        if (!plan.info().driver().equals(MemifBuffers.DRIVER)) {
            Ethdev.stop(port);
            return;
        }
        try {
            Ethdev.stopAmongEvents(port);
        } catch (final NicException e) {
            LOG.log(System.Logger.Level.WARNING, name + ": " + device.name() + ": " + e.getMessage());
            Ethdev.stop(port);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public MacAddress macAddress() {
        return Ethdev.mac(port);
    }

    @Override
    public int mtu() {
        final NetworkDevice now = kernel;
        return now == null ? plan.mtu() : Math.min(plan.mtu(), now.mtu());
    }

    @Override
    public int offloads() {
        return plan.offloads();
    }

    @Override
    public int segmentationLimit() {
        return plan.segmentationLimit();
    }

    @Override
    public int segmentationPieces() {
        return plan.segmentationPieces();
    }

    @Override
    public int segmentationMtu() {
        return plan.segmentationMtu();
    }

    @Override
    public boolean linkUp() {
        final NetworkDevice now = kernel;
        synchronized (Eal.lock()) {
            return running && (now == null ? Ethdev.linkUp(port) : now.up() && now.running());
        }
    }

    @Override
    public int queueCount() {
        return queues.length;
    }

    @Override
    public NicQueue queue(final int index) {
        return queues[index];
    }

    /** From a queue of this port to one of another, unseen. For the loop that has both queues, for as long as both ports are open. */
    public Forwarding forwarding(final int queue, final DpdkPort to, final int toQueue) {
        return queues[queue].to(
                to.queues[toQueue], arena.allocate(Returned.MOST * 8L, 64).address());
    }

    /** Mbufs that are with core, the device or a peer, at this moment: those of a device's receive ring count. */
    public int framesInUse() {
        return pool.inUse();
    }

    @Override
    public Map<String, Long> statistics() {
        synchronized (Eal.lock()) {
            final Map<String, Long> statistics = closed ? new LinkedHashMap<>() : Ethdev.statistics(port);
            long dropped = 0;
            long refused = 0;
            long noFrame = 0;
            long tooLong = 0;
            for (final DpdkQueue queue : queues) {
                dropped += queue.transmitDropped();
                refused += queue.refused();
                noFrame += queue.noFrame();
                tooLong += queue.tooLong();
            }
            statistics.put("tx dropped", dropped);
            statistics.put("tx refused", refused);
            statistics.put("tx no frame", noFrame);
            statistics.put("rx too long", tooLong);
            if (!closed) {
                statistics.put("frames", (long) pool.size());
                statistics.put("frames in use", (long) pool.inUse());
            }
            return statistics;
        }
    }

    @Override
    public String mode() {
        final StringBuilder mode = new StringBuilder(device.name())
                .append(", ")
                .append(Libraries.opened().version());
        if (queues.length > 1) {
            mode.append(", ").append(queues.length).append(plan.spreads() ? " queues by RSS" : " queues");
        }
        if (!steered.isEmpty()) {
            mode.append(", ").append(steered);
        }
        return mode.append(queues[0].wakeDescriptor() < 0 ? ", polled" : "").toString();
    }

    @Override
    public void close() {
        synchronized (Eal.lock()) {
            if (closed) {
                return;
            }
            watches.forEach(DpdkPort::close);
            if (promiscuous) {
                // A device of the kernel's would stay so.
                Ethdev.promiscuous(port, false);
            }
            if (listening != null) {
                listening.leave();
            }
            stop();
            closed = true;
            final int result = Ethdev.close(port, plan.info().device());
            DeviceSockets.closeLeft(opening);
            if (result != 0) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        name + ": " + device.name() + " did not close well: " + Functions.text(result));
            }
            for (final DpdkQueue queue : queues) {
                queue.close();
            }
            arena.close();
            final int out = pool.inUse();
            if (out == 0 || FORGETS.equals(plan.info().driver())) {
                pool.free();
            } else {
                LOG.log(
                        System.Logger.Level.WARNING,
                        name + ": " + out + " frames of " + device.name()
                                + " are not back; their memory stays until they are");
                Lingering.add(pool);
            }
        }
    }
}
