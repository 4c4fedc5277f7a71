package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.time.Clock;

/** An Ethernet device of DPDK's, started. */
public final class DpdkPort implements NicPort {
    private static final System.Logger LOG = System.getLogger(DpdkPort.class.getName());

    /** Ethernet header, VLAN tag. */
    private static final int HEADERS = 18;

    private static final int STANDARD_MTU = 1500;
    private static final int STANDARD_BUFFER = 2048;
    private static final int SPARE_FRAMES = 1280;

    /** Drivers that carry frames of any length and yet name the usual one. */
    private static final Set<String> ANY_LENGTH = Set.of("net_memif", "net_ring", "net_null");

    /** Virtual devices without interrupts: asking for them fails, or fails only later. */
    private static final Set<String> POLLED =
            Set.of("net_memif", "net_ring", "net_null", "net_af_packet", "net_af_xdp", "net_pcap", "net_virtio_user");

    /** Gives the frames of its fill ring back to nobody when it closes; core has none of them by then. */
    private static final String FORGETS = "net_af_xdp";

    private final String name;
    private final String device;
    private final int port;
    private final DeviceInfo info;
    private final int mtu;
    private final Mempool pool;
    private final DpdkQueue[] queues;
    private final Arena arena = Arena.ofShared();
    private int offloads;
    private boolean interrupts;
    private boolean running;
    private boolean closed;

    /** Opens and starts. The caller holds {@link Eal#lock}. */
    DpdkPort(final NicConfiguration configuration, final DpdkSettings settings, final Clock clock) throws NicException {
        name = configuration.name();
        device = configuration.device();
        Lingering.sweep();
        port = Ethdev.probe(device, settings.arguments());
        Mempool made = null;
        try {
            info = DeviceInfo.of(port);
            mtu = mtu(configuration.mtu());
            final int buffer = settings.buffer() > 0 ? settings.buffer() : Math.max(STANDARD_BUFFER, mtu + HEADERS);
            final int count = queueCount(configuration.queues());
            final int[] descriptors =
                    Ethdev.descriptors(port, settings.receiveDescriptors(), settings.transmitDescriptors());
            final int frames = settings.frames() > 0
                    ? settings.frames()
                    : count * (descriptors[0] + descriptors[1]) + SPARE_FRAMES;
            made = Mempool.create(Mempool.freeName(), frames, buffer + Layout.HEADROOM, Ethdev.socket(port));
            pool = made;
            queues = new DpdkQueue[count];
            configure(settings, buffer);
            for (int i = 0; i < count; i++) {
                Ethdev.setUpQueue(port, i, descriptors, Ethdev.socket(port), pool);
                queues[i] = new DpdkQueue(
                        port,
                        i,
                        info.blocking(),
                        pool,
                        buffer,
                        mtu + HEADERS,
                        new IdlePolls(clock, settings.idleNanos()),
                        arena);
            }
            if (settings.mac() != null) {
                Ethdev.setMac(port, settings.mac());
            }
            start();
            if (!Ethdev.promiscuous(port, settings.promiscuous()) && settings.promiscuous()) {
                throw new NicException("the device cannot be promiscuous; remove the setting 'promiscuous'");
            }
            Ethdev.allMulticast(port);
        } catch (final NicException | RuntimeException e) {
            Ethdev.stop(port);
            Ethdev.close(port, DeviceInfo.of(port).device());
            if (made != null) {
                made.free();
            }
            arena.close();
            throw new NicException(name + ": " + device + ": " + e.getMessage(), e);
        }
    }

    private int mtu(final int wanted) throws NicException {
        final int asked = wanted == 0 ? STANDARD_MTU : wanted;
        final int most = (int) Math.min(info.maxMtu(), Math.max(0, info.maxFrame() - HEADERS));
        final int room = 65535 - Layout.HEADROOM - HEADERS;
        if (asked > room || asked > most && !ANY_LENGTH.contains(info.driver())) {
            throw new NicException(
                    "mtu " + asked + " is more than the device takes, " + Math.min(room, most) + "; set a smaller mtu");
        }
        return asked;
    }

    private int queueCount(final int wanted) throws NicException {
        final int most = Math.min(info.receiveQueues(), info.transmitQueues());
        if (wanted > most) {
            throw new NicException(wanted + " queues, but the device has " + most + "; set queues to that or less");
        }
        return Math.max(1, wanted);
    }

    private void configure(final DpdkSettings settings, final int buffer) throws NicException {
        final long known = Layout.TX_OFFLOAD_IPV4 | Layout.TX_OFFLOAD_TCP | Layout.TX_OFFLOAD_UDP;
        final long transmit = settings.offload() ? info.transmitOffloads() & known : 0;
        long receive = settings.offload() ? info.receiveOffloads() & Layout.RX_OFFLOAD_CHECKSUMS : 0;
        if (buffer < mtu + HEADERS && info.receives(Layout.RX_OFFLOAD_SCATTER)) {
            receive |= Layout.RX_OFFLOAD_SCATTER;
        }
        if ((transmit & Layout.TX_OFFLOAD_IPV4) != 0) {
            offloads |= Offload.TX_IPV4_CHECKSUM;
        }
        if ((transmit & Layout.TX_OFFLOAD_TCP) != 0 && (transmit & Layout.TX_OFFLOAD_UDP) != 0) {
            offloads |= Offload.TX_TRANSPORT_CHECKSUM;
        }
        final long rss = queues.length > 1 ? info.rssFunctions() & Layout.RSS_FUNCTIONS : 0;
        final int told = ANY_LENGTH.contains(info.driver()) ? Math.min(mtu, STANDARD_MTU) : mtu;
        interrupts = settings.interrupts() && !POLLED.contains(info.driver());
        Ethdev.configure(port, queues.length, told, receive, transmit, rss, interrupts);
    }

    /** Starts the device again. By a control thread, while no loop uses the queues. */
    public void start() throws NicException {
        synchronized (Eal.lock()) {
            if (running || closed) {
                return;
            }
            Ethdev.start(port);
            running = true;
            for (int i = 0; i < queues.length; i++) {
                queues[i].start(interrupts ? Ethdev.interruptDescriptor(port, i) : -1);
            }
        }
    }

    /** Stops the device; {@link #start} goes on. By a control thread, while no loop uses the queues. */
    public void stop() {
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
        if (!info.driver().equals("net_memif")) {
            Ethdev.stop(port);
            return;
        }
        try {
            Ethdev.stopAmongEvents(port);
        } catch (final NicException e) {
            LOG.log(System.Logger.Level.WARNING, name + ": " + device + ": " + e.getMessage());
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
        return mtu;
    }

    @Override
    public int offloads() {
        return offloads;
    }

    @Override
    public boolean linkUp() {
        synchronized (Eal.lock()) {
            return running && Ethdev.linkUp(port);
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

    /**
     * Receives a burst and sends it on by another port's queue, unseen. By the loop that has both queues.
     *
     * @param most frames, at most 128
     * @return frames that the other port took
     */
    public int forward(final int queue, final DpdkPort to, final int toQueue, final int most) {
        return queues[queue].forward(to.queues[toQueue], most);
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
            long noFrame = 0;
            long tooLong = 0;
            for (final DpdkQueue queue : queues) {
                dropped += queue.transmitDropped();
                noFrame += queue.noFrame();
                tooLong += queue.tooLong();
            }
            statistics.put("tx dropped", dropped);
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
        return device + ", " + Libraries.opened().version() + (interrupts ? "" : ", polled");
    }

    @Override
    public void close() {
        synchronized (Eal.lock()) {
            if (closed) {
                return;
            }
            stop();
            closed = true;
            final int result = Ethdev.close(port, info.device());
            if (result != 0) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        name + ": " + device + " did not close well: " + Functions.text(result));
            }
            for (final DpdkQueue queue : queues) {
                queue.close();
            }
            arena.close();
            final int out = pool.inUse();
            if (out == 0 || FORGETS.equals(info.driver())) {
                pool.free();
            } else {
                LOG.log(
                        System.Logger.Level.WARNING,
                        name + ": " + out + " frames of " + device
                                + " are not back; their memory stays until they are");
                Lingering.add(pool);
            }
        }
    }
}
