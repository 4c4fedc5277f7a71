package joyride.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import joyride.shell.fixture.Failing;
import joyride.shell.fixture.Holding;
import joyride.shell.fixture.Serving;
import joyride.shell.fixture.Starting;
import org.apache.felix.framework.FrameworkFactory;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/** The commands for bundles in a real framework, with bundles made here. */
final class BundleCommandsTest {
    @TempDir
    private Path directory;

    private Framework framework;
    private BundleCommands commands;
    private CommandSession session;
    private ServingStack stack;

    @BeforeEach
    void start() throws Exception {
        framework = new FrameworkFactory()
                .newFramework(Map.of(
                        Constants.FRAMEWORK_STORAGE,
                        directory.resolve("cache").toString(),
                        Constants.FRAMEWORK_STORAGE_CLEAN,
                        Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT));
        framework.start();
        stack = new ServingStack(framework.getBundleContext());
        commands = new BundleCommands(
                framework.getBundleContext(),
                new NoComponents(),
                new BundleKeeper(framework.getBundleContext(), new NoComponents()),
                new Admin(stack),
                1);
        session = new Gogo(null).processor.createSession(InputStream.nullInputStream(), System.out, System.err);
        session.currentDir(directory);
    }

    @AfterEach
    void stop() throws Exception {
        framework.stop();
        framework.waitForStop(10_000);
        session.close();
    }

    private Path jar(
            final String name,
            final String version,
            final Class<? extends BundleActivator> activator,
            final String header)
            throws IOException {
        Path file = directory.resolve(name + "-" + version + ".jar");
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
        main.putValue(Constants.BUNDLE_SYMBOLICNAME, name);
        main.putValue(Constants.BUNDLE_VERSION, version);
        main.putValue(Constants.BUNDLE_ACTIVATOR, activator.getName());
        main.putValue(Constants.IMPORT_PACKAGE, "org.osgi.framework" + (header.startsWith("import ") ? ",p" : ""));
        if (header.equals("export")) {
            main.putValue(Constants.EXPORT_PACKAGE, "p");
        }
        String path = activator.getName().replace('.', '/') + ".class";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(file), manifest);
                InputStream in = activator.getClassLoader().getResourceAsStream(path)) {
            out.putNextEntry(new JarEntry(path));
            in.transferTo(out);
            out.putNextEntry(new JarEntry("p/note"));
            out.write(version.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        return file;
    }

    private Bundle install(final Path jar) throws Exception {
        Bundle bundle = framework.getBundleContext().installBundle(jar.toUri().toString());
        bundle.start();
        return bundle;
    }

    @Test
    void shouldRunTheNewOneWhenItStarts() throws Exception {
        Bundle bundle = install(jar("t.one", "1.0.0", Starting.class, ""));
        jar("t.one", "2.0.0", Starting.class, "");
        String said = commands.update(session, "t.one", "t.one-2.0.0.jar");
        assertTrue(said.matches("t\\.one 2\\.0\\.0 updated in \\d+ ms"), said);
        assertEquals(Bundle.ACTIVE, bundle.getState());
    }

    private Bundle servingOne() throws Exception {
        Bundle bundle = install(jar("t.one", "1.0.0", Serving.class, ""));
        jar("t.one", "2.0.0", Serving.class, "");
        return bundle;
    }

    private void assertNothingIsLeft() throws IOException {
        assertEquals(2, framework.getBundleContext().getBundles().length, "the framework's and the bundle alone");
        assertTrue(leftovers().isEmpty(), leftovers()::toString);
    }

    @Test
    void shouldUpdateInTheBackgroundAsLongAsSomebodyWaits() throws Exception {
        servingOne();
        commands.update(session, "t.one", "t.one-2.0.0.jar");
        assertEquals(List.of("begin on shell control", "begin on shell control", "close"), stack.background);
    }

    @Test
    void shouldReplaceAtTheUsualPriorityWhatNobodyServesInPlaceOf() throws Exception {
        install(jar("t.one", "1.0.0", Starting.class, ""));
        jar("t.one", "2.0.0", Starting.class, "");
        commands.update(session, "t.one", "t.one-2.0.0.jar");
        assertEquals(List.of("begin on shell control", "close"), stack.background);
    }

    @Test
    void shouldLeaveTheBackgroundWhenTheUpdateFails() throws Exception {
        servingOne();
        stack.broken.add("t.one.understudy 2.0.0");
        updateThatFails();
        assertEquals("close", stack.background.getLast());
    }

    private String updateThatFails() {
        return assertThrows(ShellException.class, () -> commands.update(session, "t.one", "t.one-2.0.0.jar"))
                .getMessage();
    }

    @Test
    void shouldLeaveNobodyWithoutServiceWhenWhatServesIsUpdated() throws Exception {
        Bundle bundle = servingOne();
        commands.update(session, "t.one", "t.one-2.0.0.jar");
        assertEquals(List.of("prefer t.one.understudy 2.0.0", "prefer t.one 2.0.0"), stack.calls);
        assertEquals(List.of("t.one.understudy 2.0.0", "t.one 2.0.0"), stack.servedWhenOneWent);
        assertEquals("2.0.0", bundle.getVersion().toString());
        assertNothingIsLeft();
    }

    @Test
    void shouldNotTouchWhatServesWhenTheNewContentDoesNotStart() throws Exception {
        Bundle bundle = servingOne();
        Path next = jar("t.one", "2.0.0", Failing.class, "");
        ShellException thrown =
                assertThrows(ShellException.class, () -> commands.update(session, "t.one", next.toString()));
        assertEquals(
                "t.one from " + next + " does not start: no such ring; the old one stays in service",
                thrown.getMessage());
        assertEquals(List.of(), stack.servedWhenOneWent);
        assertEquals("1.0.0", bundle.getVersion().toString());
        assertNothingIsLeft();
    }

    @Test
    void shouldNotTouchWhatServesWhenTheNewContentFailsInItsRehearsal() throws Exception {
        Bundle bundle = servingOne();
        stack.broken.add("t.one.understudy 2.0.0");
        assertEquals(
                "t.one from t.one-2.0.0.jar does not start: it fails in its rehearsal, as the log says; the old one stays in service",
                updateThatFails());
        assertEquals(List.of(), stack.calls);
        assertEquals("t.one 1.0.0", stack.serving());
        assertEquals("1.0.0", bundle.getVersion().toString());
        assertNothingIsLeft();
    }

    @Test
    void shouldNotTouchWhatServesWhenTheNewContentDoesNotTakeOver() throws Exception {
        Bundle bundle = servingOne();
        stack.refusing.add("t.one.understudy 2.0.0");
        assertEquals(
                "t.one from t.one-2.0.0.jar does not start: it does not take the connections over, as the log says; the old one stays in service",
                updateThatFails());
        assertEquals("t.one 1.0.0", stack.serving());
        assertEquals("1.0.0", bundle.getVersion().toString());
        assertNothingIsLeft();
    }

    @Test
    void shouldBringTheOldContentBackWhenOnlyItsUnderstudyTakesOver() throws Exception {
        Bundle bundle = servingOne();
        stack.refusing.add("t.one 2.0.0");
        assertEquals(
                "t.one from t.one-2.0.0.jar does not start: it does not take the connections over, as the log says; the old one is back in service",
                updateThatFails());
        assertEquals(
                List.of("t.one.understudy 2.0.0", "t.one.understudy 2.0.0", "t.one 1.0.0"), stack.servedWhenOneWent);
        assertEquals("1.0.0", bundle.getVersion().toString());
        assertNothingIsLeft();
    }

    @Test
    void shouldLeaveTheUnderstudyInServiceWhenNobodyElseTakesOver() throws Exception {
        servingOne();
        stack.refusing.add("t.one 2.0.0");
        stack.refusing.add("t.one 1.0.0");
        assertEquals(
                "t.one from t.one-2.0.0.jar does not start: it does not take the connections over, as the log says; "
                        + "and the old one could not be brought back: it fails in its rehearsal, as the log says; "
                        + "t.one.understudy serves until it is uninstalled, or the service starts again",
                updateThatFails());
        assertEquals("t.one.understudy 2.0.0", stack.serving());
    }

    @Test
    void shouldUpdateWithoutAnUnderstudyWhatDoesNotServe() throws Exception {
        servingOne();
        install(jar("t.two", "1.0.0", Serving.class, ""));
        jar("t.two", "2.0.0", Serving.class, "");
        commands.update(session, "t.two", "t.two-2.0.0.jar");
        assertEquals(List.of(), stack.calls);
    }

    @Test
    void shouldSayThatABundleIsStuckWhenItDoesNotStop() throws Exception {
        install(jar("t.one", "1.0.0", Holding.class, ""));
        ShellException thrown = assertThrows(ShellException.class, () -> commands.stop(false, "t.one"));
        assertEquals(
                "t.one is stuck: it has not stopped in 1 s; what it holds stays as it is until the service starts again",
                thrown.getMessage());
        Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("shell control"))
                .forEach(Thread::interrupt);
    }

    @Test
    void shouldReadWhereItCameFromWhenNoFileIsNamed() throws Exception {
        Path jar = jar("t.one", "1.0.0", Starting.class, "");
        Bundle bundle = install(jar);
        Files.copy(jar("t.one", "3.0.0", Starting.class, ""), jar, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        commands.update(session, Long.toString(bundle.getBundleId()));
        assertEquals("3.0.0", bundle.getVersion().toString());
    }

    @Test
    void shouldBringTheOldOneBackWhenTheNewOneDoesNotStart() throws Exception {
        Bundle bundle = install(jar("t.one", "1.0.0", Starting.class, ""));
        Path next = jar("t.one", "2.0.0", Failing.class, "");
        ShellException thrown =
                assertThrows(ShellException.class, () -> commands.update(session, "t.one", next.toString()));
        assertEquals(
                "t.one from " + next + " does not start: no such ring; the old one is back in service",
                thrown.getMessage());
        assertEquals("1.0.0", bundle.getVersion().toString());
        assertEquals(Bundle.ACTIVE, bundle.getState());
        try (InputStream in = bundle.getEntry("p/note").openStream()) {
            assertEquals("1.0.0", new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8));
        }
    }

    @Test
    void shouldBringTheOldOneBackWhenTheNewOneDoesNotResolve() throws Exception {
        Bundle bundle = install(jar("t.one", "1.0.0", Starting.class, ""));
        Path next = jar("t.one", "2.0.0", Starting.class, "import p");
        assertThrows(ShellException.class, () -> commands.update(session, "t.one", next.toString()));
        assertEquals("1.0.0", bundle.getVersion().toString());
        assertEquals(Bundle.ACTIVE, bundle.getState());
    }

    @Test
    void shouldChangeNothingWhenTheFileIsNotThatBundle() throws Exception {
        Bundle bundle = install(jar("t.one", "1.0.0", Starting.class, ""));
        Path other = jar("t.other", "1.0.0", Starting.class, "");
        Path garbage = Files.writeString(directory.resolve("garbage.jar"), "no jar at all");
        Path plain = directory.resolve("plain.jar");
        new JarOutputStream(Files.newOutputStream(plain), manifest("1.0")).close();
        Path empty = directory.resolve("empty.jar");
        new JarOutputStream(Files.newOutputStream(empty)).close();
        for (var file : Map.of(
                        other,
                        "is bundle t.other, not t.one",
                        garbage,
                        "is no bundle: no jar: zip END header not found",
                        plain,
                        "is no bundle: its manifest has no Bundle-SymbolicName",
                        empty,
                        "is no bundle: a jar without META-INF/MANIFEST.MF",
                        Path.of("/no/such/file"),
                        "cannot be read: there is no such file",
                        directory,
                        "cannot be read: Is a directory")
                .entrySet()) {
            ShellException thrown = assertThrows(
                    ShellException.class,
                    () -> commands.update(session, "t.one", file.getKey().toString()));
            assertEquals(file.getKey() + " " + file.getValue() + "; nothing was changed", thrown.getMessage());
            assertEquals(Bundle.ACTIVE, bundle.getState());
        }
        assertTrue(leftovers().isEmpty(), leftovers()::toString);
    }

    private static Manifest manifest(final String version) {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, version);
        return manifest;
    }

    private static java.util.List<Path> leftovers() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("joyride-bundle-"))
                    .toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stop", "update", "refresh", "uninstall"})
    void shouldRefuseAndNameWhoWouldRestartWhenItIsTheApi(final String verb) throws Exception {
        Bundle api = install(jar("joyride.api", "1.0.0", Starting.class, "export"));
        install(jar("t.user", "1.0.0", Starting.class, "import p"));
        ShellException thrown = assertThrows(ShellException.class, () -> {
            switch (verb) {
                case "stop" -> commands.stop(false, "joyride.api");
                case "update" -> commands.update(session, "joyride.api");
                case "refresh" -> commands.refresh("joyride.api");
                default -> commands.uninstall("joyride.api");
            }
        });
        assertTrue(thrown.getMessage().startsWith("refused to " + verb + " joyride.api"), thrown.getMessage());
        assertTrue(thrown.getMessage().contains("this would restart t.user and end"), thrown.getMessage());
        assertEquals(Bundle.ACTIVE, api.getState());
    }

    @ParameterizedTest
    @ValueSource(strings = {"joyride.core", "t.below"})
    void shouldRefuseWhatConnectionsStandOnAsLongAsThereAreAny(final String name) throws Exception {
        Bundle below = install(jar("t.below", "1.0.0", Starting.class, "export"));
        Bundle core = install(jar("joyride.core", "1.0.0", Starting.class, "import p"));
        for (Executable command : List.<Executable>of(
                () -> commands.stop(false, name),
                () -> commands.update(session, name),
                () -> commands.refresh(name),
                () -> commands.uninstall(name))) {
            ShellException thrown = assertThrows(ShellException.class, command);
            assertTrue(
                    thrown.getMessage().contains(" " + name + ": 1 connection lives in joyride.core"),
                    thrown.getMessage());
        }
        assertEquals(Bundle.ACTIVE, below.getState());
        assertEquals(Bundle.ACTIVE, core.getState());
        stack.connected = false;
        commands.stop(false, name);
        assertEquals(Bundle.RESOLVED, (name.equals("t.below") ? below : core).getState());
    }

    @Test
    void shouldStopWhatNoConnectionStandsOnWhileThereAreSome() throws Exception {
        install(jar("joyride.core", "1.0.0", Starting.class, "export"));
        Bundle above = install(jar("t.above", "1.0.0", Starting.class, "import p"));
        commands.stop(false, "t.above");
        assertEquals(Bundle.RESOLVED, above.getState());
    }

    @Test
    void shouldSayWhatIsAlikeWhenTheNameIsNotWhole() throws Exception {
        install(jar("t.one", "1.0.0", Starting.class, ""));
        ShellException thrown = assertThrows(ShellException.class, () -> commands.stop(false, "one"));
        assertEquals("no bundle 'one'; lb -s lists them; perhaps t.one", thrown.getMessage());
    }

    @Test
    void shouldStopAndStartWhenNamed() throws Exception {
        Bundle bundle = install(jar("t.one", "1.0.0", Starting.class, ""));
        commands.stop(false, "t.one");
        assertEquals(Bundle.RESOLVED, bundle.getState());
        commands.start(false, "t.one");
        assertEquals(Bundle.ACTIVE, bundle.getState());
        Bundle failing = framework
                .getBundleContext()
                .installBundle(jar("t.two", "1.0.0", Failing.class, "").toUri().toString());
        ShellException thrown =
                assertThrows(ShellException.class, () -> commands.start(false, Long.toString(failing.getBundleId())));
        assertEquals("t.two does not start: no such ring", thrown.getMessage());
    }
}
