package joyride.testkit.packetdrill;

/**
 * How a script went.
 *
 * @param message of several lines where a packet differs: what was expected, and what was seen; empty if it passed
 */
public record Verdict(Outcome outcome, String message) {
    /** What became of a script. */
    public enum Outcome {
        PASSED,
        FAILED,
        /** It asks for what the stack does not have. */
        SKIPPED
    }

    static final Verdict PASS = new Verdict(Outcome.PASSED, "");

    public boolean passed() {
        return outcome == Outcome.PASSED;
    }

    public boolean failed() {
        return outcome == Outcome.FAILED;
    }
}
