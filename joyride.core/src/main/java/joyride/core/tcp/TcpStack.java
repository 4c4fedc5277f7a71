package joyride.core.tcp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.nic.Offload;
import joyride.api.socket.Endpoint;
import joyride.api.socket.Errno;
import joyride.api.socket.SendRing;
import joyride.api.socket.Socket;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTunables;
import joyride.api.tcp.TcpVariant;
import joyride.api.time.RandomSource;
import joyride.core.counters.CounterStore;
import joyride.core.engine.HandOver;
import joyride.core.engine.TransportStage;
import joyride.core.instance.Instance;
import joyride.core.ip.IpOutput;
import joyride.core.ip.NetworkEnvironment;
import joyride.core.ip.Packet;
import joyride.core.ip.Path;
import joyride.core.ip.TransportProtocol;
import joyride.core.time.TimerWheel;
import joyride.core.time.TurnClock;

/**
 * TCP of one event loop, but for what a {@link TcpVariant} does: the demultiplexer, ports, listeners with their syncache, TIME_WAIT,
 * sequence numbers, socket buffers, and the passing of connections between variants. On the loop.
 */
public final class TcpStack implements TransportProtocol, TransportStage {
    /** The IP protocol. */
    public static final int PROTOCOL = TcpHeader.PROTOCOL;

    private static final int MAX_MSS = 65495;

    private final IpOutput ip;
    private final TurnClock clock;
    private final TimerWheel timers;
    private final RandomSource random;
    private final Kernels kernels;
    private final CounterStore store;
    private final CounterBlock drops;

    /** Counters of instances that ended. */
    private final CounterBlock past;

    private final PortTable ports = new PortTable();
    private final ListenerTable listeners = new ListenerTable();
    private final TupleHash tuples;
    private final ConnectionTable connections;
    private final TimeWaitTable timeWaits;
    private final Syncache syncache;
    private final SequenceGenerator sequences;
    private final HostCache hostCache;
    private final ResetLimit resetLimit;
    private final TcpTunables defaults;
    private final NewReno newReno = new NewReno();
    private final Map<String, TcpVariant> variants = new HashMap<>();
    private final Map<String, CongestionControl> congestionControls = new HashMap<>();
    private final Map<Instance, TcpInstance> instances = new LinkedHashMap<>();
    private final TcpSegment segment = new TcpSegment();
    private final TcpOutput output = new TcpOutput();
    private TcpConnection pool;
    private TcpConnection retired;
    private Path lastPath;
    private int lastPort;
    private int sourcePort;
    private int destinationPort;

    /**
     * @param ip the way down; the caller registers this for protocol 6
     * @param defaults what new instances start with; they also say how closed ports answer
     */
    public TcpStack(final NetworkEnvironment environment, final IpOutput ip, final TcpTunables defaults) {
        this.ip = ip;
        this.defaults = defaults;
        clock = environment.clock();
        timers = environment.timers();
        random = environment.random();
        kernels = environment.kernels();
        store = environment.counters();
        drops = environment.drops();
        past = store.block("tcp", TcpInstance.description());
        tuples = new TupleHash(random.nextLong());
        connections = new ConnectionTable(tuples);
        timeWaits = new TimeWaitTable(this, tuples);
        syncache = new Syncache(this, tuples, random);
        sequences = new SequenceGenerator(random);
        hostCache = new HostCache(new SipHash(random));
        resetLimit = new ResetLimit(random);
        congestionControls.put(NewReno.ALGORITHM, newReno);
    }

    /** Who holds which port; UDP binds here too. */
    public PortTable ports() {
        return ports;
    }

    /** Connections of any state, half-open ones and TIME_WAIT included. */
    public int size() {
        return connections.size() + timeWaits.size() + syncache.size();
    }

    // ------------------------------------------------------------------ what the parts share

    TimerWheel timers() {
        return timers;
    }

    RandomSource random() {
        return random;
    }

    long nowMicros() {
        return clock.nanoTime() / 1000;
    }

    ConnectionTable connections() {
        return connections;
    }

    ListenerTable listeners() {
        return listeners;
    }

    TimeWaitTable timeWaits() {
        return timeWaits;
    }

    Syncache syncache() {
        return syncache;
    }

    SequenceGenerator sequences() {
        return sequences;
    }

    HostCache hostCache() {
        return hostCache;
    }

    /** The loop's object to describe a segment in. */
    TcpOutput scratch() {
        return output;
    }

    boolean isLocal(final long high, final long low) {
        return ip.isLocal(high, low);
    }

    void drop(final DropReason reason) {
        drops.drop(reason);
    }

    /** Ports of the segment in hand. */
    int sourcePort() {
        return sourcePort;
    }

    int destinationPort() {
        return destinationPort;
    }

    TcpConnection takeFromPool() {
        final TcpConnection taken = pool;
        if (taken == null) {
            return new TcpConnection();
        }
        pool = taken.next;
        taken.recycle();
        return taken;
    }

    /** Back to the pool, once nobody up the stack can still look at it. */
    void retire(final TcpConnection connection) {
        connection.next = retired;
        retired = connection;
    }

    // ------------------------------------------------------------------ input

    @Override
    public void input(final Packet packet) {
        if (!packet.checksumGood && packet.transportLength >= TcpHeader.LENGTH && !checksumRight(packet)) {
            drops.drop(DropReason.TCP_CHECKSUM);
            return;
        }
        final DropReason malformed = TcpHeader.parse(packet, segment);
        if (malformed != null) {
            drops.drop(malformed);
            return;
        }
        final int portWord = Memory.getIntBE(packet.transport);
        sourcePort = portWord >>> 16;
        destinationPort = portWord & 0xffff;
        final TcpConnection connection = connections.find(
                packet.sourceHigh,
                packet.sourceLow,
                sourcePort,
                packet.destinationHigh,
                packet.destinationLow,
                destinationPort);
        if (connection != null) {
            connection.instance.count(TcpCounter.RCVTOTAL);
            connection.instance.input(connection, segment);
        } else {
            unconnected(packet);
        }
    }

    private boolean checksumRight(final Packet packet) {
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
                sourcePort,
                packet.destinationHigh,
                packet.destinationLow,
                destinationPort);
        if (waiting != null) {
            final TcpInstance owner = waiting.instance;
            if (!timeWaits.input(waiting, packet, segment)) {
                owner.count(TcpCounter.RCVTOTAL);
                return;
            }
        }
        final int key = tuples.of(
                packet.sourceHigh,
                packet.sourceLow,
                sourcePort,
                packet.destinationHigh,
                packet.destinationLow,
                destinationPort);
        final Listener listener = listeners.find(packet.destinationHigh, packet.destinationLow, destinationPort, key);
        if (listener != null) {
            listener.socket.tcpInstance().count(TcpCounter.RCVTOTAL);
            syncache.input(listener, packet, segment);
            return;
        }
        drops.drop(DropReason.TCP_PORT);
        if (!silent(packet, defaults)) {
            answerReset(packet, segment, defaults);
        }
    }

    /** Whether closed ports do not answer this segment (net.inet.tcp.blackhole). */
    private boolean silent(final Packet packet, final TcpTunables tunables) {
        final boolean syn = (segment.flags & TcpFlags.SYN) != 0;
        return (tunables.blackhole >= 2 || tunables.blackhole == 1 && syn)
                && (tunables.blackholeLocal != 0 || !ip.isLocal(packet.sourceHigh, packet.sourceLow));
    }

    @Override
    public void error(final Packet quoted, final int type, final int code, final int mtu) {
        IcmpErrors.apply(connections, quoted, type, code, mtu);
    }

    /**
     * A handshake was completed: makes the connection and gives it the segment that did it.
     *
     * @return whether there was room
     */
    boolean establish(final HalfOpen from, final Packet packet, final TcpSegment third) {
        final Listener listener = from.listener;
        final TcpInstance instance = listener.socket.tcpInstance();
        final TcpSocket socket;
        final Endpoint endpoint;
        if (!listener.open || listener.full()) {
            instance.count(TcpCounter.LISTENDROP);
            drops.drop(DropReason.TCP_LISTEN_QUEUE);
            refuse(packet, third, instance);
            return false;
        }
        socket = new TcpSocket(listener);
        final TcpConnection connection = instance.newConnection(socket);
        connection.localHigh = from.localHigh;
        connection.localLow = from.localLow;
        connection.localPort = from.localPort;
        connection.remoteHigh = from.remoteHigh;
        connection.remoteLow = from.remoteLow;
        connection.remotePort = from.remotePort;
        connection.path = from.path;
        socket.copyTuple(connection);
        endpoint = listener.socket.endpoint().incoming(socket);
        if (endpoint == null) {
            socket.unqueued();
            instance.count(TcpCounter.SC_ABORTED);
            drops.drop(DropReason.TCP_MEMORY);
            refuse(packet, third, instance);
            retire(connection);
            return false;
        }
        listener.queued++;
        socket.adopt(connection, endpoint);
        instance.add(connection);
        sequence(connection, from);
        instance.count(TcpCounter.ACCEPTS);
        instance.mssReceived(connection, from.peerMss);
        connection.rcvWnd = Math.max(SocketBuffers.receiveSpace(connection), 0);
        connection.rcvAdv = connection.rcvNxt + Math.min(connection.rcvWnd, from.window);
        instance.equip(connection);
        instance.timer(connection, joyride.api.tcp.TcpTimer.KEEP, instance.tunables().keepInit);
        instance.input(connection, third);
        return true;
    }

    private static void sequence(final TcpConnection connection, final HalfOpen from) {
        connection.state = TcpState.SYN_RECEIVED;
        connection.iss = from.iss;
        connection.irs = from.irs;
        connection.sndUna = from.iss;
        connection.sndNxt = from.iss + 1;
        connection.sndMax = from.iss + 1;
        connection.sndUp = from.iss + 1;
        connection.sndRecover = from.iss + 1;
        connection.sndWl1 = from.irs;
        connection.sndWl2 = from.iss;
        connection.rcvNxt = from.irs + 1;
        connection.rcvUp = from.irs + 1;
        connection.lastAckSent = from.irs + 1;
        connection.sndUnaPosition = -1;
        connection.rcvNxtPosition = 0;
        connection.rxtShift = from.retransmissions;
        if (from.peerScale >= 0) {
            connection.set(TcpControlBlock.REQ_SCALE | TcpControlBlock.RCVD_SCALE);
            connection.requestedSndScale = from.peerScale;
            connection.sndScale = from.peerScale;
            connection.requestRScale = from.scale;
        }
        if (from.timestamps) {
            connection.set(TcpControlBlock.REQ_TSTMP | TcpControlBlock.RCVD_TSTMP);
            connection.tsRecent = from.tsRecent;
            connection.tsRecentAge = (int) connection.instance.now();
        }
        if (from.sack) {
            connection.set(TcpControlBlock.SACK_PERMIT);
        }
        if (from.ecn) {
            connection.set(TcpControlBlock.ECN_PERMIT);
            connection.instance.count(TcpCounter.ECN_HANDSHAKE);
        }
    }

    private void refuse(final Packet packet, final TcpSegment third, final TcpInstance instance) {
        if (instance.tunables().syncacheRstOnSockFail != 0) {
            answerReset(packet, third, instance.tunables());
        }
    }

    // ------------------------------------------------------------------ output

    int mssOf(final Path path) {
        final int headers = IpAddress.isV4(path.destinationHigh, path.destinationLow) ? 40 : 60;
        return Math.min(path.mtu - headers, MAX_MSS);
    }

    /** The path back to where {@code packet} came from; null: there is none. */
    Path path(final Packet packet) {
        return ip.path(packet.destinationHigh, packet.destinationLow, packet.sourceHigh, packet.sourceLow);
    }

    Path path(final long sourceHigh, final long sourceLow, final long destinationHigh, final long destinationLow) {
        return ip.path(sourceHigh, sourceLow, destinationHigh, destinationLow);
    }

    /** Sends a segment of a connection with payload from its send ring. */
    int transmit(final TcpConnection connection, final TcpOutput out) {
        final Path path = connection.path;
        final int headerLength = TcpHeader.LENGTH + out.optionLength();
        if (!ip.refresh(path)) {
            return Errno.EHOSTUNREACH;
        }
        connection.instance.count(TcpCounter.SNDTOTAL);
        if (out.length == 0) {
            return send(path, connection.localPort, connection.remotePort, out, connection.tos, connection.ttl);
        }
        if (path.loopback) {
            final long at = ip.allocate(path, headerLength);
            if (at == 0) {
                return Errno.ENOBUFS;
            }
            TcpHeader.write(at, connection.localPort, connection.remotePort, out);
            ip.sendFrom(
                    path,
                    at,
                    headerLength,
                    connection.sendRing,
                    out.position,
                    out.length,
                    TcpHeader.PROTOCOL,
                    connection.tos | out.ecn,
                    connection.ttl);
            return 0;
        }
        if (headerLength + out.length > path.mtu - (mssOverhead(path) - TcpHeader.LENGTH)) {
            return Errno.EMSGSIZE;
        }
        return transmitFrame(connection, out, headerLength);
    }

    private static int mssOverhead(final Path path) {
        return IpAddress.isV4(path.destinationHigh, path.destinationLow) ? 40 : 60;
    }

    private int transmitFrame(final TcpConnection connection, final TcpOutput out, final int headerLength) {
        final Path path = connection.path;
        final int length = headerLength + out.length;
        final long at = ip.allocate(path, length);
        if (at == 0) {
            return Errno.ENOBUFS;
        }
        TcpHeader.write(at, connection.localPort, connection.remotePort, out);
        long sum =
                TcpHeader.pseudoSum(path.sourceHigh, path.sourceLow, path.destinationHigh, path.destinationLow, length);
        final boolean offload = (path.offloads & Offload.TX_TRANSPORT_CHECKSUM) != 0;
        if (offload) {
            copyPayload(connection.sendRing, out.position, at + headerLength, out.length);
            Memory.putShortBE(at + TcpHeader.CHECKSUM, Kernels.fold(sum));
        } else {
            sum = copyAndSumPayload(connection.sendRing, out.position, at + headerLength, out.length, sum);
            sum = kernels.sum(at, headerLength, sum);
            Memory.putShortBE(at + TcpHeader.CHECKSUM, ~Kernels.fold(sum));
        }
        ip.send(
                path,
                at,
                length,
                TcpHeader.PROTOCOL,
                connection.tos | out.ecn,
                connection.ttl,
                connection.instance.tunables().pathMtuDiscovery != 0,
                offload ? Offload.TX_TRANSPORT_CHECKSUM : 0);
        return 0;
    }

    private void copyPayload(final SendRing ring, final long position, final long to, final int length) {
        int done = 0;
        while (done < length) {
            final int piece = ring.contiguous(position + done, length - done);
            kernels.copy(ring.address(position + done), to + done, piece);
            done += piece;
        }
    }

    private long copyAndSumPayload(
            final SendRing ring, final long position, final long to, final int length, final long initial) {
        long sum = initial;
        int done = 0;
        while (done < length) {
            final int piece = ring.contiguous(position + done, length - done);
            final long from = ring.address(position + done);
            if ((done & 1) == 0) {
                sum = kernels.copyAndSum(from, to + done, piece, sum);
            } else {
                // At an odd offset bytes change places in their words (RFC 1071 §2).
                final int odd = Kernels.fold(kernels.copyAndSum(from, to + done, piece, 0));
                sum += (odd & 0xff) << 8 | odd >>> 8;
            }
            done += piece;
        }
        return sum;
    }

    /** Sends a segment without payload. */
    int send(
            final Path path,
            final int localPort,
            final int remotePort,
            final TcpOutput out,
            final int tos,
            final int ttl) {
        final int length = TcpHeader.LENGTH + out.optionLength();
        final long at = ip.allocate(path, length);
        if (at == 0) {
            return Errno.ENOBUFS;
        }
        TcpHeader.write(at, localPort, remotePort, out);
        int offloads = 0;
        if (!path.loopback) {
            long sum = TcpHeader.pseudoSum(
                    path.sourceHigh, path.sourceLow, path.destinationHigh, path.destinationLow, length);
            if ((path.offloads & Offload.TX_TRANSPORT_CHECKSUM) != 0) {
                offloads = Offload.TX_TRANSPORT_CHECKSUM;
                Memory.putShortBE(at + TcpHeader.CHECKSUM, Kernels.fold(sum));
            } else {
                sum = kernels.sum(at, length, sum);
                Memory.putShortBE(at + TcpHeader.CHECKSUM, ~Kernels.fold(sum));
            }
        }
        ip.send(path, at, length, TcpHeader.PROTOCOL, tos | out.ecn, ttl, true, offloads);
        return 0;
    }

    /** RST to a segment that no connection takes (RFC 9293 §3.10.7.1). */
    void answerReset(final Packet packet, final TcpSegment answered, final TcpTunables tunables) {
        if ((answered.flags & TcpFlags.RST) != 0 || !resetLimit.allows(timers.now(), tunables.icmpLim)) {
            return;
        }
        Path path = lastPath;
        if (path == null
                || path.destinationLow != packet.sourceLow
                || path.destinationHigh != packet.sourceHigh
                || path.sourceLow != packet.destinationLow
                || path.sourceHigh != packet.destinationHigh) {
            path = path(packet);
            lastPath = path;
        }
        if (path != null) {
            reset(path, destinationPort, sourcePort, answered, 0, tunables.ipTtl);
        }
    }

    void answerReset(final TcpConnection connection, final TcpSegment answered, final TcpTunables tunables) {
        if ((answered.flags & TcpFlags.RST) != 0) {
            return;
        }
        if (!resetLimit.allows(timers.now(), tunables.icmpLim)) {
            connection.instance.count(TcpCounter.RST_LIMITED);
        } else {
            connection.instance.count(TcpCounter.SNDRST);
            reset(
                    connection.path,
                    connection.localPort,
                    connection.remotePort,
                    answered,
                    connection.tos,
                    connection.ttl);
        }
    }

    private void reset(
            final Path path,
            final int localPort,
            final int remotePort,
            final TcpSegment answered,
            final int tos,
            final int ttl) {
        output.clear();
        output.window = 0;
        if ((answered.flags & TcpFlags.ACK) != 0) {
            output.flags = TcpFlags.RST;
            output.seq = answered.ack;
            output.ack = 0;
        } else {
            output.flags = TcpFlags.RST | TcpFlags.ACK;
            output.seq = 0;
            output.ack = answered.seq
                    + answered.length
                    + ((answered.flags & TcpFlags.SYN) != 0 ? 1 : 0)
                    + ((answered.flags & TcpFlags.FIN) != 0 ? 1 : 0);
        }
        send(path, localPort, remotePort, output, tos, ttl);
    }

    // ------------------------------------------------------------------ ports

    /** A port for a bind to port 0; 0: none left. */
    int ephemeral(final long high, final long low, final TcpTunables tunables) {
        final int port = ports.ephemeral(
                TcpHeader.PROTOCOL, high, low, tunables.portFirst, tunables.portLast, firstTry(tunables));
        lastPort = port;
        return port;
    }

    /** Where the search for an ephemeral port begins: anywhere (RFC 6056), or after the last one given. */
    private RandomSource firstTry(final TcpTunables tunables) {
        return tunables.portRandomized != 0 ? random : () -> (long) Math.max(lastPort + 1 - tunables.portFirst, 0) << 1;
    }

    /**
     * The local port of an active open.
     *
     * @param bound the port that the program bound; 0: pick one
     * @return the port, or a negative errno
     */
    int connectPort(
            final long localHigh,
            final long localLow,
            final int bound,
            final long remoteHigh,
            final long remoteLow,
            final int remotePort,
            final TcpTunables tunables) {
        if (bound != 0) {
            return tupleFree(localHigh, localLow, bound, remoteHigh, remoteLow, remotePort, true)
                    ? bound
                    : -Errno.EADDRNOTAVAIL;
        }
        final int first = tunables.portFirst;
        final int count = tunables.portLast - first + 1;
        if (count <= 0) {
            return -Errno.EADDRNOTAVAIL;
        }
        for (int pass = 0; pass < 2; pass++) {
            int port = first + firstTry(tunables).nextInt(count);
            for (int tried = 0; tried < count; tried++) {
                if (ports.isFree(TcpHeader.PROTOCOL, localHigh, localLow, port)
                        && tupleFree(localHigh, localLow, port, remoteHigh, remoteLow, remotePort, pass == 1)) {
                    lastPort = port;
                    return port;
                }
                port = port == tunables.portLast ? first : port + 1;
            }
        }
        return -Errno.EADDRNOTAVAIL;
    }

    /** Whether no connection has the tuple; one in TIME_WAIT gives way where timestamps keep its segments apart (RFC 6191). */
    private boolean tupleFree(
            final long localHigh,
            final long localLow,
            final int localPort,
            final long remoteHigh,
            final long remoteLow,
            final int remotePort,
            final boolean recycle) {
        if (localPort == remotePort && localHigh == remoteHigh && localLow == remoteLow) {
            return false;
        }
        if (connections.find(remoteHigh, remoteLow, remotePort, localHigh, localLow, localPort) != null) {
            return false;
        }
        final TimeWait waiting = timeWaits.find(remoteHigh, remoteLow, remotePort, localHigh, localLow, localPort);
        if (waiting == null) {
            return true;
        }
        if (!recycle || !waiting.timestamps && !waiting.local) {
            return false;
        }
        waiting.instance.count(TcpCounter.TW_RECYCLED);
        timeWaits.end(waiting);
        return true;
    }

    // ------------------------------------------------------------------ variants and congestion controls

    TcpVariant variantFor(final TcpInstance instance) {
        return variants.get(instance.owner().variant());
    }

    CongestionControl fallback() {
        return newReno;
    }

    boolean hasCongestionControl(final String name) {
        return congestionControls.containsKey(name);
    }

    CongestionControl congestionControlFor(final TcpConnection connection) {
        final String name = connection.wantedCc != null
                ? connection.wantedCc
                : connection.instance.owner().congestionControl();
        return congestionControls.getOrDefault(name, newReno);
    }

    @Override
    public void variant(final String name, final TcpVariant variant) {
        if (variant == null) {
            variants.remove(name);
        } else {
            variants.put(name, variant);
        }
    }

    @Override
    public void congestionControl(final String name, final CongestionControl control) {
        if (control == null) {
            congestionControls.remove(name);
            congestionControls.putIfAbsent(NewReno.ALGORITHM, newReno);
        } else {
            congestionControls.put(name, control);
        }
    }

    @Override
    public int handOver(final HandOver progress, final int most) {
        int done = 0;
        for (final TcpInstance instance : List.copyOf(instances.values())) {
            final TcpVariant variant = variantFor(instance);
            for (int i = 0; i < instance.connectionCount() && done < most; i++) {
                final TcpConnection connection = instance.connection(i);
                if (connection.variant != variant && (variant == null || connection.refusedBy != variant)) {
                    done++;
                    final String refusal = instance.switchVariant(connection, variant);
                    if (refusal == null) {
                        progress.moved();
                    } else {
                        connection.refusedBy = variant;
                        progress.refused(refusal);
                    }
                    if (!connection.alive) {
                        i = -1; // connections changed places
                        continue;
                    }
                }
                final CongestionControl control = congestionControlFor(connection);
                if (connection.cc != control) {
                    done++;
                    instance.switchCongestionControl(connection, control);
                    progress.moved();
                }
            }
        }
        return done;
    }

    @Override
    public long users(final Object variantOrControl) {
        final Object wanted = variantOrControl == null ? newReno : variantOrControl;
        long users = 0;
        for (final TcpInstance instance : instances.values()) {
            for (int i = 0; i < instance.connectionCount(); i++) {
                final TcpConnection connection = instance.connection(i);
                if (connection.variant == wanted || connection.cc == wanted) {
                    users++;
                }
            }
        }
        return users;
    }

    // ------------------------------------------------------------------ the engine's side

    @Override
    public int output() {
        TcpConnection connection = retired;
        retired = null;
        while (connection != null) {
            final TcpConnection following = connection.next;
            connection.next = pool;
            pool = connection;
            connection = following;
        }
        return 0;
    }

    @Override
    public Socket openStream(final Instance instance, final Endpoint endpoint) {
        TcpInstance tcp = instances.get(instance);
        if (tcp == null) {
            tcp = new TcpInstance(this, instance, store);
            instances.put(instance, tcp);
        }
        return tcp.ended() ? null : tcp.open(endpoint);
    }

    @Override
    public boolean hasListener(final long high, final long low, final int port) {
        return listeners.any(high, low, port);
    }

    @Override
    public void end(final Instance instance, final int errno) {
        final TcpInstance tcp = instances.get(instance);
        if (tcp != null) {
            tcp.end(errno);
        }
    }

    void forget(final TcpInstance instance) {
        timeWaits.endAll(instance);
        instances.remove(instance.owner());
        for (int slot = 0; slot < past.slots(); slot++) {
            past.add(slot, instance.counters().get(slot));
        }
        store.release(instance.counters());
    }

    @Override
    public List<SocketView> socketViews() {
        final List<SocketView> views = new ArrayList<>();
        for (final TcpInstance instance : instances.values()) {
            for (TcpSocket socket = instance.firstSocket(); socket != null; socket = socket.nextOfInstance) {
                views.add(SocketViews.of(instance, socket));
            }
        }
        return views;
    }
}
