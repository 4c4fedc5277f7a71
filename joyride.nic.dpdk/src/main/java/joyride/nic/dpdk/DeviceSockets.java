package joyride.nic.dpdk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import joyride.linux.Descriptors;
import joyride.linux.NetworkDevice;
import joyride.linux.Sockets;

/**
 * Finds the sockets that a virtual device of DPDK's opened on a device of the kernel's: those that came since a look before, and of which the
 * kernel says that they are of that kind and on that device. DPDK itself does not tell.
 */
final class DeviceSockets {
    private static final Path OPEN = Path.of("/proc/self/fd");
    private static final int ADDRESS_ROOM = 32;
    private static final int ADDRESS_INDEX = 4;

    private DeviceSockets() {}

    /** What each descriptor of the process is now: a number alone says little, since the next to come gets the lowest that is free. */
    static Map<Integer, String> now() {
        final Map<Integer, String> open = new TreeMap<>();
        try (Stream<Path> entries = Files.list(OPEN)) {
            for (final Path entry : entries.toList()) {
                final int descriptor = Integer.parseInt(entry.getFileName().toString());
                open.put(descriptor, Descriptors.kind(descriptor));
            }
        } catch (final IOException e) {
            // Without /proc the device is polled.
            return Map.of();
        }
        return open;
    }

    /** The same where a device of the kernel's is to be looked for, else none. */
    static Map<Integer, String> before(final NetworkDevice device) {
        return device == null ? Map.of() : now();
    }

    /** The sockets on {@code device} that came since {@code before}, ascending. */
    static int[] since(final Map<Integer, String> before, final NetworkDevice device) {
        if (before.isEmpty()) {
            return new int[0];
        }
        return now().entrySet().stream()
                .filter(entry -> !entry.getValue().equals(before.get(entry.getKey())))
                .mapToInt(Map.Entry::getKey)
                .filter(descriptor -> receivesFrom(descriptor, device))
                .toArray();
    }

    private static boolean receivesFrom(final int descriptor, final NetworkDevice device) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment room = arena.allocate(ADDRESS_ROOM, 8);
            if (Sockets.option(descriptor, Sockets.SOL_SOCKET, Sockets.SO_DOMAIN, room.address(), Integer.BYTES) < 0) {
                return false;
            }
            final int family = room.get(ValueLayout.JAVA_INT, 0);
            // The kernel does not say which device an AF_XDP socket is on.
            return family == Sockets.AF_XDP
                    || family == Sockets.AF_PACKET
                            && Sockets.name(descriptor, room.address(), ADDRESS_ROOM) > 0
                            && room.get(ValueLayout.JAVA_INT, ADDRESS_INDEX) == device.index();
        }
    }

    /** What each of the sockets is. */
    static Map<Integer, String> identities(final int[] sockets) {
        final Map<Integer, String> identities = new TreeMap<>();
        for (final int socket : sockets) {
            identities.put(socket, Descriptors.kind(socket));
        }
        return identities;
    }

    /** Whether each is what it was. */
    static boolean areOpen(final Map<Integer, String> identities) {
        return identities.entrySet().stream()
                .allMatch(entry -> Descriptors.kind(entry.getKey()).equals(entry.getValue()));
    }

    /** Closes those that a closed device has left open, as net_af_xdp does: nobody else could have the queue. */
    static void closeLeft(final Map<Integer, String> identities) {
        identities.forEach((socket, identity) -> {
            if (Descriptors.kind(socket).equals(identity)) {
                Descriptors.close(socket);
            }
        });
    }
}
