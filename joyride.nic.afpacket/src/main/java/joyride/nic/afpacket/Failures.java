package joyride.nic.afpacket;

import joyride.api.nic.NicException;
import joyride.linux.SystemError;

/** What a refusal of the kernel means here and what helps, in one line each. */
final class Failures {
    static final int EPERM = 1;
    static final int ENXIO = 6;
    static final int EAGAIN = 11;
    static final int ENOMEM = 12;
    static final int ENODEV = 19;
    static final int EMSGSIZE = 90;
    static final int EAFNOSUPPORT = 97;
    static final int ENETDOWN = 100;
    static final int ENOBUFS = 105;

    private Failures() {}

    /** @param result what the call returned: {@code -errno} */
    static NicException of(final String name, final String what, final int result) {
        final String why = switch (-result) {
            case EPERM ->
                "no permission for a packet socket; run as root or with the capabilities CAP_NET_RAW and CAP_NET_ADMIN";
            case EAFNOSUPPORT -> "this kernel has no packet sockets; it needs CONFIG_PACKET";
            case ENOMEM -> "no memory for the receive ring; lower 'frames'";
            case ENODEV, ENXIO -> "the device is gone";
            case ENETDOWN -> "the device is down; ip link set up switches it on";
            default -> what + ": " + SystemError.text(-result);
        };
        return new NicException(name + ": " + why);
    }
}
