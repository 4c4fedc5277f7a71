package joyride.nic.afxdp;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicEvents;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.time.Clock;
import joyride.linux.DeviceWatch;
import joyride.linux.NetworkDevice;

/** An open device: a socket on each queue, the program that feeds them, and a watch on the device. */
final class AfXdpPort implements NicPort {
    private static final System.Logger LOG = System.getLogger(AfXdpPort.class.getName());

    /** How long {@link #close} waits for the last frames to go out: looks, and ns between them. */
    private static final int DRAIN_LOOKS = 100;

    private static final long DRAIN_PAUSE = TimeUnit.MILLISECONDS.toNanos(1);

    private final String name;
    private final NicEvents events;
    private final FrameShape shape;
    private final Opening.Opened opened;
    private final AfXdpQueue[] queues;
    private final DeviceWatch watch;
    private final boolean allQueues;
    private volatile NetworkDevice device;
    private FrameAudit audit = FrameAudit.NOTHING;
    private boolean closed;

    AfXdpPort(
            final NicConfiguration configuration,
            final NetworkDevice device,
            final FrameShape shape,
            final Opening.Opened opened,
            final AfXdpSettings settings,
            final Clock clock) {
        this.name = configuration.name();
        this.events = configuration.events();
        this.allQueues = configuration.queues() == 0;
        this.device = device;
        this.shape = shape;
        this.opened = opened;
        this.queues = new AfXdpQueue[opened.sockets().size()];
        for (int i = 0; i < queues.length; i++) {
            final XdpSocket socket = opened.sockets().get(i);
            queues[i] = new AfXdpQueue(
                    socket.memory(),
                    socket.rings(),
                    socket,
                    new QueueMode(settings.needWakeup(), settings.busyPoll(), socket.zeroCopy()),
                    clock);
        }
        this.watch = DeviceWatch.start(device, new DeviceWatch.Listener() {
            @Override
            public void gone(final String why) {
                events.failed(why);
            }

            @Override
            public void seen(final NetworkDevice now) {
                AfXdpPort.this.seen(now);
            }
        });
    }

    /** The watch looked. */
    private void seen(final NetworkDevice now) {
        final NetworkDevice before = device;
        if (now.equals(before)) {
            return;
        }
        device = now;
        if (now.mtu() > shape.mtu()) {
            events.failed(now.name() + " has an MTU of " + now.mtu() + " now, and frames here hold " + shape.mtu());
        } else if (now.queues() != before.queues() && (allQueues || now.queues() < queues.length)) {
            events.failed(now.name() + " has " + now.queues() + " queues now, not " + before.queues());
        } else {
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
        return Math.min(device.mtu(), shape.mtu());
    }

    @Override
    public boolean linkUp() {
        final NetworkDevice now = device;
        return now.up() && now.running();
    }

    @Override
    public int queueCount() {
        return queues.length;
    }

    @Override
    public NicQueue queue(final int index) {
        return queues[index];
    }

    @Override
    public Map<String, Long> statistics() {
        final Map<String, Long> all = new LinkedHashMap<>();
        for (int i = 0; i < queues.length; i++) {
            final QueueCounters counters = queues[i].counters();
            add(all, "rx packets", counters.rxPackets());
            add(all, "rx bytes", counters.rxBytes());
            add(all, "tx packets", counters.txPackets());
            add(all, "tx bytes", counters.txBytes());
            add(all, "tx dropped: ring full", counters.txFull());
            add(all, "rx dropped: not gathered", counters.notGatheredFrames());
            add(all, "tx wakeups", counters.kicks());
            add(all, "tx wakeups refused", counters.failedKicks());
            final long[] kernel = opened.sockets().get(i).statistics();
            add(all, "rx dropped: by the kernel", kernel[0]);
            add(all, "rx dropped: invalid descriptor", kernel[1]);
            add(all, "tx dropped: invalid descriptor", kernel[2]);
            add(all, "rx dropped: ring full", kernel[3]);
            add(all, "rx dropped: no free frame", kernel[4]);
        }
        synchronized (this) {
            if (closed) {
                all.put("frames", (long) audit.total());
                all.put("frames at home", (long) audit.home());
                all.put("frames leaked", (long) audit.lent());
                all.put("frames with the kernel", (long) audit.kernel());
                all.put("frames given back twice", (long) audit.twice());
            }
        }
        return all;
    }

    private static void add(final Map<String, Long> all, final String what, final long count) {
        all.merge(what, count, Long::sum);
    }

    @Override
    public String mode() {
        final String mode = opened.mode() == AfXdpSettings.Mode.ZERO_COPY
                        && !opened.sockets().getFirst().zeroCopy()
                ? AfXdpSettings.Mode.COPY.toString()
                : opened.mode().toString();
        return mode + " on " + device.name() + ", " + queues.length + (queues.length == 1 ? " queue" : " queues");
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        watch.close();
        for (int look = 0; look < DRAIN_LOOKS && drain() > 0; look++) {
            LockSupport.parkNanos(DRAIN_PAUSE);
        }
        opened.attachment().close();
        for (int i = 0; i < queues.length; i++) {
            final XdpSocket socket = opened.sockets().get(i);
            audit = audit.plus(FrameAudit.of(queues[i], socket.memory(), socket.rings()));
        }
        opened.closeSockets();
        if (!audit.clean()) {
            LOG.log(System.Logger.Level.ERROR, "{0}: frames do not add up at the end: {1}", name, audit);
        }
    }

    private int drain() {
        int left = 0;
        for (final AfXdpQueue queue : queues) {
            left += queue.send().drain();
        }
        return left;
    }
}
