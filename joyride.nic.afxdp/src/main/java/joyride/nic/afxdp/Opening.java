package joyride.nic.afxdp;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import joyride.linux.NetworkDevice;
import joyride.linux.bpf.BpfLink;

/**
 * Opens program and sockets on a device in the best mode that it can do: zero-copy, copy, generic. Used once. What a mode fails with that another
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
            }
        }
    }

    private final NetworkDevice device;
    private final int queues;
    private final int steeringMap;
    private final FrameShape shape;
    private final AfXdpSettings settings;
    private final boolean scattered;
    private final boolean automatic;
    private AfXdpSettings.Mode mode;

    Opening(final NetworkDevice device, final int queues, final int steeringMap, final AfXdpSettings settings) {
        this.device = device;
        this.queues = queues;
        this.steeringMap = steeringMap;
        this.settings = settings;
        this.shape = FrameShape.of(device.mtu(), settings.frames());
        this.scattered = shape.scattered(device.mtu());
        this.automatic = settings.mode() == AfXdpSettings.Mode.AUTO;
    }

    FrameShape shape() {
        return shape;
    }

    Opened open() throws XdpException {
        mode = automatic ? AfXdpSettings.Mode.ZERO_COPY : settings.mode();
        try {
            return attach();
        } catch (final XdpException e) {
            if (!automatic || !another(e.errno())) {
                throw e;
            }
            stepDown(AfXdpSettings.Mode.GENERIC, e);
            return attach();
        }
    }

    private void stepDown(final AfXdpSettings.Mode next, final XdpException why) {
        LOG.log(
                System.Logger.Level.INFO,
                "{0} has no {1} mode ({2}); trying {3}",
                device.name(),
                mode,
                why.getMessage(),
                next);
        mode = next;
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

    private Opened attach() throws XdpException {
        final boolean generic = mode == AfXdpSettings.Mode.GENERIC;
        final Attachment attachment = Attachment.of(
                device, steeringMap, queues, scattered, generic ? BpfLink.XDP_GENERIC : BpfLink.XDP_NATIVE);
        final List<XdpSocket> sockets = new ArrayList<>();
        boolean complete = false;
        try {
            for (int queue = 0; queue < queues; queue++) {
                final XdpSocket socket = XdpSocket.prepare(new FrameMemory(shape), settings);
                sockets.add(socket);
                bind(socket, queue);
            }
            for (int queue = 0; queue < queues; queue++) {
                attachment.add(queue, sockets.get(queue));
            }
            complete = true;
            return new Opened(attachment, sockets, mode);
        } finally {
            if (!complete) {
                new Opened(attachment, sockets, mode).close();
            }
        }
    }

    /**
     * Binds in the best mode. Program and socket stay for the second try, since to detach and close would take tens of milliseconds. The kernel lets go of
     * a queue a little after the socket that held it was closed: a busy one is asked for again for a while.
     */
    private void bind(final XdpSocket socket, final int queue) throws XdpException {
        for (int attempt = 1; ; ) {
            try {
                socket.bind(device, queue, flags());
                return;
            } catch (final XdpException e) {
                if (e.errno() == Errno.EBUSY && attempt++ < BUSY_ATTEMPTS) {
                    LockSupport.parkNanos(BUSY_PAUSE);
                } else if (automatic && mode == AfXdpSettings.Mode.ZERO_COPY && another(e.errno())) {
                    stepDown(AfXdpSettings.Mode.COPY, e);
                } else {
                    throw e;
                }
            }
        }
    }

    private int flags() {
        return (mode == AfXdpSettings.Mode.ZERO_COPY ? Xdp.BIND_ZEROCOPY : Xdp.BIND_COPY)
                | (settings.needWakeup() ? Xdp.BIND_USE_NEED_WAKEUP : 0)
                | (scattered ? Xdp.BIND_USE_SG : 0);
    }
}
