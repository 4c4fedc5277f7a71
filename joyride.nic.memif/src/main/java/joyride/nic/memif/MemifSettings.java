package joyride.nic.memif;

import java.util.List;
import java.util.Set;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicException;
import joyride.api.nic.PortSettings;

/**
 * The driver's own settings.
 *
 * @param server whether this end listens on the socket; else it connects, and the memory is its own
 * @param id of the interface on that socket
 * @param ring frames of a ring, of the client's
 * @param buffer bytes of a frame, of the client's
 * @param secret what both ends say the same; empty: none
 * @param mac of this end, or null: one of its own making
 * @param offload whether units and frames without a checksum may pass, where the other end says so too
 */
record MemifSettings(
        String socket,
        boolean server,
        int id,
        int ring,
        int mtu,
        int buffer,
        String secret,
        MacAddress mac,
        boolean offload) {
    /** Ethernet header and a VLAN tag. */
    static final int HEADERS = 18;

    private static final Set<String> KEYS = Set.of("role", "id", "ring", "buffer.bytes", "secret", "mac", "offload");
    private static final int STANDARD_MTU = 1500;
    private static final int LARGEST_MTU = 65535;
    private static final int STANDARD_BUFFER = 2048;
    static final int LARGEST_BUFFER = 1 << 17;
    private static final int STANDARD_RING = 1024;
    private static final int LINE = 64;

    /** Memory of a direction that still lies in a core's caches on its way: what large frames' rings are held to. */
    private static final int RING_BYTES = 2 << 20;

    private static final int LEAST_RING = 32;

    static MemifSettings of(final NicConfiguration configuration) throws NicException {
        final PortSettings settings = new PortSettings(configuration, "memif", KEYS);
        if (configuration.queues() > 1) {
            throw new NicException(configuration.name() + ": queues=" + configuration.queues()
                    + " but this driver has one; leave queues out, or take net_memif of the driver dpdk");
        }
        final String socket = configuration.device();
        if (!socket.startsWith("/")) {
            throw new NicException(configuration.name() + ": device=" + socket
                    + " is no absolute path; set device to that of memif's socket, such as /run/joyride/memif.sock");
        }
        final int mtu = configuration.mtu() == 0 ? STANDARD_MTU : configuration.mtu();
        if (mtu > LARGEST_MTU) {
            throw new NicException(
                    configuration.name() + ": mtu=" + mtu + " is more than " + LARGEST_MTU + "; set a smaller one");
        }
        final int least = mtu + HEADERS + LINE - 1 & -LINE;
        final int buffer = settings.number("buffer.bytes", Math.max(least, STANDARD_BUFFER), least, LARGEST_BUFFER);
        final String secret = settings.text("secret", "");
        if (secret.length() >= MemifProtocol.SECRET) {
            throw new NicException(configuration.name() + ": secret has " + secret.length() + " characters, at most "
                    + (MemifProtocol.SECRET - 1) + " can be said");
        }
        return new MemifSettings(
                socket,
                settings.choice("role", "client", List.of("server", "client")).equals("server"),
                settings.number("id", 0, 0, Integer.MAX_VALUE),
                settings.powerOfTwo("ring", ringOf(buffer), 2, 1 << MemifProtocol.MOST_LOG2_RING),
                mtu,
                buffer,
                secret,
                settings.has("mac") ? settings.mac("mac") : null,
                settings.on("offload", true));
    }

    private static int ringOf(final int buffer) {
        return Math.clamp(Integer.highestOneBit(RING_BYTES / buffer), LEAST_RING, STANDARD_RING);
    }
}
