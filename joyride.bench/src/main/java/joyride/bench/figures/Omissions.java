package joyride.bench.figures;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;

/** What cannot be measured on this machine, each with why, in one line. */
final class Omissions {
    private final Set<String> lines = new LinkedHashSet<>();

    void add(final String what, final String why) {
        final String line = what + ": "
                + why.lines().map(String::strip).filter(part -> !part.isEmpty()).collect(Collectors.joining(" "));
        if (lines.add(line)) {
            System.err.println("joyride bench figures: left out: " + line);
        }
    }

    Set<String> lines() {
        return lines;
    }
}
