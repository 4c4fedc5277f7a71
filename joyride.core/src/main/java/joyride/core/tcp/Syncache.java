package joyride.core.tcp;

import java.util.ArrayList;
import java.util.List;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.counters.DropReason;
import joyride.api.net.IpAddress;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTunables;
import joyride.api.time.RandomSource;
import joyride.core.ip.Packet;
import joyride.core.ip.Path;

/**
 * Half-open passive connections (RFC 4987 §3.3), far smaller than control blocks; and what a listener does with segments
 * (RFC 9293 §3.10.7.2). When full it answers by cookies.
 */
final class Syncache {
    private final TcpStack stack;
    private final SynCookies cookies;
    private final RandomSource random;
    private final HalfOpenTable table;
    private final SynAnswers answers;
    private final CookiePause pause = new CookiePause();
    private final HalfOpen scratch = new HalfOpen(this);
    private long lastCookie = Long.MIN_VALUE / 2;

    Syncache(final TcpStack stack, final TupleHash hash, final RandomSource random) {
        this.stack = stack;
        this.random = random;
        table = new HalfOpenTable(hash);
        answers = new SynAnswers(stack);
        cookies = new SynCookies(random);
    }

    int size() {
        return table.size();
    }

    /** For the console: every entry as a socket in SYN_RCVD. */
    void views(final List<SocketView> views) {
        table.views(views);
    }

    /** A segment for a listener, no connection having it. */
    void input(final Listener listener, final Packet packet, final TcpSegment segment) {
        final TcpInstance instance = listener.socket.tcpInstance();
        final int flags = segment.flags;
        final byte[] key = keyOf(listener, packet);
        if (!stack.demultiplexer().signed(instance, packet, segment, key)) {
            return;
        }
        if (segment.udpPorts != 0 && segment.udpPorts >>> 16 != instance.tunables().udpTunnelingPort) {
            stack.demultiplexer().refuseTunnel(instance);
            stack.resets().listening(packet, segment, instance, key);
        } else if ((flags & TcpFlags.RST) != 0) {
            reset(packet, segment);
        } else if ((flags & (TcpFlags.SYN | TcpFlags.ACK)) == TcpFlags.SYN) {
            synchronize(listener, instance, packet, segment);
        } else if ((flags & (TcpFlags.SYN | TcpFlags.ACK)) == TcpFlags.ACK) {
            acknowledge(listener, instance, packet, segment);
        } else if ((flags & TcpFlags.SYN) != 0) {
            instance.count(TcpCounter.BADSYN);
            stack.drop(DropReason.TCP_LISTEN);
        } else {
            stack.drop(DropReason.TCP_LISTEN);
        }
    }

    private static byte[] keyOf(final Listener listener, final Packet packet) {
        return listener.socket.options().md5Keys.find(packet.sourceHigh, packet.sourceLow);
    }

    /** RFC 5961 §3.2 for SYN-RECEIVED: exact sequence number ends it, one in the window is challenged. */
    private void reset(final Packet packet, final TcpSegment segment) {
        final HalfOpen entry = table.find(packet, segment);
        if (entry == null) {
            stack.drop(DropReason.TCP_LISTEN);
            return;
        }
        final TcpInstance instance = entry.listener.socket.tcpInstance();
        if (segment.udpPorts != entry.udpPorts) {
            stack.demultiplexer().refuseTunnel(instance);
        } else if (Seq.leq(segment.seq, entry.irs) || Seq.geq(segment.seq, entry.irs + 1 + entry.window)) {
            stack.drop(DropReason.TCP_RESET);
        } else if (segment.seq == entry.irs + 1 || instance.tunables().insecureRst != 0) {
            instance.count(TcpCounter.SC_RESET);
            remove(entry);
        } else {
            instance.count(TcpCounter.BADRST);
            stack.drop(DropReason.TCP_RESET);
            if (entry.mayAnswer(instance)) {
                instance.count(TcpCounter.CHALLENGEACK);
                answers.challenge(entry);
            }
        }
    }

    private void synchronize(
            final Listener listener, final TcpInstance instance, final Packet packet, final TcpSegment segment) {
        final TcpTunables tunables = instance.tunables();
        final HalfOpen known = table.find(packet, segment);
        if (known != null && known.udpPorts != segment.udpPorts) {
            stack.demultiplexer().refuseTunnel(instance);
            return;
        }
        if (known != null) {
            instance.count(TcpCounter.SC_DUPSYN);
            if (known.timestamps && segment.hasTimestamp) {
                known.tsRecent = segment.tsVal;
            }
            known.ecn = HandshakeEcn.again(segment, known.ecn);
            answers.respond(known);
            return;
        }
        if ((segment.flags & TcpFlags.FIN) != 0 && tunables.dropSynFin != 0 || land(packet, segment)) {
            instance.count(TcpCounter.BADSYN);
            stack.drop(DropReason.TCP_LISTEN);
            return;
        }
        if (listener.full()) {
            instance.count(TcpCounter.LISTENDROP);
            stack.drop(DropReason.TCP_LISTEN_QUEUE);
            return;
        }
        final Path path = stack.path(packet, tunables);
        if (path == null) {
            instance.count(TcpCounter.SC_UNREACH);
            stack.drop(DropReason.IP_NO_ROUTE);
            return;
        }
        if (opensFast(listener, instance, packet, segment, path)) {
            return;
        }
        final boolean gives = scratch.givesCookie;
        final long cookie = scratch.cookie;
        final int key = table.key(packet, segment);
        final boolean overflow = overflows(key, tunables, instance);
        if (answersByCookie(overflow, tunables)) {
            lastCookie = stack.now();
            fill(scratch, listener, instance, packet, segment, path);
            scratch.ecn = 0;
            scratch.givesCookie = gives;
            scratch.cookie = cookie;
            scratch.iss = cookies.encode(scratch, stack.now());
            instance.count(TcpCounter.SC_SENDCOOKIE);
            answers.respond(scratch);
            return;
        }
        if (overflow && !dropOldest(key, instance)) {
            return;
        }
        final HalfOpen entry = table.take(this);
        fill(entry, listener, instance, packet, segment, path);
        entry.givesCookie = gives;
        entry.cookie = cookie;
        entry.iss = tunables.syncookies != 0 ? cookies.encode(entry, stack.now()) : random.nextInt();
        table.add(entry, key);
        instance.count(TcpCounter.SC_ADDED);
        answers.respond(entry);
        stack.timers().arm(entry, stack.now() + tunables.rexmitInitial);
    }

    /**
     * Fast Open (RFC 7413 §4.2.2). Who has not completed a handshake may not fill the accept queue (§5.1).
     *
     * @return whether the connection is made; else {@link #scratch} says whether the SYN-ACK gives a cookie
     */
    private boolean opensFast(
            final Listener listener,
            final TcpInstance instance,
            final Packet packet,
            final TcpSegment segment,
            final Path path) {
        final TcpTunables tunables = instance.tunables();
        scratch.givesCookie = false;
        final SocketOptions options = listener.socket.options();
        final boolean without = options.fastOpenNoCookie && segment.length > 0;
        if (segment.cookieLength < 0 && !without
                || tunables.fastOpenServerEnable == 0
                || !options.fastOpen
                || options.noOptions) {
            return false;
        }
        tuple(scratch, listener, packet, segment, path);
        if (scratch.md5Key != null) {
            return false;
        }
        if (listener.fastOpenFull()) {
            instance.count(TcpCounter.FASTOPEN_PENDING);
            return false;
        }
        final FastOpenKeys keys = instance.fastOpenKeys();
        scratch.cookie = keys.cookie(scratch.remoteHigh, scratch.remoteLow, stack.now(), tunables);
        scratch.givesCookie = segment.cookieLength >= 0;
        if (!without && !keys.accepts(scratch.remoteHigh, scratch.remoteLow, segment, stack.now(), tunables)) {
            if (segment.cookieLength > 0) {
                instance.count(TcpCounter.FASTOPEN_REFUSED);
            }
            return false;
        }
        instance.count(TcpCounter.FASTOPEN_ACCEPTED);
        fill(scratch, listener, instance, packet, segment, path);
        scratch.iss = random.nextInt();
        return stack.establishment().fastOpen(scratch, packet, segment);
    }

    /** A segment from its own destination (CERT CA-1997-28). */
    private static boolean land(final Packet packet, final TcpSegment segment) {
        return packet.sourceLow == packet.destinationLow
                && packet.sourceHigh == packet.destinationHigh
                && segment.sourcePort == segment.destinationPort;
    }

    private boolean answersByCookie(final boolean overflow, final TcpTunables tunables) {
        if (tunables.syncookiesOnly != 0) {
            return true;
        }
        if (tunables.syncookies == 0) {
            return false;
        }
        if (overflow) {
            pause.begin(stack.now());
        }
        return pause.holds(stack.now());
    }

    private boolean overflows(final int key, final TcpTunables tunables, final TcpInstance instance) {
        if (table.size() >= tunables.syncacheCacheLimit) {
            instance.count(TcpCounter.SC_CACHEOVERFLOW);
            return true;
        }
        if (table.length(key) >= tunables.syncacheBucketLimit) {
            instance.count(TcpCounter.SC_BUCKETOVERFLOW);
            return true;
        }
        return false;
    }

    /** Without cookies: the oldest of the bucket makes room. @return whether there is some; else the SYN is dropped */
    private boolean dropOldest(final int key, final TcpInstance instance) {
        final HalfOpen oldest = table.oldest(key);
        instance.count(TcpCounter.SC_DROPPED);
        stack.drop(DropReason.TCP_SYNCACHE_FULL);
        if (oldest != null) {
            remove(oldest);
        }
        return oldest != null;
    }

    private void fill(
            final HalfOpen entry,
            final Listener listener,
            final TcpInstance instance,
            final Packet packet,
            final TcpSegment segment,
            final Path path) {
        final TcpTunables tunables = instance.tunables();
        final boolean options = !listener.socket.options().noOptions;
        tuple(entry, listener, packet, segment, path);
        entry.irs = segment.seq;
        entry.peerMss = segment.mss;
        entry.peerScale = options && (tunables.rfc1323 == 1 || tunables.rfc1323 == 2) ? segment.windowScale : -1;
        entry.sack = options && segment.sackPermitted && tunables.sackEnable != 0;
        entry.ecn = HandshakeEcn.answer(segment, instance);
        entry.timestamps = options && segment.hasTimestamp && (tunables.rfc1323 == 1 || tunables.rfc1323 == 3);
        entry.tsRecent = segment.tsVal;
    }

    private static void tuple(
            final HalfOpen entry,
            final Listener listener,
            final Packet packet,
            final TcpSegment segment,
            final Path path) {
        final TcpInstance instance = listener.socket.tcpInstance();
        entry.listener = listener;
        entry.localHigh = packet.destinationHigh;
        entry.localLow = packet.destinationLow;
        entry.remoteHigh = packet.sourceHigh;
        entry.remoteLow = packet.sourceLow;
        entry.localPort = segment.destinationPort;
        entry.remotePort = segment.sourcePort;
        entry.path = path;
        entry.scale = instance.windowScale();
        entry.tsOffset = instance.timestampOffset(
                entry.localHigh, entry.localLow, entry.localPort, entry.remoteHigh, entry.remoteLow, entry.remotePort);
        entry.window = Math.min(listener.socket.receiveBuffer(), TcpControlBlock.MAX_WINDOW);
        entry.retransmissions = 0;
        entry.givesCookie = false;
        entry.unchallenged();
        entry.tos = listener.socket.tos();
        entry.ttl = listener.socket.ttl(IpAddress.isV4(entry.remoteHigh, entry.remoteLow));
        entry.udpPorts = segment.udpPorts;
        entry.md5Key = listener.socket.options().md5Keys.find(entry.remoteHigh, entry.remoteLow);
    }

    void expired(final HalfOpen entry) {
        final TcpInstance instance = entry.listener.socket.tcpInstance();
        final TcpTunables tunables = instance.tunables();
        if (++entry.retransmissions > tunables.syncacheRexmtLimit) {
            instance.count(TcpCounter.SC_STALE);
            remove(entry);
            return;
        }
        instance.count(TcpCounter.SC_RETRANSMITTED);
        // Perhaps the flag is what gets it lost.
        entry.ecn = 0;
        answers.respond(entry);
        final long wait = Math.min((long) tunables.rexmitInitial << entry.retransmissions, tunables.rexmitMax);
        stack.timers().arm(entry, stack.now() + wait);
    }

    /** The third segment of a handshake, or something stray. */
    private void acknowledge(
            final Listener listener, final TcpInstance instance, final Packet packet, final TcpSegment segment) {
        final HalfOpen entry = table.find(packet, segment);
        if (entry == null) {
            acknowledgeCookie(listener, instance, packet, segment);
            return;
        }
        if (segment.udpPorts != entry.udpPorts) {
            stack.demultiplexer().refuseTunnel(instance);
            stack.resets().listening(packet, segment, instance, entry.md5Key);
            return;
        }
        if (entry.timestamps && segment.hasTimestamp && Seq.lt(segment.tsVal, entry.tsRecent)) {
            instance.count(TcpCounter.PAWSDROP);
            stack.drop(DropReason.TCP_PAWS);
            return;
        }
        if (segment.ack != entry.iss + 1) {
            instance.count(TcpCounter.SC_BADACK);
            stack.drop(DropReason.TCP_ACK);
            stack.resets().listening(packet, segment, instance, entry.md5Key);
            return;
        }
        if (Seq.leq(segment.seq, entry.irs) || Seq.gt(segment.seq, entry.irs + entry.window)) {
            stack.drop(DropReason.TCP_SEQUENCE);
            if (entry.mayAnswer(instance)) {
                answers.respond(entry);
            }
            return;
        }
        if (stack.establishment().complete(entry, packet, segment)) {
            instance.count(TcpCounter.SC_COMPLETED);
            remove(entry);
        } else if (instance.tunables().syncacheRstOnSockFail != 0) {
            remove(entry);
        }
        // Else the peer's next segment, or its answer to the SYN-ACK sent again, finds it here and perhaps room.
    }

    private void acknowledgeCookie(
            final Listener listener, final TcpInstance instance, final Packet packet, final TcpSegment segment) {
        final TcpTunables tunables = instance.tunables();
        final boolean sent = tunables.syncookiesOnly != 0
                || tunables.syncookies != 0 && stack.now() - lastCookie <= 2L * SynCookies.LIFETIME;
        if (sent && !listener.full()) {
            final Path path = stack.path(packet, tunables);
            if (path != null) {
                tuple(scratch, listener, packet, segment, path);
                if (cookies.decode(scratch, segment)) {
                    instance.count(TcpCounter.SC_RECVCOOKIE);
                    scratch.ecn = 0;
                    scratch.timestamps = segment.hasTimestamp;
                    scratch.tsRecent = segment.tsVal;
                    stack.establishment().complete(scratch, packet, segment);
                    return;
                }
            }
            instance.count(TcpCounter.SC_FAILCOOKIE);
        }
        stack.drop(DropReason.TCP_LISTEN);
        stack.resets().listening(packet, segment, instance, keyOf(listener, packet));
    }

    private void remove(final HalfOpen entry) {
        stack.timers().cancel(entry);
        table.remove(entry);
    }

    /** The listener closed: what is half open with it gets no answer any more. */
    void forget(final Listener listener) {
        final List<HalfOpen> left = new ArrayList<>();
        table.of(listener, left);
        left.forEach(this::remove);
    }
}
