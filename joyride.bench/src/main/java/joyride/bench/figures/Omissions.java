package joyride.bench.figures;

import java.util.LinkedHashSet;
import java.util.Set;

/** What cannot be measured on this machine, each with why, in one line. */
final class Omissions {
    private final Set<String> lines = new LinkedHashSet<>();

    void add(final String what, final String why) {
        final String line = what + ": " + why.lines().findFirst().orElse("").strip();
        if (lines.add(line)) {
            System.err.println("joyride bench figures: left out: " + line);
        }
    }

    Set<String> lines() {
        return lines;
    }
}
