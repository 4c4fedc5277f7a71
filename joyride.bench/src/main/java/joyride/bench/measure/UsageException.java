package joyride.bench.measure;

/** A command line is not understood; the message is one line for people. */
public final class UsageException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    public UsageException(final String message) {
        super(message);
    }
}
