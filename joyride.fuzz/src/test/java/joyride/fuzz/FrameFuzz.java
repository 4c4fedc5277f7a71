package joyride.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.Map;
import joyride.api.net.IpAddress;
import joyride.api.tcp.TcpFlags;
import joyride.core.instance.Instance;
import joyride.nic.wire.WireCounter;
import joyride.testkit.simulation.FlowProgram;
import joyride.testkit.simulation.ListenerProgram;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.PeerRig;
import joyride.testkit.simulation.Program;
import joyride.testkit.simulation.ProgramTransport;
import joyride.testkit.simulation.Segment;
import joyride.testkit.simulation.SimulatedTcp;

/**
 * Frames from a stranger into a host with a listener and live connections. After each one: nothing thrown, nothing held, few answers, bounded memory; at the end
 * nothing left and every packet accounted for. {@code Input} is a row of steps, a byte says which, so that inputs can be written by hand. Those of an odd
 * length meet a host that talks IPv6 and listens to routers.
 */
class FrameFuzz {
    private static final int PORT = 80;
    private static final int FRAMES = 256;
    private static final int MOST_STEPS = 200;
    private static final int MOST_CONNECTIONS = 6;
    private static final int MOST_FRAME = 1514;
    private static final int ETHERNET = 14;
    private static final int IPV6 = 40;
    private static final int ICMP6 = 58;

    private static final IpAddress[] SOURCES = {
        PeerRig.PEER_SIX, IpAddress.parse("fe80::2"), IpAddress.parse("::"), PeerRig.HOST_SIX
    };

    private static final IpAddress[] TARGETS = {
        PeerRig.HOST_SIX,
        IpAddress.parse("ff02::1"),
        IpAddress.parse("ff02::1:ff00:1"),
        IpAddress.parse("ff02::2"),
        IpAddress.parse("fe80::1")
    };

    /** Both buffers of all connections at their largest, in chunks. */
    private static final int MOST_CHUNKS = 1024;

    /** Bare segments in answer to one frame: an acknowledgement or challenge for it, one that was delayed, a window update, and one for luck. */
    private static final int MOST_ANSWERS = 4;

    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;

    private final PeerConnection[] connections = new PeerConnection[MOST_CONNECTIONS];
    private int opened;

    @FuzzTest(maxDuration = "20s")
    void shouldKeepItsPromisesWhateverFramesCome(final byte[] bytes) {
        final Input input = new Input(bytes);
        opened = 0;
        try (PeerRig rig = new PeerRig(1, 1500, FRAMES, bytes.length % 2 == 1)) {
            rig.host().ethernet().nd().autoconfigure(true);
            final ProgramTransport programs = rig.host().programs();
            final ListenerProgram listener = new ListenerProgram(
                    programs,
                    PORT,
                    8,
                    Integer.MAX_VALUE,
                    endpoint -> new FlowProgram(programs, FlowProgram.Role.ECHO, 5000, endpoint));
            programs.start(listener);
            rig.settle();
            connect(rig);
            for (int i = 0; i < MOST_STEPS && !input.isEmpty(); i++) {
                final int frames = step(rig, input);
                check(rig, programs);
                answers(rig, frames);
            }
            rig.pass(100 * SECOND);
            for (final Program program : programs.programs()) {
                if (program instanceof FlowProgram flow) {
                    flow.stop();
                }
            }
            listener.stop();
            rig.pass(3 * 3600 * SECOND);
            check(rig, programs);
            assertTrue(programs.endpoints().isEmpty(), () -> "sockets left: " + programs.endpoints());
            assertEquals(0, SimulatedTcp.connections(rig.host().engine()), "connections left");
            assertEquals(0, rig.host().memory().used(), "ring memory left");
            account(rig);
        }
    }

    private void connect(final PeerRig rig) {
        if (opened < MOST_CONNECTIONS) {
            rig.peer().forget();
            final int at = opened++;
            try {
                connections[at] = rig.connect(4000 + at, PORT, at % 2 == 0, at % 3 != 2);
            } catch (final AssertionError noAnswer) {
                // Its port, or all of the backlog, may be taken by what the input did before.
                connections[at] = connections[0];
            }
        }
    }

    /** @return frames sent; 0: something else was done */
    private int step(final PeerRig rig, final Input input) {
        rig.peer().forget();
        final int what = input.u8() % 7;
        switch (what) {
            case 0 -> rig.peer().sendFrame(input.bytes(Math.min(input.u16(), MOST_FRAME)));
            case 1, 2 -> rig.peer().send(segment(input));
            case 3 -> rig.pass(MILLI << input.u8() % 18);
            case 4 -> connect(rig);
            case 5 -> rig.peer().sendFrame(packet(rig, input, 0x0800));
            default -> rig.peer().sendFrame(packet(rig, input, 0x86dd));
        }
        rig.settle();
        return what == 3 || what == 4 ? 0 : 1;
    }

    /** A segment for a connection, with right checksums: numbers beside its own, and whatever options. */
    private Segment segment(final Input input) {
        final PeerConnection connection = connections[input.u8() % opened];
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

    private static int offset(final Input input) {
        return switch (input.u8() % 4) {
            case 0 -> 0;
            case 1 -> (byte) input.u8();
            case 2 -> (short) input.u16();
            default -> input.s32();
        };
    }

    /**
     * An Ethernet header that is right, and then what the input says. Half of the time what follows is right too: for IPv4 the header's checksum, for IPv6 all of a
     * message to a node or a group of the link, as neighbours and routers send them.
     */
    private static byte[] packet(final PeerRig rig, final Input input, final int type) {
        final boolean right = input.u8() % 2 == 0;
        final byte[] body = input.bytes(Math.min(input.u16(), MOST_FRAME - ETHERNET));
        final byte[] frame =
                Arrays.copyOf(rig.peer().frame(Segment.of(1, 2, 0, 0, 0)), ETHERNET + Math.max(body.length, 1));
        frame[12] = (byte) (type >>> 8);
        frame[13] = (byte) type;
        System.arraycopy(body, 0, frame, ETHERNET, body.length);
        if (right && type == 0x0800 && frame.length >= ETHERNET + 20) {
            frame[ETHERNET] = (byte) (0x45 | frame[ETHERNET] & 0x0f);
            final int header = Math.min((frame[ETHERNET] & 15) * 4, frame.length - ETHERNET);
            int sum = 0;
            frame[ETHERNET + 10] = 0;
            frame[ETHERNET + 11] = 0;
            for (int i = 0; i + 1 < header; i += 2) {
                sum += (frame[ETHERNET + i] & 0xff) << 8 | frame[ETHERNET + i + 1] & 0xff;
            }
            sum = (sum & 0xffff) + (sum >>> 16);
            sum = ~((sum & 0xffff) + (sum >>> 16));
            frame[ETHERNET + 10] = (byte) (sum >>> 8);
            frame[ETHERNET + 11] = (byte) sum;
        } else if (right && frame.length >= ETHERNET + IPV6 + 4) {
            message(frame);
        }
        return frame;
    }

    /** Makes an ICMPv6 message of a frame: its bytes where addresses stand choose among those that there are, the rest stays. */
    private static void message(final byte[] frame) {
        final int length = frame.length - ETHERNET - IPV6;
        frame[ETHERNET] = 0x60;
        frame[ETHERNET + 4] = (byte) (length >>> 8);
        frame[ETHERNET + 5] = (byte) length;
        frame[ETHERNET + 6] = ICMP6;
        frame[ETHERNET + 7] = (byte) 255;
        address(frame, ETHERNET + 8, SOURCES[(frame[ETHERNET + 8] & 0xff) % SOURCES.length]);
        address(frame, ETHERNET + 24, TARGETS[(frame[ETHERNET + 24] & 0xff) % TARGETS.length]);
        final int at = ETHERNET + IPV6;
        frame[at + 2] = 0;
        frame[at + 3] = 0;
        int sum = ICMP6 + length;
        for (int i = ETHERNET + 8; i < frame.length; i++) {
            sum += (frame[i] & 0xff) << (i % 2 == 0 ? 8 : 0);
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = ~((sum & 0xffff) + (sum >>> 16));
        frame[at + 2] = (byte) (sum >>> 8);
        frame[at + 3] = (byte) sum;
    }

    private static void address(final byte[] frame, final int at, final IpAddress address) {
        for (int i = 0; i < 8; i++) {
            frame[at + i] = (byte) (address.high() >>> 56 - 8 * i);
            frame[at + 8 + i] = (byte) (address.low() >>> 56 - 8 * i);
        }
    }

    private static void check(final PeerRig rig, final ProgramTransport programs) {
        assertNull(programs.thrown());
        assertFalse(((Instance) programs.instance()).ended(), "the instance ended");
        assertEquals(0, rig.wire().framesHeld(), "frames held");
        assertTrue(
                rig.host().memory().used() <= MOST_CHUNKS,
                () -> rig.host().memory().used() + " chunks in use");
    }

    private static void answers(final PeerRig rig, final int frames) {
        int bare = 0;
        Segment segment;
        while ((segment = rig.peer().next()) != null) {
            bare += segment.payload().length == 0 ? 1 : 0;
        }
        assertTrue(frames == 0 || bare <= MOST_ANSWERS, bare + " answers to one frame");
    }

    /** Every frame that came was counted, and every packet of it delivered or dropped for a reason. */
    private static void account(final PeerRig rig) {
        final Map<String, Map<String, Long>> all = rig.host().counters().snapshot();
        final Map<String, Long> nic = all.get("nic0");
        assertEquals(rig.wire().b().count(WireCounter.DELIVERED), nic.get("rx.packets"), "frames");
        long dropped = 0;
        for (final Map.Entry<String, Long> drop : all.get("drops").entrySet()) {
            dropped += drop.getKey().startsWith("drop.ip_") ? drop.getValue() : 0;
        }
        final Map<String, Long> ip = all.get("ip");
        assertTrue(
                ip.get("in.receives") <= ip.get("in.delivers") + dropped + ip.get("reasm.requests"),
                () -> "packets not accounted for: " + ip + ", " + all.get("drops"));
    }
}
