package joyride.testkit.packetdrill;

/** A script did not go as written, or uses what the interpreter does not know. */
public final class ScriptException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final boolean unsupported;

    private ScriptException(final String message, final boolean unsupported) {
        super(message);
        this.unsupported = unsupported;
    }

    static ScriptException failure(final String message) {
        return new ScriptException(message, false);
    }

    static ScriptException unsupported(final String message) {
        return new ScriptException(message, true);
    }

    ScriptException at(final int line, final String text) {
        return new ScriptException("line " + line + ": " + getMessage() + ": " + text, unsupported);
    }

    /** Whether the interpreter, not the stack, is at fault. */
    public boolean isUnsupported() {
        return unsupported;
    }
}
