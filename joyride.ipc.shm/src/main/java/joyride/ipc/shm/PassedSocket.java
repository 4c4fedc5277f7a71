package joyride.ipc.shm;

import static joyride.linux.Libc.INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import joyride.linux.Sockets;

/** Unix sockets whose descriptors programs pass: what is looked at before the loop works with one. */
final class PassedSocket {
    /** Length of a {@code struct sockaddr_un} without a name. */
    private static final int UNNAMED = 2;

    private static final int NAME_ROOM = 128;
    private static final long BYTE =
            Arena.global().allocateFrom(ValueLayout.JAVA_BYTE, (byte) 1).address();

    private PassedSocket() {}

    /**
     * Whether it is a connected unix socket whose other end has no name, as both ends of a socketpair. Everything else may
     * wait in a call, speak to third parties, or not be a socket at all. Allocates.
     *
     * @param type such as {@link Sockets#SOCK_STREAM}
     */
    static boolean isEndOfPair(final int descriptor, final int type) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment room = arena.allocate(NAME_ROOM, 8);
            return option(room, descriptor, Sockets.SO_DOMAIN) == Sockets.AF_UNIX
                    && option(room, descriptor, Sockets.SO_TYPE) == type
                    && Sockets.peerName(descriptor, room.address(), NAME_ROOM) == UNNAMED;
        }
    }

    private static int option(final MemorySegment room, final int descriptor, final int name) {
        return Sockets.option(descriptor, Sockets.SOL_SOCKET, name, room.address(), Integer.BYTES) == Integer.BYTES
                ? room.get(INT, 0)
                : -1;
    }

    /** Sends a byte that says nothing, never blocking. */
    static void sendByte(final int descriptor) {
        Sockets.send(descriptor, BYTE, 1);
    }
}
