package joyride.nic.afxdp;

/** A step of opening a socket failed; with the error number, so that the next mode may be tried. */
final class XdpException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int errno;

    XdpException(final String message, final int errno) {
        super(message);
        this.errno = errno;
    }

    int errno() {
        return errno;
    }
}
