package joyride.testkit.simulation;

import java.util.Arrays;
import joyride.api.tcp.TcpFlags;

/**
 * Makes frames that no well-behaved peer sends: from random bytes, over frames whose header is right and whose rest is not, to
 * segments for connections there are, with numbers near the edge. All from a seed.
 */
public final class FrameFuzzer {
    private static final int ETHERNET = 14;
    private static final int IP = 20;

    private final SeededRandom random;
    private final ScriptedPeer peer;

    public FrameFuzzer(final SeededRandom random, final ScriptedPeer peer) {
        this.random = random;
        this.peer = peer;
    }

    /**
     * A frame.
     *
     * @param like a segment that would be right on some connection now
     */
    public byte[] next(final Segment like) {
        return switch (random.nextInt(8)) {
            case 0 -> bytes(random.spread(1, 1600));
            case 1 -> headed(like);
            case 2, 3 -> mutated(peer.frame(near(like)));
            case 4 -> fragment(like);
            case 5 -> otherProtocol(like);
            default -> peer.frame(near(like));
        };
    }

    /** A segment of that connection with flags, numbers, options or payload changed. */
    public Segment near(final Segment like) {
        Segment segment = like;
        if (random.chance(0.5)) {
            segment = flags(segment, random.nextInt(256));
        } else if (random.chance(0.5)) {
            segment = flags(segment, TcpFlags.ACK | 1 << random.nextInt(8));
        }
        if (random.chance(0.5)) {
            segment = numbers(segment, segment.seq() + near(), segment.ack());
        }
        if (random.chance(0.5)) {
            segment = numbers(segment, segment.seq(), segment.ack() + near());
        }
        if (random.chance(0.3)) {
            segment = segment.window(random.chance(0.3) ? 0 : random.nextInt(65536));
        }
        if (random.chance(0.5)) {
            segment = segment.payload(bytes(random.chance(0.5) ? random.nextInt(20) : random.spread(1, 1400)));
        }
        if (random.chance(0.4)) {
            segment = options(segment);
        }
        return segment;
    }

    private int near() {
        return switch (random.nextInt(5)) {
            case 0 -> random.nextInt();
            case 1 -> random.nextInt(3) - 1;
            case 2 -> random.nextInt(70_000);
            case 3 -> -random.nextInt(70_000);
            default -> random.nextInt(3000) - 1500;
        };
    }

    private Segment options(final Segment segment) {
        return switch (random.nextInt(6)) {
            case 0 -> segment.timestamp(random.nextInt(), random.nextInt());
            case 1 -> segment.sack(edges());
            case 2 ->
                segment.mss(random.nextInt(65536))
                        .windowScale(random.nextInt(256))
                        .sackPermitted();
            case 3 -> segment.option(5, random.nextInt(256), random.nextInt(), random.nextInt());
            default -> {
                final byte[] raw = bytes(4 * random.nextInt(11));
                Segment with = segment;
                for (int i = 0; i < raw.length; i += 4) {
                    with = with.option(raw[i], raw[i + 1], raw[i + 2], raw[i + 3]);
                }
                yield with;
            }
        };
    }

    private int[] edges() {
        final int[] edges = new int[2 * random.between(1, 4)];
        for (int i = 0; i < edges.length; i++) {
            edges[i] = near();
        }
        return edges;
    }

    private static Segment flags(final Segment segment, final int flags) {
        return new Segment(
                segment.sourcePort(),
                segment.destinationPort(),
                segment.seq(),
                segment.ack(),
                flags,
                segment.window(),
                segment.options(),
                segment.payload());
    }

    private static Segment numbers(final Segment segment, final int seq, final int ack) {
        return new Segment(
                segment.sourcePort(),
                segment.destinationPort(),
                seq,
                ack,
                segment.flags(),
                segment.window(),
                segment.options(),
                segment.payload());
    }

    /** Right Ethernet header, the rest random, or an IPv4 header whose fields are. */
    private byte[] headed(final Segment like) {
        final byte[] frame = Arrays.copyOf(peer.frame(like), ETHERNET + random.nextInt(200));
        for (int i = ETHERNET; i < frame.length; i++) {
            frame[i] = (byte) random.nextInt(256);
        }
        if (random.chance(0.5)) {
            frame[13] = (byte) (random.chance(0.5) ? 6 : random.nextInt(256));
        } else if (frame.length > ETHERNET + IP) {
            frame[ETHERNET] = 0x45;
        }
        return frame;
    }

    /** A few bits or bytes changed, with checksums right again half of the time; or cut off. */
    private byte[] mutated(final byte[] frame) {
        final int changes = random.spread(1, 8);
        for (int i = 0; i < changes; i++) {
            frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
        }
        if (random.chance(0.5)) {
            peer.checksums(frame);
        }
        return random.chance(0.3) ? Arrays.copyOf(frame, random.nextInt(frame.length + 1)) : frame;
    }

    /** A fragment at a random place, of a few datagrams, so that some overlap and some complete. */
    private byte[] fragment(final Segment like) {
        final byte[] frame = peer.frame(like.payload(bytes(8 * random.between(1, 100))));
        frame[18] = 0;
        frame[19] = (byte) random.nextInt(4);
        final int offset = random.chance(0.2) ? random.nextInt(8192) : random.nextInt(100);
        frame[20] = (byte) ((random.chance(0.6) ? 0x20 : 0) | offset >>> 8);
        frame[21] = (byte) offset;
        peer.checksums(frame);
        return frame;
    }

    /** UDP, ICMP with a quoted packet, or any other protocol. */
    private byte[] otherProtocol(final Segment like) {
        final byte[] inner = peer.frame(near(like));
        final byte[] frame = Arrays.copyOf(peer.frame(like), ETHERNET + IP + 8 + inner.length - ETHERNET);
        frame[16] = (byte) (frame.length - ETHERNET >>> 8);
        frame[17] = (byte) (frame.length - ETHERNET);
        frame[23] = (byte) (random.chance(0.6) ? 1 : random.chance(0.5) ? 17 : random.nextInt(256));
        frame[34] = (byte) (random.chance(0.7) ? 3 : random.nextInt(20));
        frame[35] = (byte) random.nextInt(random.chance(0.8) ? 6 : 256);
        for (int i = 36; i < 42; i++) {
            frame[i] = (byte) (random.chance(0.5) ? 0 : random.nextInt(256));
        }
        System.arraycopy(inner, ETHERNET, frame, 42, inner.length - ETHERNET);
        if (random.chance(0.7)) {
            // what comes back in an ICMP error is a packet of the host's
            System.arraycopy(frame, 26, frame, 42 + 16, 4);
            System.arraycopy(frame, 30, frame, 42 + 12, 4);
            final byte[] ports = Arrays.copyOfRange(frame, 42 + 20, 42 + 24);
            System.arraycopy(ports, 0, frame, 42 + 22, 2);
            System.arraycopy(ports, 2, frame, 42 + 20, 2);
        }
        peer.checksums(frame);
        if (frame[23] == 1) {
            icmpChecksum(frame);
        }
        return frame;
    }

    private static void icmpChecksum(final byte[] frame) {
        Octets.put16(frame, 36, 0);
        Octets.put16(frame, 36, ~Octets.sum(frame, 34, frame.length - 34, 0));
    }

    private byte[] bytes(final int length) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) random.nextInt(256);
        }
        return bytes;
    }
}
