package joyride.core.tcp;

import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpTunables;

/** What a half-open connection says: SYN-ACKs, and challenges. */
final class SynAnswers {
    private final TcpStack stack;

    SynAnswers(final TcpStack stack) {
        this.stack = stack;
    }

    /** Sends the SYN-ACK. */
    void respond(final HalfOpen entry) {
        final TcpOutput output = stack.scratch();
        output.clear();
        output.flags = TcpFlags.SYN | TcpFlags.ACK | entry.ecn;
        output.seq = entry.iss;
        output.ack = entry.irs + 1;
        output.window = entry.window;
        output.mss = entry.listener.socket.options().noOptions ? 0 : mss(entry);
        output.windowScale = entry.peerScale >= 0 ? entry.scale : -1;
        output.sackPermitted = entry.sack;
        output.timestamp = entry.timestamps;
        output.tsVal = (int) stack.now() + entry.tsOffset;
        output.tsEcr = entry.tsRecent;
        if (entry.givesCookie) {
            entry.givesCookie = false;
            FastOpenKeys.put(output, entry.cookie);
            entry.listener.socket.tcpInstance().count(TcpCounter.FASTOPEN_GIVEN);
        }
        entry.listener.socket.tcpInstance().count(TcpCounter.SNDCTRL);
        send(entry, output);
    }

    private static int mss(final HalfOpen entry) {
        final TcpTunables tunables = entry.listener.socket.tcpInstance().tunables();
        return SegmentOutput.mssOf(entry.path) - (entry.udpPorts == 0 ? 0 : tunables.udpTunnelingOverhead);
    }

    /** RFC 5961 §3.2: the peer, if it is the peer, answers with what it really means. */
    void challenge(final HalfOpen entry) {
        final TcpOutput output = stack.scratch();
        output.clear();
        output.flags = TcpFlags.ACK | HandshakeEcn.told(entry.ecn);
        output.seq = entry.iss + 1;
        output.ack = entry.irs + 1;
        output.window = entry.peerScale >= 0 ? entry.window >>> entry.scale : entry.window;
        output.timestamp = entry.timestamps;
        output.tsVal = (int) stack.now() + entry.tsOffset;
        output.tsEcr = entry.tsRecent;
        send(entry, output);
    }

    private void send(final HalfOpen entry, final TcpOutput output) {
        stack.segments()
                .send(
                        entry.path,
                        entry.localPort,
                        entry.remotePort,
                        output,
                        entry.tos,
                        entry.ttl,
                        entry.udpPorts,
                        entry.md5Key);
    }
}
