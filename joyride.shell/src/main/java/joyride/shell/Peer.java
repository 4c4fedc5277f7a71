package joyride.shell;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;

/** Who may use the shell: the service's own user, by the files' modes and by the kernel's word on the peer. */
final class Peer {
    /** A service for the whole machine lets others pass through, to its attach socket. */
    private static final Set<PosixFilePermission> SAFE = PosixFilePermissions.fromString("rwxr-xr-x");

    private Peer() {}

    /** @throws IOException if the directory is not this user's, or others may write it */
    static void checkDirectory(final Path directory, final UserPrincipal self) throws IOException {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(directory + " is not a directory; set joyride.run to one");
        }
        UserPrincipal owner = Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS);
        if (!owner.equals(self)) {
            throw new IOException(directory + " belongs to " + owner.getName() + ", not to " + self.getName());
        }
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS);
        if (!SAFE.containsAll(mode)) {
            throw new IOException(directory + " may be written by others (" + PosixFilePermissions.toString(mode)
                    + "); remedy: chmod 700 " + directory);
        }
    }

    /** Whether the process at the other end runs as {@code self}. */
    static boolean isSelf(final SocketChannel channel, final UserPrincipal self) throws IOException {
        return channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().equals(self);
    }
}
