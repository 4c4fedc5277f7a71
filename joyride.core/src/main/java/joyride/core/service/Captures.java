package joyride.core.service;

import joyride.api.admin.AdminException;

/** Packet captures to files, one for each interface at a time. */
final class Captures {
    @SuppressWarnings("unused")
    private final Stack stack;

    Captures(final Stack stack) {
        this.stack = stack;
    }

    void start(final String interfaceName, final String file, final long packets) {
        throw new AdminException("interface " + interfaceName + " cannot be captured");
    }

    long stop(final String interfaceName) {
        throw new AdminException("no capture runs on interface " + interfaceName);
    }
}
