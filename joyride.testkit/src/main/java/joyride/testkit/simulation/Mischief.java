package joyride.testkit.simulation;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.RoguePeer.Manner;

/** What a {@link RoguePeer} does that it should not, once a step for each of its manners. */
final class Mischief {
    private static final int CHUNK = 1400;

    /** The shortest paths there may be (RFC 791, as FreeBSD heeds it: 296; RFC 8200 §5). */
    private static final int LEAST_FOUR = 296;

    private static final int LEAST_SIX = 1280;
    private static final int MOST = 1500;
    private static final int TCP_HEADERS_FOUR = 40;
    private static final int TCP_HEADERS_SIX = 60;

    private final RoguePeer peer;
    private final PeerRig rig;
    private final PeerConnection connection;
    private final SeededRandom random;
    private final boolean six;

    /** Places in our stream that a false RST named: no segment is to end there, or it would be a true one when it comes late. */
    private final Set<Integer> named = new HashSet<>();

    private int longest = Integer.MAX_VALUE;

    /** Whether its ICMP speaks of nothing that is under way: none of it is to be believed. */
    private final boolean liar;

    Mischief(final RoguePeer peer, final PeerRig rig, final PeerConnection connection, final SeededRandom random) {
        this.peer = peer;
        this.rig = rig;
        this.connection = connection;
        this.random = random;
        six = !rig.host().address().isV4();
        liar = peer.does(Manner.SQUEEZES) && random.chance(0.3);
    }

    /** Whether the host may have learnt of a shorter path. */
    boolean squeezed() {
        return peer.does(Manner.SQUEEZES) && !liar;
    }

    void act() {
        for (final Manner manner : Manner.values()) {
            if (peer.does(manner)) {
                act(manner);
                peer.segment(TcpFlags.ACK, peer.sentTo());
            }
        }
    }

    private void act(final Manner manner) {
        switch (manner) {
            case OPTIMISTIC -> claim();
            case RENEGES -> {
                if (random.chance(0.1)) {
                    peer.renege();
                }
            }
            case OLD_STAMPS -> repeatOld();
            case LEAPS -> leap();
            case STRAYS -> stray();
            case INJECTS -> inject();
            case SPOOFS -> spoof();
            case SQUEEZES -> squeeze();
            case MALFORMED -> {
                if (random.chance(0.3)) {
                    peer.emit(malformed(peer.bare(peer.frontier())));
                }
            }
            default -> {}
        }
    }

    /** Before an acknowledgement: which window it gives. */
    void window() {
        if (peer.does(Manner.STINGY)) {
            connection.windowBytes(random.chance(0.2) ? 0 : random.spread(1, 3000));
        } else if (peer.does(Manner.SHRINKS)) {
            connection.windowBytes(random.chance(0.3) ? 0 : random.nextInt(65536));
        }
    }

    /** Whether the path to this peer does not carry it. */
    boolean refuses(final Segment segment) {
        final int packet =
                segment.payload().length + segment.options().length + (six ? TCP_HEADERS_SIX : TCP_HEADERS_FOUR);
        if (packet <= longest) {
            return false;
        }
        if (random.chance(0.7)) {
            tooBig(segment.seq(), longest);
        }
        return true;
    }

    /** Up to and beyond what was ever sent: the host must take neither for true that it cannot be. */
    private void claim() {
        if (random.chance(0.3)) {
            peer.emit(peer.bare(peer.highest() + random.spread(1, 100_000)));
            peer.bare(peer.frontier()); // where it goes on from
        }
    }

    /** Bytes that are nowhere in the stream, where it goes on or was already, with a timestamp from before the connection. */
    private void repeatOld() {
        if (random.chance(0.3) && peer.sentTo() > 0) {
            final Segment like = peer.segment(TcpFlags.ACK, random.nextInt(peer.sentTo() + 1));
            peer.emit(Segment.of(connection.port(), connection.hostPort(), TcpFlags.ACK, like.seq(), connection.ack)
                    .window(connection.window)
                    .timestamp(random.nextInt(900), 0)
                    .payload(garbage(CHUNK)));
        }
    }

    private void leap() {
        if (random.chance(0.05) && connection.leap < 1 << 29) {
            connection.leap += random.spread(1, 1 << 29);
        }
        if (random.chance(0.2)) {
            final Segment like = peer.bare(peer.frontier());
            peer.emit(Segment.of(connection.port(), connection.hostPort(), TcpFlags.ACK, like.seq(), like.ack())
                    .window(connection.window)
                    .timestamp(connection.now(), random.nextInt()));
        }
    }

    private void stray() {
        if (!random.chance(0.3)) {
            return;
        }
        if (random.chance(0.5)) {
            final int far = random.nextInt() & 0x7fff_ffff | 1 << 24;
            peer.emit(peer.segment(TcpFlags.ACK, peer.sentTo() + far).payload(garbage(CHUNK)));
        } else {
            final int before = peer.acknowledged() - random.between(1, 70_000);
            peer.emit(peer.segment(TcpFlags.ACK, before).payload(garbage(peer.acknowledged() - before)));
        }
    }

    private void inject() {
        if (!random.chance(0.3)) {
            return;
        }
        final int position = random.chance(0.5)
                ? peer.sentTo() + random.between(2, 60_000)
                : peer.acknowledged() - random.between(2, 1_000_000);
        named.add(position);
        peer.emit(peer.segment(random.chance(0.5) ? TcpFlags.RST : TcpFlags.SYN, position));
    }

    /** So much of {@code length} from {@code from} on that it ends beside what {@link #inject} named. */
    int apart(final int from, final int length) {
        int left = length;
        while (left > 0
                && (named.contains(from + left)
                        || named.contains(from + left - 1)
                        || named.contains(from + left + 1))) {
            left--;
        }
        return left;
    }

    private void spoof() {
        if (!random.chance(0.2)) {
            return;
        }
        final Segment duplicate = peer.bare(peer.frontier());
        for (int i = random.spread(1, 100); i > 0; i--) {
            peer.emitAtOnce(duplicate);
        }
        final int from = duplicate.ack() + random.spread(1, 200_000);
        peer.emit(duplicate.sack(from, from + random.spread(1, 100_000)));
    }

    /** The path gets shorter, or somebody says so who does not know of any segment, or no sensible length. */
    private void squeeze() {
        if (!liar && random.chance(0.02)) {
            longest = random.between(six ? LEAST_SIX : LEAST_FOUR, MOST);
        }
        if (random.chance(0.1)) {
            final int unsent = connection.ack + (random.chance(0.5) ? 1 << 20 : -random.between(200_000, 1 << 20));
            tooBig(unsent, random.nextInt(MOST));
        }
        if (!liar && random.chance(0.05)) {
            tooBig(connection.ack, random.chance(0.5) ? random.nextInt(six ? LEAST_SIX : 68) : random.nextInt());
        }
    }

    private void tooBig(final int seq, final int mtu) {
        rig.peer()
                .sendPacket(TooBig.about(
                        six ? PeerRig.PEER_SIX : PeerRig.PEER,
                        rig.host().address(),
                        connection.hostPort(),
                        connection.port(),
                        seq,
                        mtu));
        rig.settle();
    }

    /** The same with an option that is not what it says; timestamps among them would be believed. */
    private Segment malformed(final Segment segment) {
        final int kind = random.chance(0.5) ? random.between(2, 34) : random.between(35, 255);
        final Segment alone = Segment.of(
                        connection.port(), connection.hostPort(), segment.flags(), segment.seq(), segment.ack())
                .window(segment.window());
        final int junk = random.nextInt(256);
        return switch (random.nextInt(6)) {
            case 0 -> segment.option(kind, 0, junk, junk);
            case 1 -> segment.option(kind, 1, junk, junk);
            case 2 -> segment.option(kind, random.between(5, 255), junk, junk);
            case 3 ->
                alone.option(8, 9, junk, junk).option(junk, junk, junk, junk).option(junk, 1, 1, 1);
            case 4 -> alone.option(5, random.between(3, 9), junk, junk).option(junk, junk, junk, junk);
            default -> alone.option(0, 8, 10, junk).option(2, 4, 0, junk).option(3, 3, 14, kind);
        };
    }

    /** Bytes that are nowhere in the stream. */
    private byte[] garbage(final int most) {
        final byte[] bytes = new byte[random.spread(1, Math.min(most, CHUNK))];
        Arrays.fill(bytes, (byte) random.nextInt(256));
        return bytes;
    }
}
