package joyride.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import joyride.api.net.IpAddress;
import joyride.testkit.simulation.Octets;
import joyride.testkit.simulation.PeerRig;
import joyride.testkit.simulation.Segment;

/**
 * Frames from a stranger into a host with a listener and live connections. After each one: nothing thrown, nothing held, few answers, bounded memory; at the end
 * nothing left and every packet accounted for. {@code Input} is a row of steps, a byte says which, so that inputs can be written by hand. Those of an odd
 * length meet a host that talks IPv6 and listens to routers.
 */
class FrameFuzz {
    private static final int MOST_STEPS = 200;
    private static final int MOST_FRAME = 1514;
    private static final int ETHERNET = Packets.ETHERNET;
    private static final int IPV6 = Packets.IPV6;
    private static final int ICMP6 = Packets.ICMP6;

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

    @FuzzTest(maxDuration = "20s")
    void shouldKeepItsPromisesWhateverFramesCome(final byte[] bytes) {
        Victim.play(bytes, behind -> play(bytes, behind));
    }

    private static long play(final byte[] bytes, final int behind) {
        final Input input = new Input(bytes);
        try (Victim victim = new Victim(bytes.length % 2 == 1, behind)) {
            victim.rig.host().ethernet().nd().autoconfigure(true);
            victim.rig.settle();
            victim.connect();
            for (int i = 0; i < MOST_STEPS && !input.isEmpty(); i++) {
                victim.listen();
                victim.check(step(victim, input));
            }
            victim.finish();
            return victim.trace();
        }
    }

    /** @return frames sent; 0: something else was done */
    private static int step(final Victim victim, final Input input) {
        final PeerRig rig = victim.rig;
        final int what = input.u8() % 7;
        switch (what) {
            case 0 -> rig.peer().sendFrame(input.bytes(Math.min(input.u16(), MOST_FRAME)));
            case 1, 2 -> rig.peer().send(victim.segment(input, victim.connection(victim.anyConnection(input))));
            case 3 -> victim.pass(input);
            case 4 -> victim.connect();
            case 5 -> rig.peer().sendFrame(packet(rig, input, 0x0800));
            default -> rig.peer().sendFrame(packet(rig, input, 0x86dd));
        }
        rig.settle();
        return what == 3 || what == 4 ? 0 : 1;
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
            Octets.put16(frame, ETHERNET + 10, 0);
            Octets.put16(frame, ETHERNET + 10, ~Octets.sum(frame, ETHERNET, header & ~1, 0));
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
        Octets.putAddress(frame, ETHERNET + 8, SOURCES[(frame[ETHERNET + 8] & 0xff) % SOURCES.length]);
        Octets.putAddress(frame, ETHERNET + 24, TARGETS[(frame[ETHERNET + 24] & 0xff) % TARGETS.length]);
        final int at = ETHERNET + IPV6;
        Octets.put16(frame, at + 2, 0);
        Octets.put16(frame, at + 2, ~Octets.sum(frame, ETHERNET + 8, frame.length - ETHERNET - 8, ICMP6 + length));
    }
}
