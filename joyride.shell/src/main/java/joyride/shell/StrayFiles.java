package joyride.shell;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import org.apache.felix.fileinstall.ArtifactUrlTransformer;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Tells of a file in {@code load/} that is no bundle, which File Install would pass over without a word: one line when the file comes, and one
 * whenever it changes. File Install asks it, on its thread, whether a file is its own; it never is: a file that File Install once gave to one of its
 * helpers is not taken for a bundle again when it becomes one.
 */
@Component(service = ArtifactUrlTransformer.class, property = "service.ranking:Integer=-1000")
public final class StrayFiles implements ArtifactUrlTransformer {
    private static final System.Logger LOG = System.getLogger(StrayFiles.class.getName());
    private static final String LOAD = "load";

    /** What File Install takes for a configuration. */
    private static final Pattern CONFIGURATION = Pattern.compile(".*\\.(cfg|config|cfg\\.json)");

    /** What File Install does not look into. */
    private static final Pattern NEVER_A_BUNDLE = Pattern.compile(".*\\.(txt|xml|properties)");

    private static final Pattern NOTE = Pattern.compile("README.*");

    private final Path folder;

    /** When the files that were told of were written. */
    private final Map<Path, FileTime> told = new HashMap<>();

    /** Called by the container. */
    @Activate
    public StrayFiles(final BundleContext context) {
        this(context.getProperty("joyride.home"));
    }

    /** @param home whose {@code load/} is looked after; null: nobody's */
    StrayFiles(final String home) {
        folder = home == null ? null : Path.of(home, LOAD).toAbsolutePath().normalize();
    }

    /** Looks at it. @return false */
    @Override
    public synchronized boolean canHandle(final File artifact) {
        final Path file = artifact.toPath().toAbsolutePath().normalize();
        try {
            if (isLookedAt(file)) {
                look(file);
            }
        } catch (final IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "{0} is gone: {1}", file, e.getMessage());
        }
        return false;
    }

    private void look(final Path file) throws IOException {
        final FileTime written = Files.getLastModifiedTime(file);
        if (written.equals(told.get(file))) {
            return;
        }
        told.keySet().removeIf(Files::notExists);
        final String trouble = trouble(file);
        if (trouble == null) {
            told.remove(file);
            return;
        }
        told.put(file, written);
        LOG.log(
                System.Logger.Level.WARNING,
                "{0} is no bundle ({1}) and is passed over; put a bundle there, or take it away",
                file,
                trouble);
    }

    private boolean isLookedAt(final Path file) {
        final String name = file.getFileName().toString();
        return folder != null
                && folder.equals(file.getParent())
                && !CONFIGURATION.matcher(name).matches()
                && !NOTE.matcher(name).matches();
    }

    /** Why it is no bundle; null: it is one. */
    static String trouble(final Path file) {
        if (NEVER_A_BUNDLE.matcher(file.getFileName().toString()).matches()) {
            return "its name ends as a text's";
        }
        try (JarFile jar = new JarFile(file.toFile())) {
            return trouble(jar.getManifest());
        } catch (final IOException e) {
            return "no jar: " + e.getMessage();
        }
    }

    private static String trouble(final Manifest manifest) {
        if (manifest == null) {
            return "a jar without " + JarFile.MANIFEST_NAME;
        }
        return manifest.getMainAttributes().getValue(Constants.BUNDLE_SYMBOLICNAME) == null
                ? "its manifest has no " + Constants.BUNDLE_SYMBOLICNAME
                : null;
    }

    /** Never called: no file is this one's. */
    @Override
    public URL transform(final URL artifact) {
        return artifact;
    }
}
