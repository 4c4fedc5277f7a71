package joyride.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** The distribution's shared-memory transport as another bundle, ranked higher: the same classes, loaded once more. */
final class TransportCopy {
    static final String NAME = "joyride.ipc.copy";

    private static final String COMPONENT = "OSGI-INF/joyride.ipc.shm.ShmTransport.xml";
    private static final String BOOKS = "joyride.ipc.shm 1, ABI";

    private TransportCopy() {}

    /**
     * Writes it.
     *
     * @param command the {@code joyride} command of the distribution
     * @param foreign whether it writes its books in a format that the original does not read, nor it the original's
     */
    static void write(final Path command, final Path to, final boolean foreign) throws IOException {
        try (JarFile jar = new JarFile(original(command).toFile());
                OutputStream file = Files.newOutputStream(to)) {
            Manifest manifest = jar.getManifest();
            manifest.getMainAttributes().putValue("Bundle-SymbolicName", NAME);
            try (JarOutputStream out = new JarOutputStream(file, manifest)) {
                for (JarEntry entry : jar.stream().toList()) {
                    if (!entry.isDirectory() && !entry.getName().equals(JarFile.MANIFEST_NAME)) {
                        out.putNextEntry(new JarEntry(entry.getName()));
                        try (InputStream in = jar.getInputStream(entry)) {
                            out.write(changed(entry.getName(), in.readAllBytes(), foreign));
                        }
                    }
                }
            }
        }
    }

    private static Path original(final Path command) throws IOException {
        try (Stream<Path> bundles = Files.list(command.getParent().getParent().resolve("bundle"))) {
            return bundles.filter(file -> file.getFileName().toString().startsWith("joyride.ipc.shm"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static byte[] changed(final String name, final byte[] bytes, final boolean foreign) {
        if (name.equals(COMPONENT)) {
            String xml = new String(bytes, StandardCharsets.UTF_8);
            return xml.replace(
                            "<service>",
                            "<property name=\"service.ranking\" type=\"Integer\" value=\"10\"/>\n  <service>")
                    .getBytes(StandardCharsets.UTF_8);
        }
        if (foreign && name.endsWith("ShmTransport.class")) {
            // A constant of the same length, so that the class file stays whole.
            String code = new String(bytes, StandardCharsets.ISO_8859_1);
            return code.replace(BOOKS, BOOKS.replace("shm 1", "shm X")).getBytes(StandardCharsets.ISO_8859_1);
        }
        return bytes;
    }
}
