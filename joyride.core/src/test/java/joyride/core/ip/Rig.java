package joyride.core.ip;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.tcp.TcpTunables;
import joyride.core.counters.CounterStore;
import joyride.core.link.EthernetInterface;
import joyride.core.memory.ScalarKernels;
import joyride.core.share.Claims;
import joyride.core.time.TimerWheel;
import joyride.core.time.TurnClock;
import joyride.core.udp.Udp;

/** A network layer in virtual time: 10.0.0.1/24 on a fake port, 127.77.0.1/16 on the loopback. */
public final class Rig implements TurnClock, AutoCloseable {
    public static final long MAC = 0x0200_0000_0001L;
    public static final long PEER_MAC = 0x0200_0000_0002L;
    public static final int ADDRESS = 0x0a00_0001;
    public static final int PEER = 0x0a00_0002;
    public static final int LOCAL = 0x7f4d_0001;
    /** An IP protocol that {@link #probe} takes. */
    public static final int PROBE = 253;

    public final TimerWheel timers = new TimerWheel(0);
    public final CounterStore counters = new CounterStore();
    public final CounterBlock drops = counters.block("drops", CounterStore.Description.drops());
    public final Claims claims = new Claims();
    public final TcpTunables tunables = new TcpTunables();
    public final NetworkEnvironment environment;
    public final NetworkLayer network;
    public final IpOutput output;
    public final Udp udp;
    public final FakePort port;
    public final EthernetInterface ethernet;
    public final Probe probe = new Probe();
    private long now;

    public Rig() {
        this(1500, 1);
    }

    public Rig(final int mtu, final long seed) {
        final Random random = new Random(seed);
        environment = new NetworkEnvironment(
                this, timers, random::nextLong, new ScalarKernels(), counters, drops, tunables, claims);
        network = new NetworkLayer(environment);
        output = network.output();
        udp = new Udp(environment, output);
        network.register(Udp.PROTOCOL, udp);
        network.register(PROBE, probe);
        port = new FakePort(MAC, mtu);
        ethernet = network.addEthernet("nic0", mtu);
        network.attach(ethernet, port);
        network.addressing().add(ethernet, new IpPrefix(IpAddress.v4(ADDRESS), 24));
        network.addressing().add(network.loopback(), new IpPrefix(IpAddress.v4(LOCAL), 16));
        turn();
        // Until the addresses are announced for the second time.
        sleep(2_000);
        port.sent.clear();
        port.sentFlags.clear();
    }

    /** A transport that keeps what it gets. */
    public static final class Probe implements TransportProtocol {
        public record Error(int type, int code, int mtu, byte[] quoted) {}

        public final List<byte[]> received = new ArrayList<>();
        public final List<Error> errors = new ArrayList<>();
        public int tos;
        public boolean checksumGood;
        public long payloadSum;

        @Override
        public void input(final Packet packet) {
            received.add(bytes(packet.transport, packet.transportLength));
            tos = packet.tos;
            checksumGood = packet.checksumGood;
        }

        @Override
        public void error(final Packet quoted, final int type, final int code, final int mtu) {
            errors.add(new Error(type, code, mtu, bytes(quoted.network, quoted.networkLength)));
        }
    }

    static byte[] bytes(final long at, final int length) {
        final byte[] copy = new byte[length];
        Memory.copyOut(at, copy, 0, length);
        return copy;
    }

    @Override
    public long nanoTime() {
        return now * 1_000_000;
    }

    @Override
    public long millis() {
        return now;
    }

    public void turn() {
        while (network.receive() > 0) {
            // until the port is empty
        }
        timers.advance(now);
        network.drainLoopback();
        network.transmit();
    }

    /** Lets time pass, with a turn each ms at which something is due. */
    public void sleep(final long millis) {
        final long end = now + millis;
        while (now < end) {
            now = Math.min(end, Math.max(now + 1, timers.nextEvent()));
            turn();
        }
    }

    public void arrive(final byte[] frame) {
        port.arrive(frame);
        turn();
    }

    public long dropped(final DropReason reason) {
        return drops.get(reason.ordinal());
    }

    public TreeMap<DropReason, Long> allDrops() {
        final TreeMap<DropReason, Long> all = new TreeMap<>();
        for (final DropReason reason : DropReason.values()) {
            if (dropped(reason) > 0) {
                all.put(reason, dropped(reason));
            }
        }
        return all;
    }

    public byte[] lastSent() {
        return port.sent.get(port.sent.size() - 1);
    }

    /** Makes the peer's address known. */
    public void resolvePeer() {
        arrive(Frames.arp(2, PEER_MAC, PEER, MAC, ADDRESS));
        arrive(Frames.arp(1, PEER_MAC, PEER, 0, ADDRESS));
        port.sent.clear();
        port.sentFlags.clear();
    }

    public Path path(final int destination) {
        return output.path(0, 0, 0, IpAddress.lowOfV4(destination));
    }

    public Path path(final IpAddress destination) {
        return output.path(0, 0, destination.high(), destination.low());
    }

    @Override
    public void close() {
        udp.close();
        network.close();
        counters.close();
    }
}
