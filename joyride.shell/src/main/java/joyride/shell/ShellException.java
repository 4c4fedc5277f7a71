package joyride.shell;

/** A command cannot do what it was asked; the message is one line for the person who typed it. */
final class ShellException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    ShellException(final String message) {
        this(1, message);
    }

    ShellException(final int status, final String message) {
        super(message);
        this.status = status;
    }

    /** The command's exit status, never 0. */
    int status() {
        return status;
    }
}
