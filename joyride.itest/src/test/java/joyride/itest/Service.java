package joyride.itest;

import static org.ops4j.pax.exam.CoreOptions.bootClasspathLibrary;
import static org.ops4j.pax.exam.CoreOptions.bootDelegationPackage;
import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;
import static org.ops4j.pax.exam.CoreOptions.vmOptions;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import joyride.testkit.nic.TapCommands;
import org.ops4j.pax.exam.Option;

/** The distribution's bundles as Pax Exam options. */
final class Service {
    private Service() {}

    /** Everything the service consists of, with a run-time directory of its own. */
    static Option[] options() {
        return new Option[] {
            junitBundles(),
            // The framework has a JVM of its own, with the options of this one.
            vmOptions(System.getProperty("joyride.jvm.flags").split(" ")),
            bootClasspathLibrary(TapCommands.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toString()),
            bootDelegationPackage(TapCommands.class.getPackageName()),
            frameworkProperty("org.osgi.framework.bundle.parent").value("app"),
            systemProperty("joyride.bundles").value(folder().toString()),
            systemProperty("org.ops4j.pax.logging.DefaultServiceLog.level").value("WARN"),
            frameworkProperty("joyride.run").value(runDirectory().toString()),
            composite(jars().stream().map(jar -> bundle(jar.toUri().toString())).toArray(Option[]::new))
        };
    }

    /** The jar of one of our bundles, for tests that update or reinstall it. */
    static Path jar(String symbolicName) {
        return jars().stream()
                .filter(jar -> jar.getFileName().toString().startsWith(symbolicName + "-"))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no bundle " + symbolicName + " in " + folder()));
    }

    /** The jars of the distribution less Pax Logging, of which Pax Exam brings its own. */
    static List<Path> jars() {
        try (Stream<Path> files = Files.list(folder())) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .filter(file -> !file.getFileName().toString().startsWith("pax-logging-"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder() {
        return Path.of(System.getProperty("joyride.bundles"));
    }

    /** Short, because the path of a unix socket ends at 107 bytes; gone with this JVM. */
    private static Path runDirectory() {
        try {
            Path directory = Files.createTempDirectory("joyride-itest-");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
