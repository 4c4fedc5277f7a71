package joyride.linux.bpf;

/** The kernel refused something of BPF. The message is one line: what, the error, the remedy; the verifier's log follows it. */
public final class BpfException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int errno;

    BpfException(final String message, final int errno) {
        super(message);
        this.errno = errno;
    }

    /** The system's error number. */
    public int errno() {
        return errno;
    }
}
