package joyride.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;

/**
 * Watches a device for as long as a port is on it: the kernel's messages about links say when to look, and once a second it looks anyway, because nobody
 * tells of a changed number of queues. A thread of its own, asleep almost always.
 */
public final class DeviceWatch implements AutoCloseable {
    private static final int GROUP_LINK = 1;
    private static final int LOOK_MILLIS = 1000;
    private static final int ROOM = 16 * 1024;
    private static final int RTM_DELLINK = 17;
    private static final int LINK_INDEX = 16 + 4;

    /** What there is to tell; called on the watch's thread, never after {@link #close}. */
    public interface Listener {
        /** The device is gone for good. */
        void gone(String why);

        /** The device as it is now. */
        void seen(NetworkDevice device);
    }

    private final NetworkDevice device;
    private final Listener listener;
    private final Netlink netlink = new Netlink(Netlink.ROUTE, GROUP_LINK);
    private boolean closed;

    private DeviceWatch(final NetworkDevice device, final Listener listener) {
        this.device = device;
        this.listener = listener;
    }

    /** Watches {@code device} until {@link #close}. */
    public static DeviceWatch start(final NetworkDevice device, final Listener listener) {
        final DeviceWatch watch = new DeviceWatch(device, listener);
        Thread.ofPlatform().daemon().name("watch-" + device.name()).start(watch::run);
        return watch;
    }

    private void run() {
        try (netlink;
                Arena arena = Arena.ofConfined()) {
            final MemorySegment room = arena.allocate(ROOM, 8);
            while (!isClosed()) {
                netlink.await(LOOK_MILLIS);
                look(readAll(room));
            }
        }
    }

    /** Reads what waits. @return whether our device was deleted */
    private boolean readAll(final MemorySegment room) {
        boolean deleted = false;
        for (int length; (length = netlink.receive(room.address(), ROOM)) > 0; ) {
            final int whole = Math.min(length, ROOM);
            for (int at = 0; at + LINK_INDEX + 4 <= whole; ) {
                final int size = room.get(ValueLayout.JAVA_INT, at);
                if (size < LINK_INDEX + 4) {
                    break;
                }
                deleted |= room.get(ValueLayout.JAVA_SHORT, at + 4L) == RTM_DELLINK
                        && room.get(ValueLayout.JAVA_INT, at + LINK_INDEX) == device.index();
                at += size + 3 & ~3;
            }
        }
        return deleted;
    }

    private void look(final boolean deleted) {
        if (deleted) {
            tell(at -> at.gone("the device " + device.name() + " is gone"));
            return;
        }
        try {
            final NetworkDevice now = NetworkDevice.find(device.name());
            if (now.index() == device.index()) {
                tell(at -> at.seen(now));
            } else {
                tell(at -> at.gone("the device " + device.name() + " is another one now"));
            }
        } catch (final NetworkDevice.Unavailable e) {
            if (e.errno() == NetworkDevice.ENODEV) {
                tell(at -> at.gone("the device " + device.name() + " is gone"));
            }
        }
    }

    private synchronized void tell(final Consumer<Listener> what) {
        if (!closed) {
            what.accept(listener);
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** From now on nothing is told. The thread ends at its next look. */
    @Override
    public synchronized void close() {
        closed = true;
    }
}
