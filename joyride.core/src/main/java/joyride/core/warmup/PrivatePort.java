package joyride.core.warmup;

import joyride.api.net.MacAddress;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;

/** The port of one end of a private wire. */
record PrivatePort(MacAddress macAddress, int mtu, NicQueue only) implements NicPort {
    @Override
    public String name() {
        return "rehearsal";
    }

    @Override
    public NicQueue queue(final int index) {
        return only;
    }

    @Override
    public String mode() {
        return "private";
    }

    @Override
    public void close() {}
}
