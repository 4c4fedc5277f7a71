package joyride.api.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.api.counters.DropReason;
import org.junit.jupiter.api.Test;

/**
 * The tables of docs/sysctl.md and docs/counters.md are what the code says. After a change of a setting, counter or reason, {@code mvn
 * test -pl joyride.api -Dtest=SettingsPageTest -Djoyride.docs.write=true} writes them anew.
 */
class SettingsPageTest {
    private static final Path SETTINGS = Path.of("../docs/sysctl.md");
    private static final Path COUNTERS = Path.of("../docs/counters.md");
    private static final boolean WRITE = Boolean.getBoolean("joyride.docs.write");

    private static void check(final Path page, final String table, final Supplier<String> fromCode) throws IOException {
        final String begin = "<!-- " + table + ": written by SettingsPageTest -->\n";
        final String end = "<!-- end of " + table + " -->";
        final String text = Files.readString(page);
        final int from = text.indexOf(begin) + begin.length();
        final int to = text.indexOf(end);
        assertTrue(from >= begin.length() && to >= from, page + " has no table " + table);
        final String wanted = fromCode.get();
        if (WRITE) {
            Files.writeString(page, text.substring(0, from) + wanted + text.substring(to));
            return;
        }
        assertEquals(
                wanted,
                text.substring(from, to),
                page + " differs from the code; run this test with -Djoyride.docs.write=true");
    }

    @Test
    void shouldListEachSettingWithItsDefaultAndRange() throws IOException {
        check(SETTINGS, "settings", SettingsPageTest::settings);
    }

    private static String settings() {
        final TcpTunables tunables = new TcpTunables();
        final TreeMap<String, String> rows = new TreeMap<>();
        for (final Field field : TcpTunables.class.getFields()) {
            final Sysctl sysctl = field.getAnnotation(Sysctl.class);
            if (sysctl != null) {
                rows.put(
                        sysctl.name(),
                        "| `%s`%s | %d | %d..%d | %s |\n"
                                .formatted(
                                        sysctl.name(),
                                        sysctl.service() ? " ¹" : "",
                                        tunables.get(sysctl.name()),
                                        sysctl.min(),
                                        sysctl.max(),
                                        sysctl.description().replace("|", "\\|")));
            }
        }
        return "| name | default | range | |\n|---|---|---|---|\n" + String.join("", rows.values());
    }

    @Test
    void shouldSayOfEachSettingOfFreeBsdThatIsNotThereWhy() throws IOException {
        final Set<String> absent = new TreeSet<>();
        final String text = Files.readString(SETTINGS);
        final Matcher row = Pattern.compile("^\\| `((?:net|kern)[^|]*)` \\| (.+) \\|$", Pattern.MULTILINE)
                .matcher(text.substring(text.indexOf("## Not here")));
        while (row.find()) {
            for (final String name : row.group(1).split("`, `")) {
                assertTrue(absent.add(name), name + " is listed twice");
                assertFalse(TcpTunables.has(name), name + " is there after all");
            }
        }
        assertTrue(absent.size() > 10, "found " + absent);
    }

    @Test
    void shouldListEachCounter() throws IOException {
        check(COUNTERS, "counters", () -> {
            final StringBuilder rows = new StringBuilder("| counter | |\n|---|---|\n");
            for (final TcpCounter counter : TcpCounter.values()) {
                rows.append(
                        "| `%s` | %s |\n".formatted(counter.name().toLowerCase(Locale.ROOT), counter.description()));
            }
            return rows.toString();
        });
    }

    @Test
    void shouldListEachReasonToDrop() throws IOException {
        check(COUNTERS, "drops", () -> {
            final StringBuilder rows = new StringBuilder("| reason | |\n|---|---|\n");
            for (final DropReason reason : DropReason.values()) {
                rows.append("| `%s` | %s |\n".formatted(reason.name().toLowerCase(Locale.ROOT), reason.description()));
            }
            return rows.toString();
        });
    }
}
