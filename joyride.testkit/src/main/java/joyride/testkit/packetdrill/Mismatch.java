package joyride.testkit.packetdrill;

/** The stack did not do what the script says; or, {@code unsupported}, cannot be asked to. */
final class Mismatch extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean unsupported;

    private Mismatch(final String message, final boolean unsupported) {
        super(message);
        this.unsupported = unsupported;
    }

    static Mismatch of(final String message) {
        return new Mismatch(message, false);
    }

    /** The script asks for what stack or interpreter do not have. */
    static Mismatch unsupported(final String what) {
        return new Mismatch(what, true);
    }

    boolean isUnsupported() {
        return unsupported;
    }
}
