package joyride.api.admin;

/** An operation of the console cannot be carried out. The message is one clear line: the value, the limit, the remedy. */
public final class AdminException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public AdminException(final String message) {
        super(message);
    }
}
