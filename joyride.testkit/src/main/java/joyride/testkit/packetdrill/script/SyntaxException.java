package joyride.testkit.packetdrill.script;

/** A script is not written in the language: file, line, column, what was expected, what stands there. */
public final class SyntaxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Position position;

    SyntaxException(final Position position, final String expected, final String found) {
        super(position + ": expected " + expected + ", found " + found);
        this.position = position;
    }

    public Position position() {
        return position;
    }
}
