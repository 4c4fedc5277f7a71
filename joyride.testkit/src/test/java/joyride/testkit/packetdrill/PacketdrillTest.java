package joyride.testkit.packetdrill;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Our own scripts; and, with {@code -Djoyride.packetdrill=DIR}, all scripts below a directory, such as FreeBSD's tcp-testsuite.
 */
class PacketdrillTest {
    /** Scripts of FreeBSD's suite that stay different: our window field rounds down, for there is memory behind every byte promised. */
    private static final Set<String> DIFFERENT = Set.of("socket-api-getsockopt-tcpinfo-ipv4.pkt");

    @ParameterizedTest
    @ValueSource(strings = {"passive-open", "active-open", "reordering", "reset-in-window", "simultaneous-open"})
    void shouldGoAsWritten(final String name) throws IOException {
        try (InputStream in = PacketdrillTest.class.getResourceAsStream("/packetdrill/" + name + ".pkt")) {
            ScriptRun.play(Script.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()));
        }
    }

    @Test
    void shouldSayWhereWhatDiffers() {
        final ScriptException thrown = assertThrows(
                ScriptException.class,
                () -> ScriptRun.play(Script.parse(List.of(
                        "0.0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
                        "+0 connect(3, ..., ...) = -1 EINPROGRESS (in progress)",
                        "+0 > S 0:0(0) win 1000 <...>"))));
        assertFalse(thrown.isUnsupported());
        assertTrue(thrown.getMessage().contains("line 3") && thrown.getMessage().contains("window"));
    }

    @Test
    void shouldNotPassForWhatItDoesNotUnderstand() {
        assertTrue(assertThrows(ScriptException.class, () -> Script.parse(List.of("nonsense")))
                .isUnsupported());
        assertTrue(assertThrows(ScriptException.class, () -> Script.parse(List.of("--ip_version=ipv6")))
                .isUnsupported());
    }

    @Test
    void shouldGoAsASuiteSays() throws IOException {
        final String directory = System.getProperty("joyride.packetdrill");
        assumeTrue(directory != null, "no suite: -Djoyride.packetdrill=DIR");
        final List<Path> files;
        try (Stream<Path> all = Files.walk(Path.of(directory))) {
            files = all.filter(file -> file.toString().endsWith(".pkt"))
                    .sorted()
                    .toList();
        }
        final List<String> failures = new ArrayList<>();
        int played = 0;
        int skipped = 0;
        for (final Path file : files) {
            try {
                ScriptRun.play(Script.parse(Files.readAllLines(file)));
                played++;
            } catch (final ScriptException e) {
                if (e.isUnsupported()) {
                    skipped++;
                } else if (!DIFFERENT.contains(file.getFileName().toString())) {
                    failures.add(file.getFileName() + ", " + e.getMessage());
                }
            }
        }
        System.out.printf("packetdrill: %d went as written, %d failed, %d skipped%n", played, failures.size(), skipped);
        assertTrue(played > 0);
        if (!failures.isEmpty()) {
            fail(String.join("\n", failures));
        }
    }
}
