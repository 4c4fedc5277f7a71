package joyride.testkit.packetdrill.script;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The text of a script's file; where there is none, one line that says why. */
final class ScriptFile {
    /** No script is that long, and more would not be held in memory. */
    private static final long LIMIT = 16 << 20;

    private ScriptFile() {}

    static String text(final Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(
                    file + (Files.isReadable(file) ? " is a directory" : " cannot be read: permission denied"));
        }
        if (!Files.exists(file)) {
            throw new IOException(file + (Files.isSymbolicLink(file) ? " is a link to nothing" : " does not exist"));
        }
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + " is a pipe, a socket or a device; a script is a file");
        }
        final long length = Files.size(file);
        if (length > LIMIT) {
            throw new IOException(file + " has " + length + " bytes; a script has at most " + LIMIT);
        }
        return decode(file, bytes(file));
    }

    private static byte[] bytes(final Path file) throws IOException {
        try {
            return Files.readAllBytes(file);
        } catch (final AccessDeniedException e) {
            throw new IOException(file + " cannot be read: permission denied", e);
        } catch (final IOException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static String decode(final Path file, final byte[] bytes) throws IOException {
        final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        final ByteBuffer from = ByteBuffer.wrap(bytes);
        final CharBuffer to = CharBuffer.allocate(bytes.length);
        if (decoder.decode(from, to, true).isError()) {
            final int at = from.position();
            int line = 1;
            for (int i = 0; i < at; i++) {
                line += bytes[i] == '\n' ? 1 : 0;
            }
            throw new IOException(String.format(
                    "%s is not UTF-8: byte 0x%02x at offset %d, line %d", file, bytes[at] & 0xff, at, line));
        }
        return to.flip().toString();
    }
}
