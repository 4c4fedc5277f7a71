package joyride.ipc.shm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Who can reach the attach socket: its own mode, and that of the directory that it is in. Who is let in is decided at the attaching. */
final class Doors {
    private static final System.Logger LOG = System.getLogger(Doors.class.getName());
    private static final Set<PosixFilePermission> EVERYBODY = PosixFilePermissions.fromString("rw-rw-rw-");
    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");

    private Doors() {}

    /** Opens them for as many as may attach. A directory that others cannot pass through is opened that far, and no further. */
    static void open(final Path socket, final ShmSettings settings) {
        final boolean others = !settings.users().isEmpty() || !settings.groups().isEmpty();
        try {
            Files.setPosixFilePermissions(socket, others ? EVERYBODY : OWNER);
            if (others) {
                pass(socket.getParent());
            }
        } catch (final IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "others cannot reach " + socket + ", though joyride.ipc.shm users or groups lets them in: " + e
                            + "; remedy: chmod o+x " + socket.getParent());
        }
    }

    private static void pass(final Path directory) throws IOException {
        final Set<PosixFilePermission> mode = Files.getPosixFilePermissions(directory);
        if (mode.add(PosixFilePermission.OTHERS_EXECUTE)) {
            Files.setPosixFilePermissions(directory, mode);
            LOG.log(
                    System.Logger.Level.INFO,
                    directory + " can be passed through by others now, as joyride.ipc.shm users or groups asks");
        }
    }
}
