package joyride.api.nic;

/** A port cannot be opened. The message is one clear line: what, the value, the limit, the remedy. */
public final class NicException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean busy;

    public NicException(final String message) {
        this(message, null);
    }

    public NicException(final String message, final Throwable cause) {
        this(message, cause, false);
    }

    private NicException(final String message, final Throwable cause, final boolean busy) {
        super(message, cause);
        this.busy = busy;
    }

    /**
     * The device or its queue is in use, and would be free if the port that is in service closed first: core then closes it and
     * tries again, at the price of a pause.
     */
    public static NicException busy(final String message) {
        return new NicException(message, null, true);
    }

    public boolean isBusy() {
        return busy;
    }
}
