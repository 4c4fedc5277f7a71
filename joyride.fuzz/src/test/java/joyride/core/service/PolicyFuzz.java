package joyride.core.service;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** Any text as a policy's rule: taken, or refused in one line. */
class PolicyFuzz {
    @FuzzTest(maxDuration = "10s")
    void shouldTakeOrRefuseInOneLine(final byte[] bytes) {
        final Map<String, String> values = new TreeMap<>();
        int number = 0;
        for (final String line : new String(bytes, StandardCharsets.UTF_8).split("\n")) {
            values.put("policy." + number++, line);
        }
        try {
            PolicyParser.parse(values);
        } catch (final IllegalArgumentException expected) {
            if (expected.getMessage() == null || expected.getMessage().indexOf('\n') >= 0) {
                throw new AssertionError("not one line: " + expected.getMessage(), expected);
            }
        }
    }
}
