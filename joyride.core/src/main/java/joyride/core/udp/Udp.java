package joyride.core.udp;

import java.lang.foreign.Arena;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.core.counters.CounterStore;
import joyride.core.ip.IpOutput;
import joyride.core.ip.Ipv4;
import joyride.core.ip.Ipv6;
import joyride.core.ip.NetworkEnvironment;
import joyride.core.ip.Packet;
import joyride.core.ip.TransportProtocol;
import joyride.core.link.BufferPool;
import joyride.core.share.Claims;

/**
 * UDP (RFC 768) of one event loop, for the service's own use: programs' datagrams stay with the kernel for now. The engine
 * registers it with the network layer as protocol 17.
 */
public final class Udp implements TransportProtocol, AutoCloseable {
    public static final int PROTOCOL = 17;

    static final int HEADER = 8;
    /** {@code net.inet.udp.maxdgram}. */
    static final int MAX_DATAGRAM = 9216;

    private static final int MAX_SOCKETS = 1024;
    static final int IN_DATAGRAMS = 0;
    static final int OUT_DATAGRAMS = 1;
    private static final int FIRST_EPHEMERAL = 49152;
    private static final int BUCKETS = 256;

    final NetworkEnvironment environment;
    final IpOutput output;
    final CounterBlock counters;
    final BufferPool buffers;
    private final Arena arena = Arena.ofShared();
    private final UdpSocket[] buckets = new UdpSocket[BUCKETS];
    private final UdpTunnels tunnels = new UdpTunnels(this);

    public Udp(final NetworkEnvironment environment, final IpOutput output) {
        this.environment = environment;
        this.output = output;
        environment.claims().holders(this::tell);
        this.buffers = new BufferPool(arena, UdpSocket.RECEIVE_SPACE, MAX_SOCKETS);
        this.counters = environment
                .counters()
                .block(
                        "udp",
                        CounterStore.Description.of(
                                "in.datagrams", "datagrams delivered",
                                "out.datagrams", "datagrams sent"));
    }

    /** Ports whose datagrams carry another protocol of ours. */
    public UdpTunnels tunnels() {
        return tunnels;
    }

    /**
     * Opens a socket. On the event loop, as all its methods.
     *
     * @param local an address of ours, {@link IpAddress#ANY_V4} for all of IPv4, {@link IpAddress#ANY} for all
     * @param port 0: a free one is chosen
     * @throws IllegalArgumentException if the address is not ours or the port not in 0..65535
     * @throws IllegalStateException if another socket has address and port
     */
    public UdpSocket open(final IpAddress local, final int port) {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("UDP port " + port + " is not in 0..65535");
        }
        if (!local.isAny() && !output.isLocal(local.high(), local.low())) {
            throw new IllegalArgumentException("UDP address " + local + " is not an address of this service");
        }
        final int chosen = port == 0 ? freePort(local) : port;
        if (taken(local, chosen)) {
            throw new IllegalStateException("UDP port " + chosen + " of " + local + " is in use; choose another");
        }
        final long buffer = buffers.take();
        if (buffer == 0) {
            throw new IllegalStateException("all " + MAX_SOCKETS + " UDP sockets are open; close one");
        }
        final UdpSocket socket = new UdpSocket(this, local, chosen, buffer);
        socket.nextInBucket = buckets[chosen & BUCKETS - 1];
        buckets[chosen & BUCKETS - 1] = socket;
        environment.claims().hold(local.high(), local.low(), PROTOCOL, chosen);
        return socket;
    }

    private int freePort(final IpAddress local) {
        final int range = 65536 - FIRST_EPHEMERAL;
        final int start = environment.random().nextInt(range);
        for (int i = 0; i < range; i++) {
            final int port = FIRST_EPHEMERAL + (start + i) % range;
            if (!taken(local, port)) {
                return port;
            }
        }
        throw new IllegalStateException("all " + range + " UDP ports from " + FIRST_EPHEMERAL + " on are in use");
    }

    boolean taken(final IpAddress local, final int port) {
        if (tunnels.has(port)) {
            return true;
        }
        for (UdpSocket s = buckets[port & BUCKETS - 1]; s != null; s = s.nextInBucket) {
            if (s.localPort == port && s.overlaps(local)) {
                return true;
            }
        }
        return false;
    }

    private void tell(final Claims.Holder holder) {
        tunnels.tell(holder);
        for (final UdpSocket bucket : buckets) {
            for (UdpSocket s = bucket; s != null; s = s.nextInBucket) {
                holder.holds(s.localHigh, s.localLow, PROTOCOL, s.localPort);
            }
        }
    }

    void closed(final UdpSocket socket) {
        final int bucket = socket.localPort & BUCKETS - 1;
        UdpSocket before = null;
        for (UdpSocket s = buckets[bucket]; s != null; before = s, s = s.nextInBucket) {
            if (s == socket) {
                if (before == null) {
                    buckets[bucket] = s.nextInBucket;
                } else {
                    before.nextInBucket = s.nextInBucket;
                }
                environment.claims().letGo(s.localHigh, s.localLow, PROTOCOL, s.localPort);
                return;
            }
        }
    }

    /** Of either family's pseudo-header. */
    static long pseudoSum(
            final long sourceHigh,
            final long sourceLow,
            final long destinationHigh,
            final long destinationLow,
            final int length) {
        return IpAddress.isV4(destinationHigh, destinationLow)
                ? Ipv4.pseudoSum(sourceLow, destinationLow, PROTOCOL, length)
                : Ipv6.pseudoSum(sourceHigh, sourceLow, destinationHigh, destinationLow, PROTOCOL, length);
    }

    private void drop(final DropReason reason) {
        environment.drops().drop(reason);
    }

    @Override
    public void input(final Packet packet) {
        final long at = packet.transport;
        if (packet.transportLength < HEADER) {
            drop(DropReason.UDP_MALFORMED);
            return;
        }
        final int length = Memory.getUnsignedShortBE(at + 4);
        if (length < HEADER || length > packet.transportLength + packet.payloadLength) {
            drop(DropReason.UDP_MALFORMED);
            return;
        }
        if (!packet.checksumGood
                && (Memory.getShort(at + 6) != 0 || !IpAddress.isV4(packet.sourceHigh, packet.sourceLow))) {
            final long pseudo = pseudoSum(
                    packet.sourceHigh, packet.sourceLow, packet.destinationHigh, packet.destinationLow, length);
            // RFC 8200 §8.1: over IPv6 there is no datagram without a checksum.
            if (Memory.getShort(at + 6) == 0
                    || Kernels.fold(environment.kernels().sum(at, length, pseudo)) != 0xffff) {
                drop(DropReason.UDP_CHECKSUM);
                return;
            }
        }
        if (tunnels.take(packet, length)) {
            return;
        }
        final UdpSocket socket = find(
                packet.destinationHigh,
                packet.destinationLow,
                Memory.getUnsignedShortBE(at + 2),
                packet.sourceHigh,
                packet.sourceLow,
                Memory.getUnsignedShortBE(at),
                packet.group);
        if (socket == null) {
            drop(DropReason.UDP_PORT);
            output.portUnreachable(packet);
        } else if (socket.deliver(packet.sourceHigh, packet.sourceLow, Memory.getUnsignedShortBE(at), at, length)) {
            counters.increment(IN_DATAGRAMS);
        } else {
            drop(DropReason.UDP_FULL);
        }
    }

    /** The socket that fits best: connected before bound to the address before bound to any. */
    private UdpSocket find(
            final long localHigh,
            final long local,
            final int localPort,
            final long remoteHigh,
            final long remote,
            final int remotePort,
            final boolean group) {
        UdpSocket best = null;
        int bestScore = -1;
        for (UdpSocket s = buckets[localPort & BUCKETS - 1]; s != null; s = s.nextInBucket) {
            if (s.localPort != localPort
                    || !(s.anyLocal
                            ? s.covers(localHigh, local)
                            : s.localLow == local && s.localHigh == localHigh || group)) {
                continue;
            }
            int score = s.anyLocal ? 0 : 1;
            if (s.connected()) {
                if (s.remoteLow != remote || s.remoteHigh != remoteHigh || s.remotePort != remotePort) {
                    continue;
                }
                score += 2;
            }
            if (score > bestScore) {
                best = s;
                bestScore = score;
            }
        }
        return best;
    }

    @Override
    public void error(final Packet quoted, final int type, final int code, final int mtu) {
        if (quoted.transportLength < HEADER || tunnels.error(quoted, type, code, mtu)) {
            return;
        }
        final UdpSocket socket = find(
                quoted.sourceHigh,
                quoted.sourceLow,
                Memory.getUnsignedShortBE(quoted.transport),
                quoted.destinationHigh,
                quoted.destinationLow,
                Memory.getUnsignedShortBE(quoted.transport + 2),
                false);
        if (socket != null) {
            socket.error(IpAddress.isV4(quoted.destinationHigh, quoted.destinationLow), type, code, mtu);
        }
    }

    /** Frees the memory. Nothing is called after this. */
    @Override
    public void close() {
        environment.counters().release(counters);
        arena.close();
    }
}
