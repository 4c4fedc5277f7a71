package joyride.testkit.netns;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import joyride.api.socket.Errno;
import joyride.linux.Descriptors;
import joyride.linux.Sockets;
import joyride.linux.SystemError;

/** All frames of one interface, as packet(7) gives them: what it receives, and what it is to send. Never blocks. Of one thread. */
final class PacketSocket implements AutoCloseable {
    private static final int EVERY_PROTOCOL = 3;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_IGNORE_OUTGOING = 23;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int SO_SNDBUFFORCE = 32;
    private static final int BUFFER = 32 << 20;
    private static final int ADDRESS = 20;
    private static final ValueLayout.OfShort BIG_ENDIAN = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    private final int fd;

    private PacketSocket(final int fd) {
        this.fd = fd;
    }

    /** On the interface {@code name} of the namespace that this thread is in. */
    static PacketSocket open(final String name) throws IOException {
        final int index = Integer.parseInt(
                Files.readString(Path.of("/sys/class/net/" + name + "/ifindex")).strip());
        // With protocol 0 nothing arrives before the socket is bound to its interface.
        final PacketSocket socket = new PacketSocket(SystemError.check(
                "socket(AF_PACKET)", Sockets.socket(Sockets.AF_PACKET, Sockets.SOCK_RAW | Sockets.SOCK_CLOEXEC, 0)));
        socket.option(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
        socket.option(Sockets.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER);
        socket.option(Sockets.SOL_SOCKET, SO_SNDBUFFORCE, BUFFER);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment address = arena.allocate(ADDRESS, 4);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) Sockets.AF_PACKET);
            address.set(BIG_ENDIAN, 2, (short) EVERY_PROTOCOL);
            address.set(ValueLayout.JAVA_INT, 4, index);
            SystemError.check("bind to " + name, Sockets.bind(socket.fd, address.address(), ADDRESS));
        }
        return socket;
    }

    private void option(final int level, final int name, final int value) {
        SystemError.check("setsockopt " + name, Sockets.setOption(fd, level, name, value));
    }

    int fd() {
        return fd;
    }

    /** The next frame's length, at most {@code room}; 0 if there is none. */
    int receive(final long address, final int room) {
        final int length = Sockets.receive(fd, address, room, Sockets.MSG_DONTWAIT | Sockets.MSG_TRUNC, 0, 0);
        // Once after the interface went down; there is nothing to do about it but to go on.
        if (length == -Errno.EAGAIN || length == -Errno.ENETDOWN || length == -Errno.EINTR) {
            return 0;
        }
        if (SystemError.check("receive a frame", length) > room) {
            throw new IllegalStateException("a frame of " + length + " bytes came, " + room
                    + " are the most; switch off tso, gso and gro on both ends of the link");
        }
        return length;
    }

    /** Sends a frame; false if the interface takes none now. */
    boolean send(final long address, final int length) {
        return Sockets.send(fd, address, length) == length;
    }

    @Override
    public void close() {
        Descriptors.close(fd);
    }
}
