package joyride.core.engine;

import java.util.List;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.socket.Endpoint;
import joyride.api.socket.Socket;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpVariant;
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

    @Override
    public void variant(final String name, final TcpVariant variant) {}

    @Override
    public void congestionControl(final String name, final CongestionControl control) {}

    @Override
    public int handOver(final HandOver progress, final int most) {
        return 0;
    }

    @Override
    public long users(final Object variantOrControl) {
        return 0;
    }

    @Override
    public List<SocketView> socketViews() {
        return List.of();
    }
}
