package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive as a user meets it: unpacked somewhere, started, configured and extended by files while it runs. */
class DistributionIT {
    private static final long LONGEST_WAIT_S = 120;
    private static final int SIGTERM_STATUS = 143;

    /** To a file: neither a place on the page nor elsewhere in the world. */
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#]+)(?:#[^)]*)?\\)");

    @TempDir
    Path temp;

    private Path home;
    private Path run;
    private Process service;

    @BeforeEach
    void unpack() throws Exception {
        Process tar = new ProcessBuilder("tar", "-xzf", System.getProperty("joyride.archive"), "-C", temp.toString())
                .inheritIO()
                .start();
        assertEquals(0, tar.waitFor());
        try (Stream<Path> unpacked = Files.list(temp)) {
            home = unpacked.findFirst().orElseThrow();
        }
        run = Files.createDirectory(temp.resolve("run"));
    }

    @AfterEach
    void stop() throws Exception {
        if (service != null) {
            service.destroyForcibly().waitFor();
        }
    }

    @Test
    void shouldFollowItsFilesWhileItRuns() throws Exception {
        Files.writeString(home.resolve("etc/" + ProbeActivator.PID + ".cfg"), "colour=red\n");
        drop("1.0.0");
        service = command("run").redirectError(temp.resolve("log").toFile()).start();

        await("started", "1.0.0");
        await("colour", "red");

        Files.writeString(home.resolve("etc/" + ProbeActivator.PID + ".cfg"), "colour=yellow\n");
        await("colour", "yellow");

        drop("1.1.0");
        await("stopped", "1.0.0");
        await("started", "1.1.0");

        Files.delete(home.resolve("load/probe.jar"));
        await("stopped", "1.1.0");

        service.destroy();
        assertTrue(service.waitFor(LONGEST_WAIT_S, TimeUnit.SECONDS), "SIGTERM did not end the service");
        assertEquals(SIGTERM_STATUS, service.exitValue());
        awaitLine(" INFO  Transports: transport shm of joyride\\.ipc\\.shm \\S+ stops; "
                + "0 applications with 0 sockets lose the service");
        assertTrue(
                Files.readAllLines(temp.resolve("log")).stream().noneMatch(line -> line.contains("any more")),
                "parts are not missed while all of them stop");
        assertEquals(List.of(), errors());
        assertTrue(Files.notExists(run.resolve("attach.sock")), "programs would look for it there");
        assertTrue(Files.notExists(run.resolve("shell.sock")));
    }

    @Test
    void shouldTellOfAConfigurationThatNobodyTakes() throws Exception {
        drop("1.0.0");
        Files.writeString(home.resolve("etc/" + ProbeActivator.PID + ".cfg"), "colour=red\n");
        Files.writeString(home.resolve("etc/joyride.cor.cfg"), "tcp.cc=newreno\n");
        service = command("run").redirectError(temp.resolve("log").toFile()).start();
        await("colour", "red");
        Files.writeString(home.resolve("etc/joyride.core.cfg"), "tcp.cc=newreno\n");
        Files.writeString(home.resolve("etc/joyride.ipc.cfg"), "users=*\n");

        List<String> told = List.of();
        for (long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_WAIT_S);
                System.nanoTime() < until && told.size() < 2; ) {
            Thread.sleep(100);
            told = Files.readAllLines(temp.resolve("log")).stream()
                    .filter(line -> line.contains("no bundle takes it"))
                    .toList();
        }
        assertEquals(2, told.size(), told::toString);
        assertTrue(
                told.getFirst()
                        .contains(
                                "configuration joyride.cor: no bundle takes it; there are joyride.core, joyride.ipc.shm, joyride.nic.dpdk,"),
                told::toString);
        assertTrue(told.getLast().contains("configuration joyride.ipc:"), told::toString);
    }

    @Test
    void shouldStartOneServiceWhenSeveralAreBegunAtOnce() throws Exception {
        List<Process> begun = List.of(
                command("run").start(), command("run").start(), command("run").start());
        try {
            for (long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_WAIT_S);
                    System.nanoTime() < until
                            && begun.stream().filter(Process::isAlive).count() > 1; ) {
                Thread.sleep(50);
            }
            List<Process> refused =
                    begun.stream().filter(process -> !process.isAlive()).toList();
            assertEquals(2, refused.size());
            for (Process process : refused) {
                assertEquals(1, process.exitValue());
                assertTrue(text(process.getErrorStream()).contains("a service already runs in " + run));
            }
        } finally {
            for (Process process : begun) {
                process.destroyForcibly().waitFor();
            }
        }
    }

    @Test
    void shouldSayItsVersion() throws Exception {
        Process version = command("--version").start();
        assertTrue(text(version.getInputStream()).matches("joyride [0-9]+\\.[0-9]+\\.[0-9]+\\S*\n"));
        assertEquals(0, version.waitFor());
    }

    @Test
    void shouldRunAProgramOnTheKernelWhenNoServiceRuns() throws Exception {
        Process echo = command("exec", "--", "sh", "-c", "echo \"preload=$LD_PRELOAD\"")
                .redirectError(temp.resolve("log").toFile())
                .start();
        assertEquals("preload=\n", text(echo.getInputStream()));
        assertEquals(0, echo.waitFor());
        assertTrue(Files.readString(temp.resolve("log")).startsWith("joyride: no service in " + run));
        assertEquals(69, command("shell", "-c", "status").start().waitFor(), "as docs/shell.md says");
    }

    @Test
    void shouldSayThatADirectoryIsClosedWhenAnotherUserAsks() throws Exception {
        assumeTrue(Files.getOwner(run).getName().equals("root"), "only root can be another user");
        Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwx------"));
        Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
        ProcessBuilder nobody = new ProcessBuilder(
                "setpriv",
                "--reuid=65534",
                "--clear-groups",
                home.resolve("bin/joyride").toString(),
                "exec",
                "--",
                "true");
        nobody.environment().put("JOYRIDE_RUN", run.toString());
        Process process = nobody.start();
        String said = text(process.getErrorStream());
        assertTrue(said.startsWith("joyride: " + run + " is closed to nobody"), said);
        assertEquals(0, process.waitFor());
    }

    @Test
    void shouldNotTakeADirectoryOfAnotherOwnerForTheService() throws Exception {
        assumeTrue(Files.getOwner(run).getName().equals("root"), "only root can be another user");
        Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path directory = Files.createDirectory(run.resolve("joyride"));
        Files.writeString(directory.resolve("service.pid"), Long.toString(ownPid()));
        // Nobody listens there any more; it looks like a service to who does not connect.
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(directory.resolve("attach.sock")))
                .close();
        String[] shows = {
            home.resolve("bin/joyride").toString(), "exec", "--", "sh", "-c", "echo \"preload=$LD_PRELOAD\""
        };
        assertTrue(preload(List.of(shows)).endsWith(".so\n"), "its owner's");
        List<String> nobody = new ArrayList<>(List.of("setpriv", "--reuid=65534", "--clear-groups"));
        nobody.addAll(List.of(shows));
        assertEquals("preload=\n", preload(nobody), "made by another user");
    }

    /** Of this process, whose command line has the word that the service's has. */
    private static long ownPid() {
        return ProcessHandle.current().pid();
    }

    private String preload(final List<String> command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().remove("JOYRIDE_RUN");
        builder.environment().put("XDG_RUNTIME_DIR", run.toString());
        Process process = builder.redirectError(temp.resolve("log").toFile()).start();
        String said = text(process.getInputStream());
        assertEquals(0, process.waitFor());
        return said;
    }

    @Test
    void shouldHaveWhatItsPagesLinkTo() throws Exception {
        List<Path> pages;
        try (Stream<Path> docs = Files.walk(home)) {
            pages = docs.filter(path -> path.toString().endsWith(".md")).toList();
        }
        assertTrue(
                pages.contains(home.resolve("README.md")) && pages.contains(home.resolve("docs/policy.md")),
                pages.toString());
        for (Path page : pages) {
            Matcher link = LINK.matcher(Files.readString(page));
            while (link.find()) {
                assertTrue(Files.exists(page.resolveSibling(link.group(1))), page + " links to " + link.group(1));
            }
        }
    }

    @Test
    void shouldNameWhatItDoesNotKnow() throws Exception {
        Process wrong = command("fly").start();
        assertTrue(text(wrong.getErrorStream()).startsWith("joyride: unknown command 'fly'; one of demo, "));
        assertEquals(2, wrong.waitFor());
    }

    @Test
    void shouldRefuseARunTimeDirectoryThatIsALink() throws Exception {
        Path link = Files.createSymbolicLink(temp.resolve("link"), run);
        ProcessBuilder builder = command("run");
        builder.environment().put("JOYRIDE_RUN", link.toString());
        Process refused = builder.start();
        assertTrue(text(refused.getErrorStream()).contains(link + " is not yours"));
        assertEquals(1, refused.waitFor());
    }

    private ProcessBuilder command(String... arguments) {
        ProcessBuilder builder = new ProcessBuilder(home.resolve("bin/joyride").toString());
        builder.command().addAll(List.of(arguments));
        builder.environment().put("JOYRIDE_RUN", run.toString());
        return builder;
    }

    /** Waits for a line in the log after its time: it comes through a process that filters it and ends after the service. */
    private void awaitLine(final String expected) throws Exception {
        Pattern line = Pattern.compile("^[0-9:.]{12}" + expected + "$", Pattern.MULTILINE);
        Path log = temp.resolve("log");
        for (long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
                !line.matcher(Files.readString(log)).find(); ) {
            assertTrue(System.nanoTime() < until, "no '" + expected + "' in the log:\n" + Files.readString(log));
            Thread.sleep(20);
        }
    }

    private List<String> errors() throws IOException {
        return Files.readAllLines(temp.resolve("log")).stream()
                .filter(line -> line.contains("ERROR") || line.contains("Exception"))
                .toList();
    }

    private static String text(InputStream stream) throws IOException {
        try (stream) {
            return new String(stream.readAllBytes());
        }
    }

    /** Puts the probe bundle into load/, or replaces it there, in one step. */
    private void drop(String version) throws IOException {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.putValue("Manifest-Version", "1.0");
        main.putValue("Bundle-ManifestVersion", "2");
        main.putValue("Bundle-SymbolicName", "joyride.probe");
        main.putValue("Bundle-Version", version);
        main.putValue("Bundle-Activator", ProbeActivator.class.getName());
        main.putValue("Import-Package", "org.osgi.framework,org.osgi.service.cm");
        String entry = ProbeActivator.class.getName().replace('.', '/') + ".class";
        Path jar = temp.resolve("probe.jar");
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream archive = new JarOutputStream(out, manifest);
                InputStream code = ProbeActivator.class.getResourceAsStream("/" + entry)) {
            archive.putNextEntry(new ZipEntry(entry));
            code.transferTo(archive);
        }
        Files.move(jar, home.resolve("load/probe.jar"), StandardCopyOption.REPLACE_EXISTING);
    }

    /** Waits until the probe has written this text; the limit only ends a run that hangs. */
    private void await(String name, String expected) throws Exception {
        Path file = run.resolve(name);
        try (WatchService watch = run.getFileSystem().newWatchService()) {
            run.register(watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
            while (!Files.exists(file) || !Files.readString(file).equals(expected)) {
                WatchKey key = watch.poll(LONGEST_WAIT_S, TimeUnit.SECONDS);
                if (key == null || !service.isAlive()) {
                    throw new AssertionError(
                            name + " is not " + expected + "; the log:\n" + Files.readString(temp.resolve("log")));
                }
                key.pollEvents();
                key.reset();
            }
        }
    }
}
