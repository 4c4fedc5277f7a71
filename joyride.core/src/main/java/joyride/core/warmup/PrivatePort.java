package joyride.core.warmup;

import java.util.Map;
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
    public int offloads() {
        return 0;
    }

    @Override
    public boolean linkUp() {
        return true;
    }

    @Override
    public int queueCount() {
        return 1;
    }

    @Override
    public NicQueue queue(final int index) {
        return only;
    }

    @Override
    public Map<String, Long> statistics() {
        return Map.of();
    }

    @Override
    public String mode() {
        return "private";
    }

    @Override
    public void close() {}
}
