package joyride.shell;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.Enumeration;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;

/** The content of an installed bundle as a file: what it came from may have been overwritten since. */
final class BundleContent {
    private static final String MANIFEST = "META-INF/MANIFEST.MF";

    private BundleContent() {}

    /** Fetches new content into a temporary file, which the caller deletes. @throws ShellException if it is not that bundle's */
    static Path load(final Path folder, final String source, final String symbolicName) {
        Path file = null;
        try (InputStream in = open(folder, source)) {
            file = Files.createTempFile("joyride-bundle-", ".jar");
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | IllegalArgumentException e) {
            if (file != null) {
                delete(file);
            }
            throw new ShellException(source + " cannot be read: " + why(e) + "; nothing was changed");
        }
        String wrong = wrong(file, symbolicName);
        if (wrong != null) {
            delete(file);
            throw new ShellException(source + " is " + wrong + "; nothing was changed");
        }
        return file;
    }

    private static String why(final Exception e) {
        return switch (e) {
            case NoSuchFileException gone -> "there is no such file";
            case AccessDeniedException denied -> "permission denied";
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }

    /** What it is in place of the bundle of that name; null: it is that. */
    private static String wrong(final Path file, final String symbolicName) {
        String trouble = StrayFiles.trouble(file);
        if (trouble != null) {
            return "no bundle: " + trouble;
        }
        try {
            String name = symbolicName(file);
            return symbolicName.equals(name) ? null : "bundle " + name + ", not " + symbolicName;
        } catch (IOException e) {
            return "no bundle: " + e.getMessage();
        }
    }

    private static InputStream open(final Path folder, final String source) throws IOException {
        return source.contains(":")
                ? URI.create(source).toURL().openStream()
                : Files.newInputStream(folder.resolve(source));
    }

    private static String symbolicName(final Path file) throws IOException {
        try (JarFile jar = new JarFile(file.toFile())) {
            Manifest manifest = jar.getManifest();
            return manifest.getMainAttributes()
                    .getValue(Constants.BUNDLE_SYMBOLICNAME)
                    .replaceFirst(";.*", "")
                    .trim();
        }
    }

    /** Writes the content it has now to a temporary file, which the caller deletes. */
    static Path save(final Bundle bundle) {
        try {
            Path file = Files.createTempFile("joyride-bundle-", ".jar");
            try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file))) {
                copy(bundle.getEntry(MANIFEST), MANIFEST, jar);
                Enumeration<URL> entries = bundle.findEntries("/", "*", true);
                for (URL entry : entries == null ? Collections.<URL>emptyList() : Collections.list(entries)) {
                    String name = entry.getPath().replaceFirst("^/+", "");
                    if (!name.endsWith("/") && !name.equals(MANIFEST)) {
                        copy(entry, name, jar);
                    }
                }
            }
            return file;
        } catch (IOException e) {
            throw new ShellException("cannot keep a copy of " + bundle.getSymbolicName() + ": " + e.getMessage()
                    + "; nothing was changed");
        }
    }

    /** The same content as another bundle, in a temporary file, which the caller deletes. */
    static Path renamed(final Path content, final String symbolicName) throws IOException {
        Path file = Files.createTempFile("joyride-bundle-", ".jar");
        try (JarFile jar = new JarFile(content.toFile());
                OutputStream out = Files.newOutputStream(file)) {
            Manifest manifest = jar.getManifest();
            manifest.getMainAttributes().putValue(Constants.BUNDLE_SYMBOLICNAME, symbolicName);
            try (JarOutputStream copy = new JarOutputStream(out, manifest)) {
                for (JarEntry entry : Collections.list(jar.entries())) {
                    if (!entry.isDirectory() && !entry.getName().equals(MANIFEST)) {
                        copy.putNextEntry(new JarEntry(entry.getName()));
                        try (InputStream in = jar.getInputStream(entry)) {
                            in.transferTo(copy);
                        }
                        copy.closeEntry();
                    }
                }
            }
            return file;
        } catch (IOException | RuntimeException e) {
            delete(file);
            throw e;
        }
    }

    private static void copy(final URL from, final String name, final JarOutputStream jar) throws IOException {
        jar.putNextEntry(new JarEntry(name));
        try (InputStream in = from.openStream()) {
            in.transferTo((OutputStream) jar);
        }
        jar.closeEntry();
    }

    static void delete(final Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            file.toFile().deleteOnExit();
        }
    }
}
