package joyride.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which files of which folder are told of, and how often. */
class StrayFilesTest {
    private static final Logger LOGGER = Logger.getLogger(StrayFiles.class.getName());

    @TempDir
    Path home;

    private final List<String> lines = new ArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(final LogRecord line) {
            lines.add(MessageFormat.format(line.getMessage(), line.getParameters()));
        }

        @Override
        public void flush() {
            // nothing is kept back
        }

        @Override
        public void close() {
            // nothing is open
        }
    };
    private Path load;
    private StrayFiles stray;

    @BeforeEach
    void folder() throws IOException {
        load = Files.createDirectory(home.resolve("load"));
        stray = new StrayFiles(home.toString());
        LOGGER.addHandler(handler);
    }

    @AfterEach
    void listenNoMore() {
        LOGGER.removeHandler(handler);
    }

    private static Path jar(final Path file, final String symbolicName) throws IOException {
        final Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        if (symbolicName != null) {
            manifest.getMainAttributes().putValue("Bundle-SymbolicName", symbolicName);
        }
        try (OutputStream out = Files.newOutputStream(file)) {
            new JarOutputStream(out, manifest).close();
        }
        return file;
    }

    /** As File Install asks of a file that is new or has changed. @return lines so far */
    private int asked(final Path file) {
        assertFalse(stray.canHandle(file.toFile()), "nothing is taken from File Install");
        return lines.size();
    }

    @Test
    void shouldSayNothingOfBundles() throws IOException {
        assertEquals(0, asked(jar(load.resolve("good.jar"), "example.good")));
        assertEquals(0, asked(jar(load.resolve("no-suffix"), "example.good")));
    }

    @Test
    void shouldTellOfAJarThatIsNoBundle() throws IOException {
        final Path file = jar(load.resolve("library.jar"), null);
        assertEquals(1, asked(file));
        assertTrue(lines.getFirst().startsWith(file + " is no bundle (its manifest has no Bundle-SymbolicName) "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"broken.jar", "notes.txt", "pom.xml", "tcp", ".tcp.jar.part"})
    void shouldTellOfAFileThatIsNoJar(final String name) throws IOException {
        assertEquals(1, asked(Files.writeString(load.resolve(name), "text")));
    }

    /** File Install never looks into files of these names. */
    @Test
    void shouldTellOfABundleThatIsNamedAsAText() throws IOException {
        assertEquals(1, asked(jar(load.resolve("bundle.txt"), "example.good")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"joyride.core.cfg", "joyride.core.config", "a.cfg.json", "README", "README.md"})
    void shouldLeaveConfigurationsAndNotesAlone(final String name) throws IOException {
        assertEquals(0, asked(Files.writeString(load.resolve(name), "tcp.cc=cubic")));
    }

    @Test
    void shouldLeaveOtherFoldersAlone() throws IOException {
        final Path etc = Files.createDirectory(home.resolve("etc"));
        assertEquals(0, asked(Files.writeString(etc.resolve("broken.jar"), "text")));
        stray = new StrayFiles((String) null);
        assertEquals(0, asked(Files.writeString(load.resolve("broken.jar"), "text")));
    }

    @Test
    void shouldTellOnceUntilTheFileChanges() throws IOException {
        final Path file = Files.writeString(load.resolve("broken.jar"), "text");
        assertEquals(1, asked(file));
        assertEquals(1, asked(file));
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
        assertEquals(2, asked(file));
        Files.delete(file);
        assertEquals(2, asked(file));
        jar(file, "example.good");
        assertEquals(2, asked(file));
        Files.writeString(file, "text again");
        assertEquals(3, asked(file));
        assertTrue(lines.getLast().contains("broken.jar is no bundle (no jar: "), lines.getLast());
    }
}
