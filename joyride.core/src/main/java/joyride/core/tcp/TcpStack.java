package joyride.core.tcp;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.socket.Endpoint;
import joyride.api.socket.Errno;
import joyride.api.socket.Socket;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpTunables;
import joyride.api.tcp.TcpVariant;
import joyride.api.time.RandomSource;
import joyride.core.counters.CounterStore;
import joyride.core.instance.Instance;
import joyride.core.ip.IpOutput;
import joyride.core.ip.NetworkEnvironment;
import joyride.core.ip.Packet;
import joyride.core.ip.Path;
import joyride.core.ip.TransportProtocol;
import joyride.core.time.PacingWheel;
import joyride.core.time.TimerWheel;
import joyride.core.time.TurnClock;
import joyride.core.transport.HandOver;
import joyride.core.transport.TransportStage;
import joyride.core.udp.UdpTunnels;

/**
 * TCP of one event loop, but for what a {@link TcpVariant} does: the {@link Demultiplexer}, ports, listeners with their syncache, TIME_WAIT,
 * sequence numbers, socket buffers, and the passing of connections between variants. On the loop.
 */
public final class TcpStack implements TransportProtocol, TransportStage {
    /** The IP protocol. */
    public static final int PROTOCOL = TcpHeader.PROTOCOL;

    private final IpOutput ip;
    private final TurnClock clock;
    private final TimerWheel timers;
    private final RandomSource random;
    private final CounterStore store;
    private final CounterBlock drops;

    /** Counters of instances that ended. */
    private final CounterBlock past;

    private final Map<Instance, TcpInstance> instances = new LinkedHashMap<>();
    private final NamedConnections named = new NamedConnections(instances.values());
    private final PortTable ports;
    private final ListenerTable listeners = new ListenerTable();
    private final TcpOutput scratch = new TcpOutput();
    private final ConnectionPool pool = new ConnectionPool();
    private final Variants variants = new Variants(instances.values());
    private final Establishment establishment = new Establishment(this);
    private final TupleHash tuples;
    private final ConnectionTable connections;
    private final PacingWheel pacing;
    private final Acknowledgements acknowledgements = new Acknowledgements();
    private final PortWaiters portWaiters = new PortWaiters();
    private final RoomWaiters roomWaiters;
    private final TimeWaitTable timeWaits;
    private final Syncache syncache;
    private final SequenceGenerator sequences;
    private final HostCache hostCache;
    private final FastOpenCookies fastOpenCookies = new FastOpenCookies();
    private final EphemeralPorts ephemeralPorts;
    private final Paths paths;
    private final OptionSets optionSets = new OptionSets();
    private final SegmentOutput segments;
    private final Resets resets;
    private final TcpOverUdp tunnels;
    private final Demultiplexer demultiplexer;

    /**
     * @param ip the way down; the caller registers this for protocol 6
     * @param tunnels where UDP gives segments that came in datagrams to
     * @param defaults what new instances start with; they also say how closed ports answer
     */
    public TcpStack(
            final NetworkEnvironment environment,
            final IpOutput ip,
            final UdpTunnels tunnels,
            final TcpTunables defaults) {
        this.ip = ip;
        paths = new Paths(ip);
        this.tunnels = new TcpOverUdp(this, tunnels);
        clock = environment.clock();
        timers = environment.timers();
        pacing = new PacingWheel(clock);
        roomWaiters = new RoomWaiters(ip);
        random = environment.random();
        store = environment.counters();
        drops = environment.drops();
        past = store.block("tcp", TcpInstance.description());
        tuples = new TupleHash(random.nextLong());
        ports = new PortTable(environment.claims());
        connections = new ConnectionTable(tuples);
        timeWaits = new TimeWaitTable(this, tuples);
        environment.claims().holders(connections::tell);
        environment.claims().holders(timeWaits::tell);
        syncache = new Syncache(this, tuples, random);
        sequences = new SequenceGenerator(random, clock, defaults);
        hostCache = new HostCache(new SipHash(random), clock, timers, defaults);
        ephemeralPorts = new EphemeralPorts(ports, connections, timeWaits, environment.claims(), random);
        segments = new SegmentOutput(ip, environment.kernels());
        resets = new Resets(ip, segments, clock, random, ports, scratch, defaults, past);
        demultiplexer = new Demultiplexer(environment, this, tuples, defaults);
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

    /** The turn's time, ms: TCP's ticks. Not the wheel's, which lags behind until the turn gets to it. */
    long now() {
        return clock.millis();
    }

    TurnClock clock() {
        return clock;
    }

    PacingWheel pacing() {
        return pacing;
    }

    TimerWheel timers() {
        return timers;
    }

    RandomSource random() {
        return random;
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

    FastOpenCookies fastOpenCookies() {
        return fastOpenCookies;
    }

    EphemeralPorts ephemeralPorts() {
        return ephemeralPorts;
    }

    Variants variants() {
        return variants;
    }

    Acknowledgements acknowledgements() {
        return acknowledgements;
    }

    /** Options that sockets share. */
    OptionSets optionSets() {
        return optionSets;
    }

    ConnectionPool pool() {
        return pool;
    }

    SegmentOutput segments() {
        return segments;
    }

    Resets resets() {
        return resets;
    }

    Establishment establishment() {
        return establishment;
    }

    /** The loop's object to describe a segment in. */
    TcpOutput scratch() {
        return scratch;
    }

    boolean isLocal(final long high, final long low) {
        return ip.isLocal(high, low);
    }

    void drop(final DropReason reason) {
        drops.drop(reason);
    }

    /** The path back to where {@code packet} came from; null: there is none. */
    Path path(final Packet packet, final TcpTunables tunables) {
        return path(packet.destinationHigh, packet.destinationLow, packet.sourceHigh, packet.sourceLow, tunables);
    }

    /** The path of a new connection, as narrow as earlier ones found it; null: there is none. */
    Path path(
            final long sourceHigh,
            final long sourceLow,
            final long destinationHigh,
            final long destinationLow,
            final TcpTunables tunables) {
        final Path path = paths.find(sourceHigh, sourceLow, destinationHigh, destinationLow);
        if (path == null || path.loopback || tunables.hostcacheEnable == 0 || tunables.pathMtuDiscovery == 0) {
            return path;
        }
        final int known = hostCache.mtu(destinationHigh, destinationLow, tunables);
        return known < path.mtu ? path.narrowed(known) : path;
    }

    // ------------------------------------------------------------------ input

    @Override
    public void input(final Packet packet) {
        demultiplexer.input(packet);
    }

    Demultiplexer demultiplexer() {
        return demultiplexer;
    }

    TcpOverUdp tunnels() {
        return tunnels;
    }

    /**
     * There was no frame for a segment of {@code connection}, or for all of a unit.
     *
     * @return ENOBUFS: it has its turn when there are frames, and shall try again after a while by itself, as no one may call the loop then; ENETDOWN:
     *     there is no port, it has its turn when there is one
     */
    int unsent(final TcpConnection connection) {
        if (ip.hasPort(connection.path)) {
            roomWaiters.add(connection);
            return Errno.ENOBUFS;
        }
        portWaiters.add(connection);
        return Errno.ENETDOWN;
    }

    @Override
    public void error(final Packet quoted, final int type, final int code, final int mtu) {
        demultiplexer.error(quoted, 0, type, code, mtu);
    }

    // ------------------------------------------------------------------ the engine's side

    @Override
    public int advance() {
        return pacing.advance() + portWaiters.advance() + roomWaiters.advance();
    }

    @Override
    public long nextEvent() {
        return pacing.nextEvent();
    }

    @Override
    public void portAttached() {
        portWaiters.portAttached();
    }

    @Override
    public int output() {
        final int sent = acknowledgements.send();
        pool.settle();
        return sent;
    }

    @Override
    public void variant(final String name, final TcpVariant variant) {
        variants.variant(name, variant);
    }

    @Override
    public void congestionControl(final String name, final CongestionControl control) {
        variants.congestionControl(name, control);
        pool.forgetCongestionState();
    }

    @Override
    public int handOver(final HandOver progress, final int most) {
        return variants.handOver(progress, most);
    }

    @Override
    public long users(final Object variantOrControl) {
        return variants.users(variantOrControl);
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

    /** Ends every TIME_WAIT, as {@code tcpdrop -s TIME_WAIT}. @return how many there were */
    public int endTimeWaits() {
        return timeWaits.endAll();
    }

    @Override
    public void pause(final Instance instance, final boolean paused) {
        final TcpInstance tcp = instances.get(instance);
        if (tcp != null && paused) {
            tcp.guard().pause();
        } else if (tcp != null) {
            tcp.guard().resume();
        }
    }

    void forget(final TcpInstance instance) {
        tunnels.close(instance.tunables().udpTunnelingPort);
        timeWaits.endAll(instance);
        instances.remove(instance.owner());
        for (int slot = 0; slot < past.slots(); slot++) {
            past.add(slot, instance.counters().get(slot));
        }
        store.release(instance.counters());
    }

    @Override
    public List<SocketView> socketViews() {
        final List<SocketView> views = SocketViews.of(instances.values());
        syncache.views(views);
        timeWaits.views(views);
        return views;
    }

    @Override
    public boolean startTrace(final String connection, final int events) {
        return named.startTrace(connection, events);
    }

    @Override
    public EventTrace stopTrace(final String connection) {
        return named.stopTrace(connection);
    }

    @Override
    public String congestionControl(final long instance, final String connection, final String name) {
        return named.congestionControl(instance, connection, name);
    }

    @Override
    public String variant(final long instance, final String connection, final String name) {
        return named.variant(instance, connection, name);
    }
}
