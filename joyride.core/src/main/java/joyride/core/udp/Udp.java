package joyride.core.udp;

import joyride.core.ip.IpOutput;
import joyride.core.ip.NetworkEnvironment;
import joyride.core.ip.Packet;
import joyride.core.ip.TransportProtocol;

/** UDP (RFC 768) of one event loop. The engine registers it with the network layer as protocol 17. */
public final class Udp implements TransportProtocol {
    public static final int PROTOCOL = 17;

    public Udp(final NetworkEnvironment environment, final IpOutput output) {}

    @Override
    public void input(final Packet packet) {}

    @Override
    public void error(final Packet quoted, final int type, final int code, final int mtu) {}
}
