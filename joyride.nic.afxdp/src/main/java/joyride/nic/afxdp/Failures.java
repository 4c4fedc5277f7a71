package joyride.nic.afxdp;

import joyride.linux.SystemError;

/** What a refusal of the kernel means here and what helps, in one line each. */
final class Failures {
    private static final String PERMISSION =
            "no permission for AF_XDP; run as root or with the capabilities CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF";

    private Failures() {}

    static XdpException socket(final int errno) {
        final String why = switch (errno) {
            case Errno.EPERM -> PERMISSION;
            case Errno.EAFNOSUPPORT -> "this kernel has no AF_XDP; it needs CONFIG_XDP_SOCKETS";
            default -> "AF_XDP socket: " + SystemError.text(errno);
        };
        return new XdpException(why, errno);
    }

    static XdpException memory(final long bytes, final int errno) {
        final String why = errno == Errno.ENOBUFS
                ? "may not lock " + bytes
                        + " bytes of frame memory; raise RLIMIT_MEMLOCK (LimitMEMLOCK= of the unit), add the"
                        + " capability CAP_IPC_LOCK, or lower 'frames'"
                : "frame memory of " + bytes + " bytes: " + SystemError.text(errno);
        return new XdpException(why, errno);
    }

    static XdpException bind(final String device, final int queue, final int errno) {
        final String why = switch (errno) {
            case Errno.EBUSY ->
                "queue " + queue + " of " + device + " is held by another AF_XDP program; stop that program";
            case Errno.ENETDOWN -> device + " is down; ip link set dev " + device + " up";
            case Errno.EPERM -> "queue " + queue + " of " + device + ": " + PERMISSION;
            case Errno.ENODEV, Errno.ENXIO -> "the device " + device + " is gone";
            default -> "queue " + queue + " of " + device + ": " + SystemError.text(errno);
        };
        return new XdpException(why, errno);
    }

    static XdpException attach(final String device, final int errno, final String message) {
        final String why = switch (errno) {
            case Errno.EBUSY, Errno.EEXIST ->
                "another XDP program is attached to " + device + "; detach it: ip link set dev " + device
                        + " xdp off, or stop the program that holds it";
            case Errno.EPERM -> device + ": " + PERMISSION;
            case Errno.ENODEV -> "the device " + device + " is gone";
            default -> device + ": " + message;
        };
        return new XdpException(why, errno);
    }
}
