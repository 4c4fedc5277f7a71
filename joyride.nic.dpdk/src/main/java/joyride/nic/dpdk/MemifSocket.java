package joyride.nic.dpdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.api.nic.NicException;
import joyride.linux.Descriptors;
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

    private static final int ECONNREFUSED = 111;

    private MemifSocket() {}

    /**
     * Takes the name of a server's socket away before the server stops: between its stop and its close net_memif would accept its client once more, and
     * never tell it that it has gone.
     *
     * @param arguments of a net_memif that is about to close
     */
    static void leave(final String arguments) {
        final String socket = socket(arguments);
        if (socket != null) {
            try {
                Files.deleteIfExists(Path.of(socket));
            } catch (final IOException e) {
                LOG.log(System.Logger.Level.WARNING, socket + " cannot be removed: " + e.getMessage());
            }
        }
    }

    /** Where a server listens; null: it is no server, or not at a path. */
    private static String socket(final String arguments) {
        final Matcher path = PATH.matcher(arguments);
        return SERVER.matcher(arguments).find() && AT_PATH.matcher(arguments).find() && path.find()
                ? path.group(1)
                : null;
    }

    /**
     * Takes away a socket that nobody listens at.
     *
     * @param arguments of a net_memif that is about to open
     * @throws NicException busy: a server listens there
     */
    static void free(final String arguments) throws NicException {
        final String socket = socket(arguments);
        if (socket == null) {
            return;
        }
        final int other = UnixSockets.connect(socket);
        if (other >= 0) {
            Descriptors.close(other);
            throw NicException.busy("another server listens at " + socket + "; name another socket");
        }
        final Path file = Path.of(socket);
        try {
            // Neither a file nor a directory: a connection to those is refused as well.
            if (other == -ECONNREFUSED
                    && Files.readAttributes(file, BasicFileAttributes.class).isOther()) {
                Files.deleteIfExists(file);
            }
        } catch (final IOException e) {
            throw new NicException(socket + " is there already and cannot be removed: " + e.getMessage(), e);
        }
    }
}
