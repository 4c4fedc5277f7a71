package joyride.core.service;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/**
 * A number that is the same on a machine for good, another one on every other machine, and that does not give the machine's identity away
 * (machine-id(5)).
 */
final class MachineSecret {
    private static final Path IDENTITY = Path.of("/etc/machine-id");

    private MachineSecret() {}

    /** @param purpose no two purposes have the same secret. @return none on a machine without an identity */
    static Optional<byte[]> of(final String purpose) {
        try {
            final String identity = Files.readString(IDENTITY).strip();
            if (identity.length() < 32) {
                return Optional.empty();
            }
            final MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return Optional.of(digest.digest(("joyride " + purpose + " " + identity).getBytes(StandardCharsets.UTF_8)));
        } catch (final IOException e) {
            return Optional.empty();
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256; use a complete one", e);
        }
    }
}
