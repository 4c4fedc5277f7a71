package joyride.testkit.packetdrill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/freebsd.md names classes and tests that there are, and a test for each behaviour. */
class FreeBsdPageTest {
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
    private static final int COLUMNS = 4;

    private static Set<String> names(final String below) throws IOException {
        final Set<String> names = new HashSet<>();
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            for (final Path module : modules.toList()) {
                final Path root = module.resolve(below);
                if (Files.isDirectory(root)) {
                    try (Stream<Path> files = Files.walk(root)) {
                        files.forEach(
                                file -> names.add(file.getFileName().toString().replaceFirst("\\.java$", "")));
                    }
                }
            }
        }
        return names;
    }

    private static List<String> quoted(final String cell) {
        return QUOTED.matcher(cell)
                .results()
                .map((MatchResult result) -> result.group(1))
                .toList();
    }

    @Test
    void shouldNameOnlyWhatThereIs() throws IOException {
        final Set<String> classes = names("src/main/java");
        final Set<String> tests = names("src/test/java");
        final Set<String> scripts = names("src/test/resources/packetdrill");
        final List<String> wrong = new ArrayList<>();
        int rows = 0;
        final List<String> lines = Files.readAllLines(Path.of("../docs/freebsd.md"));
        for (final String line : lines.subList(lines.indexOf("## TCP: opening"), lines.size())) {
            final String[] cells = line.split("(?<!\\\\)\\|");
            if (cells.length != COLUMNS + 1
                    || line.startsWith("|---")
                    || cells[COLUMNS].strip().equals("test")) {
                continue;
            }
            rows++;
            quoted(cells[COLUMNS - 1]).stream()
                    .filter(name -> !classes.contains(name))
                    .forEach(wrong::add);
            for (final String test : quoted(cells[COLUMNS])) {
                if (!(test.endsWith(".pkt") ? scripts : tests).contains(test)) {
                    wrong.add(test);
                }
            }
            if (quoted(cells[COLUMNS - 1]).isEmpty() || quoted(cells[COLUMNS]).isEmpty()) {
                wrong.add(line);
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(rows > 60, rows + " rows");
    }
}
