package joyride.core.tcp;

import java.lang.System.Logger.Level;
import joyride.api.tcp.TcpTunables;
import joyride.core.ip.Packet;
import joyride.core.udp.UdpTunnels;

/** TCP in UDP datagrams (draft-cheng-tcp-over-udp): the port of each instance that asks for one (net.inet.tcp.udp_tunneling_port). */
final class TcpOverUdp implements UdpTunnels.Carrier {
    private static final System.Logger LOG = System.getLogger(TcpOverUdp.class.getName());
    private static final String PORT = "net.inet.tcp.udp_tunneling_port";

    private final TcpStack stack;
    private final UdpTunnels tunnels;

    TcpOverUdp(final TcpStack stack, final UdpTunnels tunnels) {
        this.stack = stack;
        this.tunnels = tunnels;
    }

    /** Opens the port that an instance is set to, and follows it. */
    void follow(final TcpTunables tunables) {
        if (tunables.udpTunnelingPort != 0) {
            try {
                tunnels.open(tunables.udpTunnelingPort, this);
            } catch (final IllegalStateException e) {
                LOG.log(Level.WARNING, PORT + " is 0 for this instance: " + e.getMessage());
                tunables.udpTunnelingPort = 0;
            }
        }
        tunables.watch((name, from, to) -> {
            if (name.equals(PORT) && from != to) {
                change((int) from, (int) to);
            }
        });
    }

    private void change(final int from, final int to) {
        if (to != 0) {
            try {
                tunnels.open(to, this);
            } catch (final IllegalStateException e) {
                throw new IllegalArgumentException(PORT + ": " + e.getMessage(), e);
            }
        }
        close(from);
    }

    /** @param port 0: there is none */
    void close(final int port) {
        if (port != 0) {
            tunnels.close(port);
        }
    }

    @Override
    public void input(final Packet packet, final int udpPorts) {
        stack.demultiplexer().take(packet, udpPorts);
    }

    @Override
    public void error(final Packet quoted, final int udpPorts, final int type, final int code, final int mtu) {
        stack.demultiplexer().error(quoted, udpPorts, type, code, mtu);
    }
}
