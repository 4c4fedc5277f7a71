package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import joyride.testkit.live.LiveService;
import joyride.testkit.live.Program;
import joyride.testkit.netns.Namespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The layer in /etc/ld.so.preload, for everything that runs: in a mount namespace that has the file, and /run/joyride. */
@Timeout(200)
final class PreloadIT {
    private static final Duration LIMIT = Duration.ofSeconds(100);
    private static final String ADDRESS = "127.77.9.1";
    private static final String NOBODY = "65534";
    /** What the dynamic linker and the layer's start may call. */
    private static final Set<String> START = Set.of(
            "openat",
            "read",
            "pread64",
            "fstat",
            "newfstatat",
            "mmap",
            "mprotect",
            "munmap",
            "close",
            "access",
            "brk",
            "getrandom",
            "poll",
            "ppoll",
            "getsockopt");

    private World world;
    private Path folder;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(Namespace.isRoot(), "needs root, for a mount namespace");
        Machine.needs("unshare", "setpriv");
        world = World.create();
        folder = world.folder("preload");
    }

    @AfterEach
    void stop() {
        if (world != null) {
            world.close();
        }
    }

    private static Path layer() {
        return Path.of(LiveService.command())
                .resolveSibling("../lib/libjoyride.so")
                .normalize();
    }

    /**
     * Runs a shell script on a machine with the layer in /etc/ld.so.preload. {@code $D} is a folder, {@code $P} the probe.
     *
     * @param run what stands at /run/joyride; null: an empty directory
     */
    private Program.Result machine(final Path run, final String script) throws IOException, InterruptedException {
        final String text = """
                set -e
                D=%s
                P=%s
                mount --make-rprivate /
                rm -rf $D/etc
                cp -a /etc $D/etc
                mount --bind $D/etc /etc
                mount -t tmpfs -o mode=755 joyride /run
                mkdir /run/joyride
                %s
                unset XDG_RUNTIME_DIR JOYRIDE_ATTACH JOYRIDE_RUN
                echo %s > /etc/ld.so.preload
                %s
                """.formatted(
                        folder,
                        Machine.own("probe"),
                        run == null ? "" : "mount --bind " + run + " /run/joyride",
                        layer(),
                        script);
        final Path file = folder.resolve("script");
        Files.writeString(file, text);
        return world.runOnKernel(LIMIT, "unshare", "-m", "sh", file.toString());
    }

    /** Lines of a script: a Redis, some requests, its end. */
    private static String redis(final String requests) {
        return """
                redis-server --bind %1$s --port 6390 --save '' --protected-mode no --appendonly no --dir $D > $D/redis.log 2>&1 &
                server=$!
                until grep -q 'Ready to accept' $D/redis.log; do kill -0 $server; done
                %2$s
                kill $server
                wait $server || true
                """.formatted(ADDRESS, requests);
    }

    @Test
    void shouldCarryProgramsThatNobodyStartedInAnySpecialWay() throws Exception {
        Machine.needs("redis-server", "redis-benchmark", "redis-cli");
        world.start();
        Carried carried = Carried.from(world);
        machine(
                        world.service().directory(),
                        redis("redis-benchmark -h " + ADDRESS + " -p 6390 -n 5000 -c 10 -t get --csv\n$P connect "
                                + ADDRESS + " 6390"))
                .checked("the script");
        carried.check(5000 * 20);
    }

    @Test
    void shouldRunOnTheKernelWhenNoServiceIsThere() throws Exception {
        Machine.needs("redis-server", "redis-benchmark", "redis-cli");
        String output = machine(
                        null,
                        redis("redis-benchmark -h " + ADDRESS + " -p 6390 -n 500 -c 10 -t get --csv\n$P connect "
                                + ADDRESS + " 6390"))
                .checked("the script");
        assertTrue(output.contains("kernel secure 0"), output);
    }

    @Test
    void shouldHarmNothingWhenWhatStandsThereIsNoService() throws Exception {
        Machine.needs("redis-server", "redis-cli");
        String output = machine(
                        null, "echo nonsense > /run/joyride/attach.sock\n" + redis("$P connect " + ADDRESS + " 6390"))
                .checked("the script");
        assertTrue(output.contains("kernel secure 0"), output);
        String missing = machine(
                        null, "echo /nowhere/libjoyride.so > /etc/ld.so.preload\nls /run/joyride; echo went on")
                .checked("the script");
        assertTrue(missing.contains("cannot be preloaded") && missing.contains("went on"), missing);
    }

    @Test
    void shouldMakeNoCallBeyondTheStartForAProgramWithoutNetwork() throws Exception {
        Machine.needs("strace");
        world.start();
        machine(world.service().directory(), """
                echo hello > $D/marker
                : > /etc/ld.so.preload
                strace -o $D/without wc -c $D/marker < /dev/null > /dev/null 3<&-
                echo %s > /etc/ld.so.preload
                strace -o $D/with wc -c $D/marker < /dev/null > /dev/null 3<&-
                """.formatted(layer())).checked("the script");
        List<String> with = calls("with");
        List<String> without = calls("without");
        assertTrue(with.stream().anyMatch(call -> call.contains("libjoyride.so")), "the layer was not there");
        assertEquals(afterStart(without), afterStart(with));
        Set<String> beyond = new TreeSet<>();
        with.stream().map(PreloadIT::name).forEach(beyond::add);
        without.stream().map(PreloadIT::name).forEach(beyond::remove);
        beyond.removeAll(START);
        assertEquals(Set.of(), beyond, "calls that the program would not make without the layer");
    }

    private List<String> calls(final String trace) throws IOException {
        return Files.readAllLines(folder.resolve(trace)).stream()
                .map(line -> line.replaceAll("0x[0-9a-f]+", "X"))
                .toList();
    }

    private static String name(final String call) {
        return call.contains("(") ? call.substring(0, call.indexOf('(')) : "";
    }

    private static List<String> afterStart(final List<String> calls) {
        int at = 0;
        while (!calls.get(at).contains("/marker\"") || calls.get(at).startsWith("execve")) {
            at++;
        }
        return calls.subList(at, calls.size());
    }

    @Test
    void shouldTakeNothingFromTheCallersEnvironmentWhenAProgramIsSetUserId() throws Exception {
        Machine.needs("redis-server", "redis-cli");
        world.start();
        String output = machine(
                        world.service().directory(),
                        "cp $P $D/plain\ncp $P $D/suid\nchmod 4755 $D/suid\n"
                                + redis("export JOYRIDE_ATTACH=/nowhere/attach.sock\n"
                                        + asNobody("$D/plain connect " + ADDRESS + " 6390")
                                        + asNobody("$D/suid connect " + ADDRESS + " 6390")))
                .checked("the script");
        assertTrue(output.contains("kernel secure 0"), "an ordinary program goes by its environment: " + output);
        assertTrue(output.contains("joyride secure 1"), "a set-user-id one does not: " + output);
    }

    private static String asNobody(final String command) {
        return "setpriv --reuid " + NOBODY + " --regid " + NOBODY + " --clear-groups " + command + "\n";
    }

    @Test
    void shouldTakeNoServiceOfAStrangers() throws Exception {
        String output = machine(null, """
                chown %1$s /run/joyride
                setpriv --reuid %1$s --regid %1$s --clear-groups $P serve /run/joyride/attach.sock > $D/heard &
                until [ -S /run/joyride/attach.sock ]; do kill -0 $!; done
                JOYRIDE_LOG=1 $P connect 127.0.0.1 9 2>&1
                wait
                cat $D/heard
                """.formatted(NOBODY)).checked("the script");
        assertTrue(output.contains("it is another user's"), output);
        assertTrue(output.contains("failed 111 secure 0"), output);
        assertTrue(output.contains("heard 0"), "nothing was said to it: " + output);
    }

    @Test
    void shouldLeaveStaticProgramsAlone() throws Exception {
        Path program = folder.resolve("static");
        Program.Result compiled = Program.run(
                List.of("gcc", "-static", "-D_GNU_SOURCE", "-o", program.toString(), "src/test/c/probe.c"),
                Map.of(),
                LIMIT);
        assumeTrue(compiled.exitCode() == 0, "gcc -static does not work here: " + compiled.output());
        world.start();
        String output = machine(world.service().directory(), "$D/static connect 127.77.9.1 9")
                .checked("the script");
        assertEquals("failed 111 secure 0", output.strip());
        assertFalse(world.service().shell("joyride:instances").contains("static"));
    }
}
