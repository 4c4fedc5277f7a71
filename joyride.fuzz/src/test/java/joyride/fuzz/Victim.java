package joyride.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntToLongFunction;
import joyride.api.net.IpAddress;
import joyride.api.tcp.TcpFlags;
import joyride.core.instance.Instance;
import joyride.nic.wire.WireCounter;
import joyride.testkit.simulation.FlowProgram;
import joyride.testkit.simulation.ListenerProgram;
import joyride.testkit.simulation.Octets;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.PeerRig;
import joyride.testkit.simulation.Program;
import joyride.testkit.simulation.ProgramTransport;
import joyride.testkit.simulation.Segment;
import joyride.testkit.simulation.SimulatedTcp;
import joyride.testkit.simulation.TraceHash;

/**
 * A host with a listener that echoes and live connections, and what must hold of it whatever comes: nothing thrown, nothing held, few answers, bounded memory; at the
 * end nothing left and every packet accounted for.
 */
final class Victim implements AutoCloseable {
    static final int PORT = 80;
    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000_000_000L;

    private static final int FRAMES = 256;
    private static final int MTU = 1500;
    private static final int FIRST_PORT = 4000;
    static final int MOST_CONNECTIONS = 6;

    /** Both buffers of all connections at their largest, in chunks. */
    private static final int MOST_CHUNKS = 1024;

    /** Two families, so many packets each. */
    private static final int MOST_REASSEMBLING = 128;

    /** Bare segments in answer to one frame: an acknowledgement or challenge for it, one that was delayed, a window update, and one for luck. */
    private static final int MOST_ANSWERS = 4;

    private static final String[] IP_DROPS = {
        "ip_short",
        "ip_version",
        "ip_header_length",
        "ip_total_length",
        "ip_checksum",
        "ip_options",
        "ip_extension",
        "ip_source",
        "ip_not_mine",
        "ip_protocol"
    };

    private static final String[] NOT_PARSED = {"tcp_short", "tcp_checksum", "tcp_options", "tcp_port"};
    private static final String[] UDP_DROPS = {"udp_malformed", "udp_checksum", "udp_port", "udp_full"};

    final PeerRig rig;
    final ProgramTransport programs;
    final Said said;

    private final boolean six;
    private final TraceHash trace = new TraceHash();
    private final ListenerProgram listener;
    private final PeerConnection[] connections = new PeerConnection[MOST_CONNECTIONS];
    private int opened;

    /** @param six whether it talks IPv6 */
    Victim(final boolean six) {
        this(six, 0);
    }

    /** @param behind what lies in memory behind each frame that it gets */
    Victim(final boolean six, final int behind) {
        this.six = six;
        rig = new PeerRig(1, MTU, FRAMES, six);
        rig.peer().behind(behind);
        rig.wire().tap(trace);
        said = new Said(rig);
        programs = rig.host().programs();
        listener = new ListenerProgram(
                programs,
                PORT,
                8,
                Integer.MAX_VALUE,
                endpoint -> new FlowProgram(programs, FlowProgram.Role.ECHO, 5000, endpoint));
        programs.start(listener);
        rig.settle();
    }

    /** One number for all that was said and heard. */
    long trace() {
        return trace.value();
    }

    /**
     * Plays an input, every fourth twice with other bytes behind the frames: a host that looks at them says something else then.
     *
     * @param play gets what lies there, and returns the {@link #trace}
     */
    static void play(final byte[] input, final IntToLongFunction play) {
        final long first = play.applyAsLong(0);
        if (Arrays.hashCode(input) % 4 == 0) {
            assertEquals(first, play.applyAsLong(0x55), "the host looks at what is behind a frame");
        }
    }

    Instance instance() {
        return (Instance) programs.instance();
    }

    /** Connections opened so far, or tried. */
    int opened() {
        return opened;
    }

    PeerConnection connection(final int at) {
        return connections[at];
    }

    IpAddress host() {
        return six ? PeerRig.HOST_SIX : PeerRig.HOST;
    }

    IpAddress peer() {
        return six ? PeerRig.PEER_SIX : PeerRig.PEER;
    }

    /** The header of a segment of the host's, whose number is so far beyond what the peer has, as ICMP quotes it. */
    static byte[] sentByHost(final PeerConnection connection, final int beyond) {
        final byte[] segment = new byte[20];
        Octets.put16(segment, 0, connection.hostPort());
        Octets.put16(segment, 2, connection.port());
        Octets.put32(segment, 4, connection.ack + beyond);
        return segment;
    }

    /** One of those that there are. */
    int anyConnection(final Input input) {
        return input.u8() % opened;
    }

    /** Opens one more connection, if there are not enough. */
    void connect() {
        if (opened == MOST_CONNECTIONS) {
            return;
        }
        rig.peer().forget();
        final int at = opened++;
        try {
            connections[at] = rig.connect(FIRST_PORT + at, PORT, at % 2 == 0, at % 3 != 2);
        } catch (final AssertionError noAnswer) {
            // Its port, or all of the backlog, may be taken by what the input did before; the host may not know the way
            // any more.
            connections[at] = connections[0];
            if (at == 0) {
                throw noAnswer;
            }
        }
    }

    /** Lets time pass, up to two minutes. */
    void pass(final Input input) {
        rig.pass(MILLI << input.u8() % 18);
    }

    /** The host closes one of its connections, if it has one. */
    void hangUp(final Input input) {
        final List<Program> flows = programs.programs().stream()
                .filter(FlowProgram.class::isInstance)
                .toList();
        final int which = input.u8();
        if (!flows.isEmpty()) {
            ((FlowProgram) flows.get(which % flows.size())).stop();
        }
    }

    /** A segment for a connection: numbers beside its own, and whatever options. */
    Segment segment(final Input input, final PeerConnection connection) {
        final int flags = input.u8();
        final Segment like = connection.segment(flags);
        final int options = input.u8() % 11 * 4;
        Segment segment = Segment.of(
                        connection.port(),
                        input.u8() == 255 ? input.u16() : connection.hostPort(),
                        flags,
                        like.seq() + offset(input),
                        like.ack() + offset(input))
                .window(input.u16());
        final byte[] raw = Arrays.copyOf(input.bytes(options), options);
        for (int i = 0; i < raw.length; i += 4) {
            segment = segment.option(raw[i], raw[i + 1], raw[i + 2], raw[i + 3]);
        }
        final byte[] payload = input.bytes(input.u8() * 5);
        if ((flags & TcpFlags.ACK) != 0 && payload.length > 0 && segment.seq() == connection.seq) {
            connection.seq += payload.length;
        }
        return segment.payload(payload);
    }

    static int offset(final Input input) {
        return switch (input.u8() % 4) {
            case 0 -> 0;
            case 1 -> (byte) input.u8();
            case 2 -> (short) input.u16();
            default -> input.s32();
        };
    }

    /** Begins to count answers anew: before frames are sent. */
    void listen() {
        rig.peer().forget();
        said.forget();
    }

    /** What must hold at any time. @param frames since {@link #listen}; 0: something else was done, and answers are not counted */
    void check(final int frames) {
        assertNull(programs.thrown());
        assertFalse(instance().ended(), "the instance ended");
        assertEquals(0, rig.wire().framesHeld(), "frames held");
        final int used = rig.host().memory().used();
        assertTrue(used <= MOST_CHUNKS, () -> used + " chunks in use");
        final int reassembling = rig.host().engine().network().reassembling();
        assertTrue(reassembling <= MOST_REASSEMBLING, () -> reassembling + " packets being reassembled");
        int bare = 0;
        Segment segment;
        while ((segment = rig.peer().next()) != null) {
            bare += segment.payload().length == 0 ? 1 : 0;
        }
        if (frames > 0) {
            final int answers = bare;
            assertTrue(answers <= MOST_ANSWERS * frames, () -> answers + " answers to " + frames + " frames");
            final int messages = said.messages();
            // One more may be a timer's.
            assertTrue(messages <= frames + 1, () -> messages + " ICMP messages in answer to " + frames + " frames");
        }
    }

    /** Everything ends. Nothing is left, and what came is accounted for. */
    void finish() {
        rig.pass(100 * SECOND);
        for (final Program program : programs.programs()) {
            if (program instanceof FlowProgram flow) {
                flow.stop();
            }
        }
        listener.stop();
        rig.pass(3 * 3600 * SECOND);
        check(0);
        assertTrue(programs.endpoints().isEmpty(), () -> "sockets left: " + programs.endpoints());
        assertEquals(0, SimulatedTcp.connections(rig.host().engine()), "connections left");
        assertEquals(0, rig.host().memory().used(), "ring memory left");
        assertEquals(0, rig.host().engine().network().reassembling(), "fragments left");
        account();
    }

    private void account() {
        final Map<String, Map<String, Long>> all = rig.host().counters().snapshot();
        final Map<String, Long> drops = all.get("drops");
        final Map<String, Long> ip = all.get("ip");
        assertEquals(
                rig.wire().b().count(WireCounter.DELIVERED), all.get("nic0").get("rx.packets"), "frames");
        final long packets = ip.get("in.receives");
        assertTrue(
                packets + sum(drops, "ethernet_short", "ethernet_type", "ethernet_not_mine")
                        <= all.get("nic0").get("rx.packets"),
                "frames counted twice");
        // Every packet is delivered or dropped; fragments make others first. A malformed one may be dropped before it
        // is
        // counted as such, and a message may be dropped for its source once ICMP has looked at it.
        final long rest = packets
                + ip.get("reasm.oks")
                + all.get("lo0").get("rx.packets")
                - ip.get("reasm.requests")
                - ip.get("in.delivers")
                - sum(drops, IP_DROPS);
        assertTrue(
                rest <= sum(drops, "fragment_malformed") && rest >= -sum(drops, "ip_source"),
                () -> rest + " packets not accounted for: " + ip + ", " + drops);
        final long delivered = all.get("tcp").get("rcvtotal") + sum(drops, NOT_PARSED) + sum(drops, UDP_DROPS);
        final long tunnelled = all.get("tcp").get("tunneled_pkts");
        final long datagrams = all.get("udp").get("in.datagrams");
        assertTrue(
                datagrams >= tunnelled && datagrams <= tunnelled + sum(drops, NOT_PARSED),
                () -> datagrams + " datagrams with " + tunnelled + " segments, " + drops);
        assertEquals(
                ip.get("in.delivers"),
                delivered + ip.get("icmp.in.messages") + ip.get("icmp6.in.messages"),
                () -> "delivered: " + ip + ", " + drops);
    }

    private static long sum(final Map<String, Long> drops, final String... names) {
        long sum = 0;
        for (final String name : names) {
            sum += drops.get("drop." + name);
        }
        return sum;
    }

    @Override
    public void close() {
        rig.close();
    }
}
