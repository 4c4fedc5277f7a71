package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TCP replaced by files in {@code load/} while wrk is at work: every request is answered, whatever the file is worth. */
@Timeout(400)
final class LoadFolderIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String TCP = "joyride.tcp.freebsd";

    @TempDir
    Path temp;

    private String before;
    private Path home;
    private World world;
    private Nginx web;
    private Program load;
    private Carried carried;

    @BeforeEach
    void start() throws Exception {
        Machine.needs("nginx", "wrk");
        Program.run(
                        List.of("tar", "-xzf", System.getProperty("joyride.archive"), "-C", temp.toString()),
                        Map.of(),
                        LIMIT)
                .checked("tar");
        try (Stream<Path> unpacked = Files.list(temp)) {
            home = unpacked.findFirst().orElseThrow();
        }
        before = System.setProperty(
                "joyride.command", home.resolve("bin/joyride").toString());
        world = World.create().start();
        web = Nginx.start(world, "127.77.6.1", 8080);
        web.file("small", 612);
        carried = Carried.from(world);
        load = world.launch("wrk", "wrk", "-t", "1", "-c", "20", "-d", "300s", "--timeout", "60s", web.url("small"));
        await("twenty connections are there", () -> rows("sockets -s ESTAB", "ESTAB") >= 40);
    }

    /** No request failed in all of it. */
    @AfterEach
    void stop() throws Exception {
        try {
            if (load != null) {
                world.interrupt(load);
                Wrk report = Wrk.parse(load.output());
                assertEquals(0, report.failed(), report.report());
                carried.check(report.requests() * 612);
            }
        } finally {
            if (world != null) {
                world.close();
            }
            if (before != null) {
                System.setProperty("joyride.command", before);
            }
        }
    }

    private void await(final String what, final Program.Condition condition) throws Exception {
        world.service().process().await(what, LIMIT, condition);
    }

    private long rows(final String command, final String text) throws IOException, InterruptedException {
        return world.service()
                .shell("joyride:" + command)
                .lines()
                .filter(line -> line.contains(text))
                .count();
    }

    private long swaps() throws IOException, InterruptedException {
        return rows("swaps tcp", TCP);
    }

    /** More requests are answered. */
    private void flows() throws Exception {
        long begin = segments();
        await("segments go on", () -> segments() > begin + 1000);
    }

    private long segments() throws IOException, InterruptedException {
        return world.service()
                .shell("joyride:stats tcp")
                .lines()
                .filter(line -> line.matches("tcp\\s+rcvtotal\\s.*"))
                .mapToLong(line -> Long.parseLong(line.replaceAll(".*\\s", "")))
                .sum();
    }

    /** Writes a variation of the distribution's TCP bundle into {@code load/}, in one step. */
    private Path drop(
            final String file, final UnaryOperator<Manifest> manifest, final BiFunction<String, byte[], byte[]> content)
            throws IOException {
        Path original;
        try (Stream<Path> bundles = Files.list(home.resolve("bundle"))) {
            original = bundles.filter(path -> path.getFileName().toString().startsWith(TCP + "-"))
                    .findFirst()
                    .orElseThrow();
        }
        Path made = temp.resolve(file);
        try (JarFile jar = new JarFile(original.toFile());
                OutputStream out = Files.newOutputStream(made);
                JarOutputStream copy = new JarOutputStream(out, manifest.apply(jar.getManifest()))) {
            for (JarEntry entry : jar.stream().toList()) {
                if (!entry.isDirectory() && !entry.getName().equals(JarFile.MANIFEST_NAME)) {
                    copy.putNextEntry(new JarEntry(entry.getName()));
                    copy.write(content.apply(
                            entry.getName(), jar.getInputStream(entry).readAllBytes()));
                }
            }
        }
        return Files.move(made, home.resolve("load").resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }

    private static UnaryOperator<Manifest> header(final String name, final String value) {
        return manifest -> {
            Attributes main = manifest.getMainAttributes();
            main.putValue(name, value);
            return manifest;
        };
    }

    @Test
    void shouldUpdateTcpWhenAFileReplacesItAndBringItBackWhenTheFileGoes() throws Exception {
        Path file = drop("tcp.jar", header("Joyride-Test", "one"), (name, bytes) -> bytes);
        await("the first file serves", () -> swaps() == 1);
        flows();
        drop("tcp.jar", header("Joyride-Test", "another one"), (name, bytes) -> bytes);
        await("the second file serves", () -> swaps() == 2);
        flows();
        Files.delete(file);
        await("the distribution's serves", () -> swaps() == 3);
        flows();
    }

    @Test
    void shouldPreferAHigherRankedOneWhileItsFileIsThere() throws Exception {
        Path file = drop(
                "better.jar",
                header("Bundle-SymbolicName", "joyride.tcp.better"),
                (name, bytes) -> name.startsWith("OSGI-INF/") && name.endsWith(".xml")
                        ? new String(bytes, StandardCharsets.UTF_8)
                                .replaceFirst(
                                        "(<property name=\"tcp.variant\")",
                                        "<property name=\"service.ranking\" type=\"Integer\" value=\"10\"/>$1")
                                .getBytes(StandardCharsets.UTF_8)
                        : bytes);
        await("the better one serves", () -> serving("joyride.tcp.better"));
        flows();
        Files.delete(file);
        await("the distribution's serves", () -> serving(TCP));
        flows();
    }

    private boolean serving(final String bundle) throws IOException, InterruptedException {
        return world.service()
                .shell("joyride:variants tcp")
                .lines()
                .anyMatch(line ->
                        line.contains(bundle + " ") && line.contains("in service") && !line.matches(".*\\s0\\s*"));
    }

    @Test
    void shouldKeepTheOneBeforeWhenTheFileDoesNotStart() throws Exception {
        Path file = drop("bad.jar", header("Bundle-Activator", "no.such.Activator"), (name, bytes) -> bytes);
        await("the log says why", () -> log().contains("does not start: "));
        assertTrue(log().contains("no.such.Activator"), log());
        assertTrue(log().contains("the one before is back in service"), log());
        await("the one before serves", () -> serving(TCP));
        flows();
        Files.delete(file);
        await("the distribution's is back", () -> log().contains("of the distribution is back in service"));
        flows();
    }

    @Test
    void shouldSayWhatANewBundleLacks() throws Exception {
        drop(
                "new.jar",
                manifest -> header("Import-Package", "no.such.package")
                        .apply(header("Bundle-SymbolicName", "example.lacks").apply(manifest)),
                (name, bytes) -> bytes);
        await("the log says why", () -> log().contains("no.such.package"));
        flows();
    }

    /** Said once, not with every look at the folder; and what a bundle takes the place of is a bundle then. */
    @Test
    void shouldSayOnceThatAFileIsNoBundleAndTakeTheBundleThatReplacesIt() throws Exception {
        Files.writeString(home.resolve("load/tcp.jar"), "not a jar");
        Files.writeString(home.resolve("load/notes.txt"), "not one either");
        for (String name : List.of("tcp.jar", "notes.txt")) {
            await("the log says what " + name + " is not", () -> said(name) == 1);
        }
        flows();
        drop("tcp.jar", header("Joyride-Test", "one"), (name, bytes) -> bytes);
        await("the bundle serves", () -> swaps() == 1);
        for (String name : List.of("tcp.jar", "notes.txt")) {
            assertEquals(1, said(name), log());
        }
        assertEquals(0, said("README"), log());
        flows();
    }

    /** Lines about a file that is no bundle. */
    private long said(final String name) throws IOException {
        return log().lines()
                .filter(line -> line.contains("load/" + name + " is no bundle ("))
                .count();
    }

    private String log() throws IOException {
        return world.service().process().output();
    }
}
