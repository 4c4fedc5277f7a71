package joyride.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import joyride.api.net.MacAddress;

/**
 * A network device as the kernel describes it at one moment (netdevice(7), ethtool).
 *
 * @param index the kernel's number of it, never used twice
 * @param mtu bytes of IP packet
 * @param up whether it is switched on
 * @param running whether the link carries
 * @param queues that frames arrive on
 */
public record NetworkDevice(String name, int index, MacAddress mac, int mtu, boolean up, boolean running, int queues) {
    private static final int NAME_LENGTH = 15;
    private static final int REQUEST_SIZE = 40;
    private static final int VALUE = 16;

    private static final long SIOCGIFFLAGS = 0x8913;
    private static final long SIOCGIFMTU = 0x8921;
    private static final long SIOCGIFHWADDR = 0x8927;
    private static final long SIOCGIFINDEX = 0x8933;
    private static final long SIOCETHTOOL = 0x8946;
    private static final int ETHTOOL_GCHANNELS = 0x3c;
    private static final int CHANNELS_SIZE = 36;
    private static final int CHANNELS_RX = 20;
    private static final int CHANNELS_COMBINED = 32;

    static final int ENODEV = 19;
    private static final int EINVAL = 22;

    private static final int ARPHRD_ETHER = 1;
    private static final int FLAG_UP = 1;
    private static final int FLAG_RUNNING = 0x40;

    /** Asks the kernel. @throws Unavailable ENODEV: there is none of that name */
    public static NetworkDevice find(final String name) throws Unavailable {
        if (name.isEmpty() || name.length() > NAME_LENGTH) {
            throw new Unavailable("'" + name + "' is not the name of a device; give 1..15 characters", EINVAL);
        }
        final int socket = Sockets.socket(Sockets.AF_INET, Sockets.SOCK_DGRAM | Sockets.SOCK_CLOEXEC, 0);
        if (socket < 0) {
            throw new Unavailable("socket: " + SystemError.text(-socket), -socket);
        }
        try (Arena arena = Arena.ofConfined()) {
            return new Question(socket, name, arena.allocate(REQUEST_SIZE, 8)).answer(arena);
        } finally {
            Descriptors.close(socket);
        }
    }

    /** A device cannot be looked at. The message is one line: what, the value, the remedy. */
    public static final class Unavailable extends Exception {
        private static final long serialVersionUID = 1L;

        private final int errno;

        Unavailable(final String message, final int errno) {
            super(message);
            this.errno = errno;
        }

        /** The system's error number; ENODEV: there is no such device. */
        public int errno() {
            return errno;
        }
    }

    private record Question(int socket, String name, MemorySegment request) {
        NetworkDevice answer(final Arena arena) throws Unavailable {
            ask(SIOCGIFINDEX);
            final int index = request.get(ValueLayout.JAVA_INT, VALUE);
            ask(SIOCGIFHWADDR);
            final int type = request.get(ValueLayout.JAVA_SHORT, VALUE);
            if (type != ARPHRD_ETHER) {
                throw new Unavailable(
                        name + " is not an Ethernet device (its type is " + type + "); give one that is", EINVAL);
            }
            long mac = 0;
            for (int i = 0; i < 6; i++) {
                mac = mac << 8 | request.get(ValueLayout.JAVA_BYTE, VALUE + 2 + i) & 0xff;
            }
            ask(SIOCGIFMTU);
            final int mtu = request.get(ValueLayout.JAVA_INT, VALUE);
            ask(SIOCGIFFLAGS);
            final int flags = request.get(ValueLayout.JAVA_SHORT, VALUE);
            return new NetworkDevice(
                    name,
                    index,
                    new MacAddress(mac),
                    mtu,
                    (flags & FLAG_UP) != 0,
                    (flags & FLAG_RUNNING) != 0,
                    queues(arena));
        }

        private void ask(final long what) throws Unavailable {
            final int failed = request(what);
            if (failed < 0) {
                throw new Unavailable(
                        failed == -ENODEV
                                ? "there is no device " + name + "; ip link lists them"
                                : name + ": " + SystemError.text(-failed),
                        -failed);
            }
        }

        private int request(final long what) {
            request.asSlice(VALUE).fill((byte) 0);
            request.setString(0, name);
            return Descriptors.ioctl(socket, what, request.address());
        }

        /** A device that does not tell has one. */
        private int queues(final Arena arena) {
            final MemorySegment channels = arena.allocate(CHANNELS_SIZE, 8);
            channels.set(ValueLayout.JAVA_INT, 0, ETHTOOL_GCHANNELS);
            request.fill((byte) 0);
            request.setString(0, name);
            request.set(ValueLayout.JAVA_LONG, VALUE, channels.address());
            if (Descriptors.ioctl(socket, SIOCETHTOOL, request.address()) < 0) {
                return 1;
            }
            return Math.max(
                    1,
                    channels.get(ValueLayout.JAVA_INT, CHANNELS_RX)
                            + channels.get(ValueLayout.JAVA_INT, CHANNELS_COMBINED));
        }
    }
}
