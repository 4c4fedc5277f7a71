package joyride.ipc.shm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a C compiler makes of {@code joyride_abi.h}: every field's offset, every struct's size, every constant. */
final class AbiHeader {
    private static final Pattern PART = Pattern.compile("struct (\\w+) \\{|\\}([^;{]*);|([^;{}]+);");
    private static final Pattern ENUM = Pattern.compile("enum \\{(.*?)\\};", Pattern.DOTALL);
    private static final Pattern DEFINE = Pattern.compile("^#define (JR_\\w+) +\\S.*$", Pattern.MULTILINE);

    private AbiHeader() {}

    /** Values by the names that {@link ShmLayout} gives them. */
    static Map<String, Long> compiled(final Path header, final Path scratch) throws IOException, InterruptedException {
        final Path source = scratch.resolve("layout.c");
        Files.writeString(source, program(Files.readString(header)));
        final Path binary = scratch.resolve("layout");
        run(List.of(
                "gcc", "-std=c17", "-I", header.getParent().toString(), "-o", binary.toString(), source.toString()));
        final Map<String, Long> values = new TreeMap<>();
        for (final String line : run(List.of(binary.toString())).lines().toList()) {
            final String[] words = line.split(" ");
            values.put(words[0], Long.parseLong(words[1]));
        }
        return values;
    }

    private static String run(final List<String> command) throws IOException, InterruptedException {
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String output = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
        return output;
    }

    private static String program(final String header) {
        final String plain = header.replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("__attribute__\\(\\([^)]*\\)\\)+", "");
        final StringBuilder c = new StringBuilder(
                "#include <stdio.h>\n#include <stddef.h>\n#include \"joyride_abi.h\"\n" + "int main(void) {\n");
        DEFINE.matcher(plain).results().map(found -> found.group(1)).forEach(name -> constant(c, name));
        ENUM.matcher(plain)
                .results()
                .flatMap(found -> Pattern.compile(",").splitAsStream(found.group(1)))
                .map(entry -> entry.split("=")[0].strip())
                .filter(name -> !name.isEmpty())
                .forEach(name -> constant(c, name));
        structs(c, ENUM.matcher(plain.replaceAll("(?m)^#.*$", "")).replaceAll(""));
        return c.append("}\n").toString();
    }

    private static void constant(final StringBuilder c, final String name) {
        c.append("printf(\"")
                .append(name)
                .append(" %lld\\n\", (long long)(")
                .append(name)
                .append("));\n");
    }

    private static void structs(final StringBuilder c, final String body) {
        final Deque<String> open = new ArrayDeque<>();
        final Matcher part = PART.matcher(body);
        while (part.find()) {
            if (part.group(1) != null) {
                open.push(part.group(1));
                c.append("printf(\"").append(prefix(part.group(1))).append("_SIZEOF %zu\\n\", sizeof(struct ");
                c.append(part.group(1)).append("));\n");
            } else if (part.group(3) != null) {
                names(part.group(3)).forEach(name -> field(c, open.element(), name));
            } else if (!open.isEmpty()) {
                open.pop();
                if (!part.group(2).isBlank()) {
                    field(
                            c,
                            open.element(),
                            part.group(2).replaceAll("\\[.*", "").strip());
                }
            }
        }
    }

    private static List<String> names(final String declaration) {
        final List<String> names = new ArrayList<>();
        for (final String declarator : declaration.replaceAll("\\[[^]]*\\]", "").split(",")) {
            final String[] words = declarator.strip().split("\\s+");
            if (!words[words.length - 1].isEmpty()) {
                names.add(words[words.length - 1]);
            }
        }
        return names;
    }

    private static void field(final StringBuilder c, final String struct, final String name) {
        if (!name.contains("reserved")) {
            c.append("printf(\"").append(prefix(struct)).append('_').append(name.toUpperCase());
            c.append(" %zu\\n\", offsetof(struct ")
                    .append(struct)
                    .append(", ")
                    .append(name)
                    .append("));\n");
        }
    }

    private static String prefix(final String struct) {
        return struct.substring("jr_".length()).toUpperCase();
    }
}
