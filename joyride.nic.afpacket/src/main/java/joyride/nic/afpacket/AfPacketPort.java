package joyride.nic.afpacket;

import java.util.LinkedHashMap;
import java.util.Map;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicEvents;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.linux.DeviceWatch;
import joyride.linux.NetworkDevice;

/** An open port: the socket, its queue, and the watch over the device. */
final class AfPacketPort implements NicPort, DeviceWatch.Listener {
    private static final System.Logger LOG = System.getLogger(AfPacketPort.class.getName());

    private final String name;
    private final PacketSocket socket;
    private final AfPacketQueue queue;
    private final int largestMtu;
    private final String mode;
    private final NicEvents events;
    private final DeviceWatch watch;
    private volatile NetworkDevice device;
    private long overflows;
    private boolean closed;

    /** @param largestMtu what a slot of the ring takes */
    AfPacketPort(
            final String name,
            final NetworkDevice device,
            final PacketSocket socket,
            final AfPacketQueue queue,
            final int largestMtu,
            final String mode,
            final NicEvents events) {
        this.name = name;
        this.device = device;
        this.socket = socket;
        this.queue = queue;
        this.largestMtu = largestMtu;
        this.mode = mode;
        this.events = events;
        watch = DeviceWatch.start(device, this);
    }

    @Override
    public void gone(final String why) {
        events.failed(why);
    }

    @Override
    public void seen(final NetworkDevice now) {
        if (!now.equals(device)) {
            device = now;
            events.changed();
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public MacAddress macAddress() {
        return device.mac();
    }

    @Override
    public int mtu() {
        return Math.min(device.mtu(), largestMtu);
    }

    @Override
    public boolean linkUp() {
        return device.up() && device.running();
    }

    @Override
    public NicQueue queue(final int index) {
        if (index != 0) {
            throw new IndexOutOfBoundsException("queue " + index + " of " + name + ": af_packet has queue 0 alone");
        }
        return queue;
    }

    @Override
    public synchronized Map<String, Long> statistics() {
        final Map<String, Long> statistics = new LinkedHashMap<>();
        for (final PacketCounter counter : PacketCounter.values()) {
            statistics.put(counter.label(), queue.count(counter));
        }
        if (!closed) {
            overflows += socket.overflows();
        }
        statistics.put("rx dropped: ring full", overflows);
        return statistics;
    }

    @Override
    public String mode() {
        return mode;
    }

    /** @throws IllegalStateException if core has not given back every frame: a leak; all is closed nevertheless */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        watch.close();
        final int lent = queue.lent();
        socket.close();
        queue.close();
        LOG.log(System.Logger.Level.DEBUG, "port of {0} closed", name);
        if (lent != 0) {
            throw new IllegalStateException(lent + " frames of " + name + " were not given back");
        }
    }
}
