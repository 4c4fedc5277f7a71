package joyride.testkit.packetdrill.script;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** Any text as a packetdrill script: read, or refused with the place and what was expected there. */
class ScriptFuzz {
    @FuzzTest(maxDuration = "10s")
    void shouldReadOrSayWhereItIsWrong(final byte[] bytes) {
        try {
            new ScriptParser("fuzz.pkt", new String(bytes, StandardCharsets.UTF_8)).parse();
        } catch (final SyntaxException expected) {
            if (expected.getMessage() == null || !expected.getMessage().startsWith("fuzz.pkt:")) {
                throw new AssertionError("no place in it: " + expected.getMessage(), expected);
            }
        }
    }
}
