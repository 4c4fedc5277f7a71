package joyride.nic.afxdp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import joyride.linux.Descriptors;
import joyride.linux.Sockets;

/** Sets a device's number of queues, as ethtool -L does. */
final class Channels {
    private static final long SIOCETHTOOL = 0x8946;
    private static final int GET = 0x3c;
    private static final int SET = 0x3d;

    private Channels() {}

    static void set(final String device, final int receive, final int transmit) {
        final int socket = Sockets.socket(Sockets.AF_INET, Sockets.SOCK_DGRAM, 0);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment request = arena.allocate(40, 8);
            final MemorySegment channels = arena.allocate(36, 8);
            request.setString(0, device);
            request.set(ValueLayout.JAVA_LONG, 16, channels.address());
            channels.set(ValueLayout.JAVA_INT, 0, GET);
            assertEquals(0, Descriptors.ioctl(socket, SIOCETHTOOL, request.address()));
            channels.set(ValueLayout.JAVA_INT, 0, SET);
            channels.set(ValueLayout.JAVA_INT, 0, SET);
            channels.set(ValueLayout.JAVA_INT, 20, receive);
            channels.set(ValueLayout.JAVA_INT, 24, transmit);
            assertEquals(0, Descriptors.ioctl(socket, SIOCETHTOOL, request.address()));
        } finally {
            Descriptors.close(socket);
        }
    }
}
