package joyride.core.tcp;

import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.memory.Kernels;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTunables;
import joyride.core.ip.NetworkEnvironment;
import joyride.core.ip.Packet;
import joyride.core.link.MergedFrames;
import joyride.core.time.TurnClock;

/**
 * Whose a segment is: a connection's, which its variant gets; one's in TIME_WAIT; a listener's; or nobody's, and it is answered with a
 * reset. What it must have for that (checksum, signature, the tunnel it came by) is looked at here. On the loop.
 */
final class Demultiplexer {
    private final TurnClock clock;
    private final Kernels kernels;
    private final CounterBlock drops;
    private final TcpTunables defaults;
    private final ConnectionTable connections;
    private final TimeWaitTable timeWaits;
    private final ListenerTable listeners;
    private final TupleHash tuples;
    private final Syncache syncache;
    private final Resets resets;
    private final VainLog vain;
    private final TcpSegment segment = new TcpSegment();
    private final Md5Signature signature = new Md5Signature();

    /** @param stack its tables; @param defaults say how closed ports answer */
    Demultiplexer(
            final NetworkEnvironment environment,
            final TcpStack stack,
            final TupleHash tuples,
            final TcpTunables defaults) {
        clock = environment.clock();
        kernels = environment.kernels();
        drops = environment.drops();
        this.defaults = defaults;
        connections = stack.connections();
        timeWaits = stack.timeWaits();
        listeners = stack.listeners();
        syncache = stack.syncache();
        resets = stack.resets();
        this.tuples = tuples;
        vain = new VainLog(clock, environment.random(), defaults);
    }

    /** A segment came. */
    void input(final Packet packet) {
        if (!packet.checksumGood && packet.transportLength >= TcpHeader.LENGTH && !checksumRight(packet)) {
            drops.drop(DropReason.TCP_CHECKSUM);
            return;
        }
        take(packet, 0);
    }

    /** A segment whose checksum is right. @param udpPorts as {@link TcpSegment#udpPorts} */
    void take(final Packet packet, final int udpPorts) {
        final DropReason malformed = TcpHeader.parse(packet, segment);
        if (malformed != null) {
            drops.drop(malformed);
            return;
        }
        segment.udpPorts = udpPorts;
        final TcpConnection connection =
                packet.peer instanceof final TcpConnection peer && isFor(peer, packet) ? peer : find(packet);
        if (connection == null) {
            unconnected(packet);
            return;
        }
        if (packet.merged != null
                && (!connection.takesUnits(segment) || connection.md5Key != null || segment.digest != 0)) {
            oneByOne(packet);
            return;
        }
        final TcpInstance owner = connection.instance;
        received(owner);
        if ((connection.md5Key != null || segment.digest != 0) && !signed(owner, packet, segment, connection.md5Key)) {
            return;
        }
        if ((udpPorts | connection.encapsPort) != 0 && udpPorts != connection.udpPorts()) {
            refuseTunnel(owner);
            resets.answer(connection, segment);
            return;
        }
        if (connection.trace != null) {
            connection.trace.arrived(clock.nanoTime(), connection, segment);
        }
        owner.guard().input(connection, segment);
    }

    /** The sender may have told before its peer ended, and perhaps began another life. */
    private boolean isFor(final TcpConnection connection, final Packet packet) {
        return connection.alive
                && connection.matches(
                        packet.sourceHigh,
                        packet.sourceLow,
                        segment.sourcePort,
                        packet.destinationHigh,
                        packet.destinationLow,
                        segment.destinationPort);
    }

    /** By the table. Both ends of a connection on the internal loopback then know each other, and need the table no more. */
    private TcpConnection find(final Packet packet) {
        final TcpConnection found = connections.find(
                packet.sourceHigh,
                packet.sourceLow,
                segment.sourcePort,
                packet.destinationHigh,
                packet.destinationLow,
                segment.destinationPort);
        if (packet.loopback && found != null && found.peer == null) {
            final TcpConnection sender = connections.find(
                    packet.destinationHigh,
                    packet.destinationLow,
                    segment.destinationPort,
                    packet.sourceHigh,
                    packet.sourceLow,
                    segment.sourcePort);
            if (sender != null) {
                found.meet(sender);
            }
        }
        return found;
    }

    private void received(final TcpInstance owner) {
        owner.count(TcpCounter.RCVTOTAL, segment.segments);
        if (segment.udpPorts != 0) {
            owner.count(TcpCounter.TUNNELED_PKTS);
        }
    }

    /** Whether a segment has the digest that its peer's key asks for, or none where there is no key; else it is dropped here. */
    boolean signed(final TcpInstance owner, final Packet packet, final TcpSegment arrived, final byte[] key) {
        if (key == null && arrived.digest == 0) {
            return true;
        }
        if (key == null) {
            owner.count(TcpCounter.SIG_ERR_SIGOPT);
        } else if (arrived.digest == 0) {
            owner.count(TcpCounter.SIG_ERR_NOSIGOPT);
        } else if (arrived.ring == null && signatureRight(packet, arrived, key)) {
            owner.count(TcpCounter.SIG_RCVGOODSIG);
            return true;
        } else {
            owner.count(TcpCounter.SIG_RCVBADSIG);
        }
        owner.drop(DropReason.TCP_SIGNATURE);
        return false;
    }

    /** Of bytes that are ours, as those that were signed are those that go to the program. */
    private boolean signatureRight(final Packet packet, final TcpSegment arrived, final byte[] key) {
        final int headerLength = TcpHeader.LENGTH + arrived.optionLength;
        packet.whole();
        arrived.address = packet.transport + headerLength;
        return signature.verify(packet, headerLength, arrived.length, key, arrived.digest);
    }

    /** A segment came in UDP, or in other ports, unlike what it is for. */
    void refuseTunnel(final TcpInstance owner) {
        owner.count(TcpCounter.TUNNELED_ERRS);
        owner.drop(DropReason.TCP_TUNNEL);
    }

    /** Where segments are lost or out of order each counts, and each is answered, as if nothing had merged them. */
    private void oneByOne(final Packet packet) {
        final MergedFrames frames = packet.merged;
        final long below = packet.transport - packet.network;
        packet.merged = null;
        for (int i = 0; i < frames.count(); i++) {
            packet.transport = frames.transport(i);
            packet.transportLength = frames.transportLength(i);
            packet.network = packet.transport - below;
            packet.networkLength = (int) below + packet.transportLength;
            packet.body = frames.body(i);
            input(packet);
        }
    }

    private boolean checksumRight(final Packet packet) {
        packet.whole();
        final long pseudo = TcpHeader.pseudoSum(
                packet.sourceHigh,
                packet.sourceLow,
                packet.destinationHigh,
                packet.destinationLow,
                packet.transportLength);
        return Kernels.fold(kernels.sum(packet.transport, packet.transportLength, pseudo)) == 0xffff;
    }

    private void unconnected(final Packet packet) {
        final TimeWait waiting = timeWaits.find(
                packet.sourceHigh,
                packet.sourceLow,
                segment.sourcePort,
                packet.destinationHigh,
                packet.destinationLow,
                segment.destinationPort);
        if (waiting != null) {
            final TcpInstance owner = waiting.instance;
            if (!signed(owner, packet, segment, waiting.md5Key) || !timeWaits.input(waiting, segment)) {
                received(owner);
                return;
            }
        }
        final int key = tuples.of(
                packet.sourceHigh,
                packet.sourceLow,
                segment.sourcePort,
                packet.destinationHigh,
                packet.destinationLow,
                segment.destinationPort);
        final Listener listener =
                listeners.find(packet.destinationHigh, packet.destinationLow, segment.destinationPort, key);
        if (listener != null) {
            final TcpInstance owner = listener.socket.tcpInstance();
            received(owner);
            if (owner.guard().isPaused()) {
                owner.drop(DropReason.TCP_NO_TRANSPORT);
                return;
            }
            if (waiting != null) {
                timeWaits.reopened(waiting);
            }
            syncache.input(listener, packet, segment);
            return;
        }
        for (int i = 0; i < segment.segments; i++) {
            drops.drop(DropReason.TCP_PORT);
        }
        if (defaults.logInVain != 0) {
            vain.log(packet, segment);
        }
        resets.closed(packet, segment);
    }

    /** An ICMP error came. @param udpPorts as {@link TcpSegment#udpPorts} */
    void error(final Packet quoted, final int udpPorts, final int type, final int code, final int mtu) {
        final DropReason unused = IcmpErrors.apply(connections, quoted, udpPorts, type, code, mtu);
        if (unused != null) {
            drops.drop(unused);
        }
    }
}
