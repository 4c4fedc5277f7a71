package joyride.core.engine;

import joyride.api.socket.Endpoint;
import joyride.api.socket.Socket;
import joyride.core.instance.Instance;

/** An engine without transport protocols: IP and ICMP alone. */
final class NoTransport implements TransportStage {
    @Override
    public int output() {
        return 0;
    }

    @Override
    public Socket openStream(final Instance instance, final Endpoint endpoint) {
        return null;
    }

    @Override
    public boolean hasListener(final long high, final long low, final int port) {
        return false;
    }

    @Override
    public void end(final Instance instance, final int errno) {}
}
