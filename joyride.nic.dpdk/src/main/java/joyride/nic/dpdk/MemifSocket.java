package joyride.nic.dpdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.api.nic.NicException;
import joyride.linux.UnixSockets;

/**
 * The path that a memif's server is to listen at. net_memif only says that it cannot bind it, whether somebody listens there, such as the port in
 * service, or a service that was killed has left it behind.
 */
final class MemifSocket {
    private static final System.Logger LOG = System.getLogger(MemifSocket.class.getName());
    private static final Pattern SERVER = Pattern.compile("(?:^|,)role=server(?:,|$)");
    private static final Pattern PATH = Pattern.compile("(?:^|,)socket=([^,]+)");
    private static final Pattern AT_PATH = Pattern.compile("(?:^|,)socket-abstract=no(?:,|$)");
    private static final Pattern ID = Pattern.compile("(?:^|,)id=([^,]+)");

    private static final int ECONNREFUSED = 111;

    /** The ids of this process's ports that listen, by their socket, which several may share. Under {@link Eal#lock}. */
    private static final Map<String, Set<String>> PORTS = new HashMap<>();

    private final String path;
    private final String id;

    private MemifSocket(final String path, final String id) {
        this.path = path;
        this.id = id;
    }

    /** Whether it is a net_memif that connects to another, as it does unless it is told otherwise. */
    static boolean isClient(final EalDevice device) {
        return device.driver().equals(MemifBuffers.DRIVER)
                && !SERVER.matcher(device.arguments()).find();
    }

    /**
     * Makes room for a server: takes away a socket that nobody listens at. The caller holds {@link Eal#lock}.
     *
     * @param arguments of a net_memif that is about to open
     * @return where it listens, until {@link #leave}; null: it is no server, or not at a path
     * @throws NicException busy: a server listens there, of this id or not DPDK's
     */
    static MemifSocket take(final String arguments) throws NicException {
        final Matcher found = PATH.matcher(arguments);
        if (!SERVER.matcher(arguments).find() || !AT_PATH.matcher(arguments).find() || !found.find()) {
            return null;
        }
        final String path = found.group(1);
        final Matcher named = ID.matcher(arguments);
        final String id = named.find() ? named.group(1) : "0";
        final Set<String> ids = PORTS.getOrDefault(path, new HashSet<>());
        if (ids.isEmpty()) {
            free(path);
        } else if (ids.contains(id)) {
            throw NicException.busy(
                    "another port listens at " + path + " with id " + id + "; name another id or socket");
        }
        ids.add(id);
        PORTS.put(path, ids);
        return new MemifSocket(path, id);
    }

    /**
     * Takes the socket's name away before the last server at it stops: between its stop and its close net_memif would accept its client once more,
     * and never tell it that it has gone. Once.
     */
    void leave() {
        final Set<String> others = PORTS.get(path);
        others.remove(id);
        if (others.isEmpty()) {
            PORTS.remove(path);
            try {
                remove(Path.of(path));
            } catch (final IOException e) {
                LOG.log(System.Logger.Level.WARNING, path + " cannot be removed: " + e.getMessage());
            }
        }
    }

    private static void free(final String socket) throws NicException {
        final int other = UnixSockets.probe(socket);
        if (other == 0) {
            throw NicException.busy("another server listens at " + socket + "; name another socket");
        }
        try {
            if (other == -ECONNREFUSED) {
                remove(Path.of(socket));
            }
        } catch (final IOException e) {
            throw new NicException(socket + " is there already and cannot be removed: " + e.getMessage(), e);
        }
    }

    /** A socket; a file or a directory of somebody's stays, to which a connection is refused as well. */
    private static void remove(final Path file) throws IOException {
        if (Files.exists(file)
                && Files.readAttributes(file, BasicFileAttributes.class).isOther()) {
            Files.deleteIfExists(file);
        }
    }
}
