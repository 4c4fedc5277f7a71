package joyride.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import joyride.api.tcp.TcpFlags;
import joyride.nic.wire.WireCounter;
import joyride.testkit.simulation.Octets;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.Segment;
import joyride.testkit.simulation.SimulatedTcp;

/**
 * TCP in UDP datagrams, to a host with a listener and connections of which each came by a tunnel of its own: segments by the right way and by another, datagrams that
 * are not what they say, ICMP errors about them, and a port that the service closes, opens and changes meanwhile. What comes by another way than its connection's
 * changes nothing, and is answered by RST at most. Inputs of an odd length meet a host that talks IPv6.
 */
class TunnelFuzz {
    private static final String SYSCTL = "net.inet.tcp.udp_tunneling_port";
    private static final int MOST_STEPS = 200;
    private static final int MOST_DATAGRAM = 1400;
    private static final int[] TUNNELS = {9899, 9900, 0};
    private static final int FIRST_PEER_TUNNEL = 7000;

    private Victim victim;
    private boolean six;
    private Input input;

    /** The service's port as it is now; 0: none. */
    private int port;

    /** Which connections came by the tunnel. */
    private boolean[] tunnelled;

    /** Whether a SYN may have opened the connection anew by another way. */
    private boolean[] mixed;

    @FuzzTest(maxDuration = "5s")
    void shouldKeepToEachConnectionsWayWhateverDatagramsCome(final byte[] bytes) {
        six = bytes.length % 2 == 1;
        input = new Input(bytes);
        tunnelled = new boolean[Victim.MOST_CONNECTIONS];
        mixed = new boolean[Victim.MOST_CONNECTIONS];
        try (Victim host = new Victim(six)) {
            victim = host;
            open(TUNNELS[0]);
            connect();
            for (int i = 0; i < MOST_STEPS && !input.isEmpty(); i++) {
                host.listen();
                host.check(step());
            }
            // What is in a tunnel can say so only while there is one.
            open(TUNNELS[0]);
            host.rig.peer().tunnel(0, 0);
            host.finish();
        }
    }

    private void open(final int number) {
        victim.instance().tunables().set(SYSCTL, Integer.toString(number));
        port = number;
    }

    /** Every third connection comes without a tunnel. */
    private void connect() {
        final int at = victim.opened();
        tunnelled[at] = at % 3 != 2 && port != 0;
        rightWay(at);
        victim.connect();
    }

    /** What is sent and seen from now on goes the way of a connection. */
    private void rightWay(final int at) {
        victim.rig.peer().tunnel(tunnelled[at] ? open() : 0, peerPort(at));
    }

    /** The service's port, or that which it had. */
    private int open() {
        return port == 0 ? TUNNELS[0] : port;
    }

    private static int peerPort(final int connection) {
        return FIRST_PEER_TUNNEL + connection;
    }

    private int indexOf(final PeerConnection connection) {
        int at = 0;
        while (victim.connection(at) != connection) {
            at++;
        }
        return at;
    }

    /** @return frames sent; 0: something else was done */
    private int step() {
        int frames = 1;
        switch (input.u8() % 10) {
            case 0 -> {
                victim.pass(input);
                frames = 0;
            }
            case 1 -> {
                if (victim.opened() < Victim.MOST_CONNECTIONS) {
                    connect();
                }
                frames = 0;
            }
            case 2, 3, 4 -> {
                final int at = indexOf(victim.connection(victim.anyConnection(input)));
                rightWay(at);
                victim.rig.peer().send(victim.segment(input, victim.connection(at)));
            }
            case 5 -> otherWay();
            case 6 -> datagram();
            case 7 -> error();
            case 8 -> {
                open(TUNNELS[input.u8() % TUNNELS.length]);
                frames = 0;
            }
            default -> {
                victim.hangUp(input);
                frames = 0;
            }
        }
        victim.rig.settle();
        return frames;
    }

    /** A segment of a connection by another way than its own: by none, from another port, to another. */
    private void otherWay() {
        final int at = indexOf(victim.connection(victim.anyConnection(input)));
        final PeerConnection connection = victim.connection(at);
        final int way = input.u8() % 3;
        final int host = way == 0 && tunnelled[at] ? 0 : open();
        final int peer = way == 1 ? peerPort(at) + 100 : input.u16() | 1;
        final boolean same = tunnelled[at] && host == port && peer == peerPort(at);
        final int seq = connection.seq;
        final Segment segment = victim.segment(input, connection);
        // It does not take it, so that the next to come by the right way goes on where it was.
        connection.seq = same ? connection.seq : seq;
        mixed[at] |= segment.has(TcpFlags.SYN);
        final long before = received();
        final int connections = SimulatedTcp.connections(victim.rig.host().engine());
        final long milli = victim.rig.clock().nanoTime() / Victim.MILLI;
        final long said = said();
        victim.rig.peer().tunnel(host, peer);
        victim.rig.peer().send(segment);
        victim.rig.settle();
        if (!same && !mixed[at] && segment.destinationPort() == connection.hostPort()) {
            assertEquals(before, received(), "bytes taken by another way");
            // Within the same millisecond no timer ends one, or sends.
            if (victim.rig.clock().nanoTime() / Victim.MILLI == milli) {
                assertTrue(
                        SimulatedTcp.connections(victim.rig.host().engine()) >= connections,
                        "a connection ended by another way");
                // If all are there, be it in TIME_WAIT, none is one that nobody knows; a port that is closed says so.
                assertTrue(
                        connections != victim.opened() || host != 0 && host != port || said() - said == resets(),
                        "another answer than RST to what came another way");
            }
        }
    }

    /** Frames that the host has sent. */
    private long said() {
        return victim.rig.wire().a().count(WireCounter.SENT);
    }

    /** Segments seen that are resets, of those that nobody has looked at. */
    private long resets() {
        long resets = 0;
        Segment segment;
        while ((segment = victim.rig.peer().next()) != null) {
            resets += segment.has(TcpFlags.RST) ? 1 : 0;
        }
        return resets;
    }

    private long received() {
        return counted("rcvbyte") + counted("rcvoobyte");
    }

    private long counted(final String name) {
        return victim.rig.host().counters().snapshot().get("tcp").get(name);
    }

    /** A datagram to the tunnel, with whatever in it, half of the time with a right checksum. */
    private void datagram() {
        final int kind = input.u8();
        final int from = kind % 4 == 0 ? input.u16() : peerPort(kind % Victim.MOST_CONNECTIONS);
        final int to = kind % 5 == 0 ? input.u16() : open();
        final byte[] payload = input.bytes(Math.min(input.u16(), MOST_DATAGRAM));
        final byte[] datagram = Packets.datagram(from, to, payload);
        if ((kind & 64) != 0) {
            Octets.put16(datagram, 4, input.u16());
        }
        if ((kind & 128) == 0) {
            Packets.checksummed(datagram, victim.peer(), victim.host(), Packets.UDP);
        } else {
            Octets.put16(datagram, 6, input.u16());
        }
        if (payload.length >= 14 && (payload[13] & TcpFlags.SYN) != 0) {
            Arrays.fill(mixed, true);
        }
        victim.rig.peer().sendPacket(Packets.packet(victim.peer(), victim.host(), Packets.UDP, datagram));
    }

    /** An ICMP error about a datagram of the host's, with as much of it as the input says. */
    private void error() {
        final int at = indexOf(victim.connection(victim.anyConnection(input)));
        final byte[] segment = Victim.sentByHost(victim.connection(at), (byte) input.u8());
        final int kind = input.u8();
        final int host = kind % 4 == 0 ? input.u16() : open();
        final int peer = kind % 3 == 0 ? input.u16() : peerPort(at);
        final boolean same = tunnelled[at] && host == port && peer == peerPort(at);
        final byte[] quoted =
                Packets.packet(victim.host(), victim.peer(), Packets.UDP, Packets.datagram(host, peer, segment));
        final int most = (kind & 64) == 0 ? quoted.length : input.u8() % (quoted.length + 1);
        final byte[] message = Packets.join(new byte[8], Arrays.copyOf(quoted, most));
        message[0] = (byte) (six ? new int[] {2, 1, 3, 4} : new int[] {3, 3, 11, 12})[input.u8() % 4];
        message[1] = (byte) (!six && message[0] == 3 && kind % 2 == 0 ? 4 : input.u8() % 16);
        Octets.put32(message, 4, input.u16());
        final int protocol = six ? Packets.ICMP6 : Packets.ICMP;
        Packets.checksummed(message, victim.peer(), victim.host(), protocol);
        final long before = counted("mtu_lowered");
        victim.rig.peer().sendPacket(Packets.packet(victim.peer(), victim.host(), protocol, message));
        victim.rig.settle();
        if (!same && !mixed[at]) {
            assertEquals(before, counted("mtu_lowered"), "an MTU lowered for another way");
        }
    }
}
