package joyride.nic.afxdp;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import joyride.linux.NetworkDevice;
import joyride.linux.bpf.BpfLink;

/**
 * Opens program and sockets on a device in the best mode that it can do: zero-copy, copy, generic. What a mode fails with that another
 * mode cannot mend (no permission, a queue in use, no memory) ends it at once.
 */
final class Opening {
    private static final System.Logger LOG = System.getLogger(Opening.class.getName());

    private static final int BUSY_ATTEMPTS = 200;
    private static final long BUSY_PAUSE = TimeUnit.MILLISECONDS.toNanos(1);

    /** What was opened. */
    record Opened(Attachment attachment, List<XdpSocket> sockets, AfXdpSettings.Mode mode) {
        void close() {
            attachment.close();
            closeSockets();
        }

        void closeSockets() {
            for (final XdpSocket socket : sockets) {
                socket.close();
                socket.memory().unmap();
            }
        }
    }

    private final NetworkDevice device;
    private final int queues;
    private final int steeringMap;
    private final FrameShape shape;
    private final AfXdpSettings settings;
    private final boolean scattered;

    Opening(final NetworkDevice device, final int queues, final int steeringMap, final AfXdpSettings settings) {
        this.device = device;
        this.queues = queues;
        this.steeringMap = steeringMap;
        this.settings = settings;
        this.shape = FrameShape.of(device.mtu(), settings.frames());
        this.scattered = shape.scattered(device.mtu());
    }

    FrameShape shape() {
        return shape;
    }

    Opened open() throws XdpException {
        final List<AfXdpSettings.Mode> modes = settings.mode() == AfXdpSettings.Mode.AUTO
                ? List.of(AfXdpSettings.Mode.ZERO_COPY, AfXdpSettings.Mode.COPY, AfXdpSettings.Mode.GENERIC)
                : List.of(settings.mode());
        for (int i = 0; ; i++) {
            try {
                return open(modes.get(i));
            } catch (final XdpException e) {
                if (i == modes.size() - 1 || !another(e.errno())) {
                    throw e;
                }
                LOG.log(
                        System.Logger.Level.INFO,
                        "{0} has no {1} mode ({2}); trying {3}",
                        device.name(),
                        modes.get(i),
                        e.getMessage(),
                        modes.get(i + 1));
            }
        }
    }

    /** Whether another mode may do what failed with {@code errno}. */
    private static boolean another(final int errno) {
        return switch (errno) {
            case Errno.EPERM,
                    Errno.EBUSY,
                    Errno.EEXIST,
                    Errno.ENODEV,
                    Errno.ENXIO,
                    Errno.ENETDOWN,
                    Errno.ENOBUFS,
                    Errno.EAFNOSUPPORT -> false;
            default -> true;
        };
    }

    private Opened open(final AfXdpSettings.Mode mode) throws XdpException {
        final boolean generic = mode == AfXdpSettings.Mode.GENERIC;
        final Attachment attachment = Attachment.of(
                device, steeringMap, queues, scattered, generic ? BpfLink.XDP_GENERIC : BpfLink.XDP_NATIVE);
        final Opened opened = new Opened(attachment, new ArrayList<>(), mode);
        boolean complete = false;
        try {
            for (int queue = 0; queue < queues; queue++) {
                final FrameMemory memory = new FrameMemory(shape);
                try {
                    opened.sockets.add(socket(queue, memory, flags(mode)));
                } catch (final XdpException e) {
                    memory.unmap();
                    throw e;
                }
            }
            for (int queue = 0; queue < queues; queue++) {
                attachment.add(queue, opened.sockets.get(queue));
            }
            complete = true;
            return opened;
        } finally {
            if (!complete) {
                opened.close();
            }
        }
    }

    /** The kernel lets go of a queue a little after the socket that held it was closed: a busy one is asked for again for a while. */
    private XdpSocket socket(final int queue, final FrameMemory memory, final int flags) throws XdpException {
        for (int attempt = 1; ; attempt++) {
            try {
                return XdpSocket.open(device, queue, memory, settings, flags);
            } catch (final XdpException e) {
                if (e.errno() != Errno.EBUSY || attempt == BUSY_ATTEMPTS) {
                    throw e;
                }
                LockSupport.parkNanos(BUSY_PAUSE);
            }
        }
    }

    private int flags(final AfXdpSettings.Mode mode) {
        return (mode == AfXdpSettings.Mode.ZERO_COPY ? Xdp.BIND_ZEROCOPY : Xdp.BIND_COPY)
                | (settings.needWakeup() ? Xdp.BIND_USE_NEED_WAKEUP : 0)
                | (scattered ? Xdp.BIND_USE_SG : 0);
    }
}
