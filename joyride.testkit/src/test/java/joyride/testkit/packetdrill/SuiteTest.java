package joyride.testkit.packetdrill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import joyride.testkit.packetdrill.script.Script;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * All scripts of a suite, such as FreeBSD's tcp-testsuite: of the directory in {@code -Djoyride.packetdrill} or JOYRIDE_PACKETDRILL, else of
 * {@code shared/packetdrill} beside the source tree. What FreeBSD itself is expected to fail, NAME.exfail beside a script, does not count.
 */
class SuiteTest {
    /** Mutants of each script that are tried; all of them with {@code -Djoyride.long}. */
    private static final int MUTANTS = 3;

    private static final double BITES = 0.99;

    private List<Path> files;

    @BeforeEach
    void suite() throws IOException {
        final String named = System.getProperty("joyride.packetdrill", System.getenv("JOYRIDE_PACKETDRILL"));
        final Path directory = Path.of(named != null ? named : "../../shared/packetdrill");
        assumeTrue(
                named != null || Files.isDirectory(directory),
                "no suite: -Djoyride.packetdrill=DIR or JOYRIDE_PACKETDRILL names one");
        files = Packetdrill.scripts(List.of(directory)).stream()
                .filter(file -> !Files.exists(
                        file.resolveSibling(file.getFileName().toString().replace(".pkt", ".exfail"))))
                .toList();
        assertTrue(!files.isEmpty(), "no scripts in " + directory);
    }

    private void play(final String what, final PlayOptions options) throws IOException {
        final List<String> failures = new ArrayList<>();
        int passed = 0;
        int skipped = 0;
        for (final Path file : files) {
            final Verdict verdict = Packetdrill.verdict(file, options);
            passed += verdict.passed() ? 1 : 0;
            skipped += verdict.outcome() == Verdict.Outcome.SKIPPED ? 1 : 0;
            if (verdict.failed()) {
                failures.add(verdict.message());
            }
        }
        System.out.printf("packetdrill%s: %d passed, %d failed, %d skipped%n", what, passed, failures.size(), skipped);
        if (!failures.isEmpty()) {
            fail(String.join("\n", failures));
        }
        assertTrue(passed > 0);
    }

    @Test
    void shouldGoAsASuiteSays() throws IOException {
        play("", PlayOptions.STANDARD);
    }

    @Test
    void shouldGoAsASuiteSaysWhenHandedOverAfterEveryEvent() throws IOException {
        play(" with a swap after every event", PlayOptions.STANDARD.withSwaps(1, "freebsd"));
    }

    /** What a suite says of IPv4, of IPv6: only headers and what follows from them differ. */
    @Test
    void shouldGoAsASuiteSaysOverIpv6() throws IOException {
        int passed = 0;
        final List<String> failures = new ArrayList<>();
        for (final Path file : files) {
            final String text = Files.readString(file);
            if (!text.contains("=ipv6")
                    && Packetdrill.verdict(file, PlayOptions.STANDARD).passed()) {
                final String form = Ipv6Form.of(text);
                final Verdict verdict = form == null
                        ? Verdict.PASS
                        : ScriptPlayer.play(Script.parse(file.getFileName() + " (IPv6)", form), PlayOptions.STANDARD);
                passed += form != null && verdict.passed() ? 1 : 0;
                if (!verdict.passed()) {
                    failures.add(verdict.message());
                }
            }
        }
        System.out.printf("packetdrill in IPv6: %d passed, %d failed%n", passed, failures.size());
        assertEquals(List.of(), failures);
        assertTrue(passed > 0);
    }

    @Test
    void shouldFailWhatIsChanged() throws IOException {
        final boolean all = Boolean.getBoolean("joyride.long");
        final Random random = new Random(files.size());
        int tried = 0;
        final List<String> survivors = new ArrayList<>();
        for (final Path file : files) {
            if (!Packetdrill.verdict(file, PlayOptions.STANDARD).passed()) {
                continue;
            }
            final List<Mutants.Mutant> mutants = Mutants.of(Script.read(file));
            for (int i = 0; i < (all ? mutants.size() : MUTANTS) && !mutants.isEmpty(); i++) {
                final Mutants.Mutant mutant = mutants.get(all ? i : random.nextInt(mutants.size()));
                tried++;
                if (!ScriptPlayer.play(mutant.script(), PlayOptions.STANDARD).failed()) {
                    survivors.add(mutant.change());
                }
            }
        }
        System.out.printf("packetdrill: %d of %d mutants passed%n", survivors.size(), tried);
        assertTrue(survivors.size() <= tried * (1 - BITES), String.join("\n", survivors));
    }
}
