package joyride.core.service;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import joyride.linux.Descriptors;
import joyride.linux.NetworkDevice;
import joyride.linux.Sockets;
import joyride.linux.SystemError;

/**
 * Has the NIC of one of the kernel's devices take in frames for groups that the kernel does not listen to: those of Joyride's IPv6 addresses
 * (packet(7), PACKET_MR_ALLMULTI). Devices of drivers beyond the kernel see to it themselves. Configuration threads.
 */
final class GroupFrames implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(GroupFrames.class.getName());
    private static final int SOL_PACKET = 263;
    private static final int ADD_MEMBERSHIP = 1;
    private static final short ALL_GROUPS = 2;
    private static final int REQUEST = 16;

    private final String device;
    private int socket = -1;
    private int index;

    GroupFrames(final String device) {
        this.device = device;
    }

    /** By the kernel's name, if it is one of the kernel's. */
    String device() {
        return device;
    }

    /** Makes it so, of the device as it is now: after this it may be made anew under its name. */
    void want() {
        final int now;
        try {
            now = NetworkDevice.find(device).index();
        } catch (final NetworkDevice.Unavailable e) {
            close();
            return;
        }
        if (socket >= 0 && index == now) {
            return;
        }
        close();
        index = now;
        // Of protocol 0: it receives nothing.
        socket = Sockets.socket(Sockets.AF_PACKET, Sockets.SOCK_RAW | Sockets.SOCK_CLOEXEC, 0);
        final int failed = socket < 0 ? socket : join();
        if (failed < 0) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0} may not take in what is sent to groups of Joyride''s IPv6 addresses: {1}; ip link set {0} allmulticast on",
                    device,
                    SystemError.text(-failed));
        }
    }

    private int join() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment request = arena.allocate(REQUEST, 8);
            request.set(ValueLayout.JAVA_INT, 0, index);
            request.set(ValueLayout.JAVA_SHORT, 4, ALL_GROUPS);
            return Sockets.setOption(socket, SOL_PACKET, ADD_MEMBERSHIP, request.address(), REQUEST);
        }
    }

    @Override
    public void close() {
        if (socket >= 0) {
            Descriptors.close(socket);
            socket = -1;
        }
    }
}
