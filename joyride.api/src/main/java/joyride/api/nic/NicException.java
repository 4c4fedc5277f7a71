package joyride.api.nic;

/** A port cannot be opened. The message is one clear line: what, the value, the limit, the remedy. */
public final class NicException extends Exception {
    private static final long serialVersionUID = 1L;

    public NicException(final String message) {
        super(message);
    }

    public NicException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
