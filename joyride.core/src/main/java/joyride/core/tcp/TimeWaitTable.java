package joyride.core.tcp;

import java.util.List;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.counters.DropReason;
import joyride.api.net.IpAddress;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTunables;
import joyride.core.share.Claims;

/** Connections in TIME_WAIT, by tuple and by age. */
final class TimeWaitTable {
    private final TcpStack stack;
    private final TupleHash hash;
    private TimeWait[] heads = new TimeWait[1024];
    private TimeWait oldest;
    private TimeWait youngest;
    private TimeWait pool;
    private int size;

    TimeWaitTable(final TcpStack stack, final TupleHash hash) {
        this.stack = stack;
        this.hash = hash;
    }

    int size() {
        return size;
    }

    /** For the console: every entry whose program has closed its socket. */
    void views(final List<SocketView> views) {
        for (TimeWait at = oldest; at != null; at = at.younger) {
            if (at.socket == null) {
                views.add(SocketViews.of(
                        at.instance,
                        new IpAddress(at.localHigh, at.localLow),
                        at.localPort,
                        new IpAddress(at.remoteHigh, at.remoteLow),
                        at.remotePort,
                        TcpState.TIME_WAIT));
            }
        }
    }

    /** Ends all. @return how many there were */
    int endAll() {
        final int count = size;
        while (oldest != null) {
            end(oldest);
        }
        return count;
    }

    /** Takes over from {@code connection}, which ends; its port stays in use. */
    TimeWait enter(final TcpConnection connection, final int window) {
        final TcpTunables tunables = connection.instance.tunables();
        if (size >= tunables.maxTcpTw && oldest != null) {
            oldest.instance.count(TcpCounter.TW_RECYCLED);
            end(oldest);
        }
        TimeWait entry = pool;
        if (entry == null) {
            entry = new TimeWait(this);
        } else {
            pool = entry.next;
        }
        entry.localHigh = connection.localHigh;
        entry.localLow = connection.localLow;
        entry.remoteHigh = connection.remoteHigh;
        entry.remoteLow = connection.remoteLow;
        entry.localPort = connection.localPort;
        entry.remotePort = connection.remotePort;
        entry.sndNxt = connection.sndMax;
        entry.rcvNxt = connection.rcvNxt;
        entry.window = window;
        entry.ecn = connection.is(TcpConnection.ACE_PERMIT)
                ? TcpFlags.ace(connection.receivedCe)
                : connection.is(TcpConnection.ECN_SND_ECE) ? TcpFlags.ECE : 0;
        entry.timestamps = connection.hasTimestamps();
        entry.tsRecent = connection.tsRecent;
        entry.tsOffset = connection.tsOffset;
        entry.local = connection.is(TcpConnection.LOCAL);
        entry.tos = connection.tos;
        entry.ttl = connection.ttl;
        entry.encapsPort = connection.encapsPort;
        entry.md5Key = connection.md5Key;
        entry.path = connection.path;
        entry.instance = connection.instance;
        entry.unchallenged();
        entry.hash = hash.of(
                entry.remoteHigh, entry.remoteLow, entry.remotePort, entry.localHigh, entry.localLow, entry.localPort);
        insert(entry);
        restart(entry);
        entry.instance.count(TcpCounter.TW_ENTERED);
        return entry;
    }

    private void insert(final TimeWait entry) {
        if (size >= heads.length) {
            grow();
        }
        final int slot = entry.hash & heads.length - 1;
        entry.next = heads[slot];
        heads[slot] = entry;
        entry.younger = null;
        entry.older = youngest;
        if (youngest != null) {
            youngest.younger = entry;
        } else {
            oldest = entry;
        }
        youngest = entry;
        size++;
    }

    private void restart(final TimeWait entry) {
        final TcpTunables tunables = entry.instance.tunables();
        final long wait = 2L * (entry.local ? tunables.mslLocal : tunables.msl);
        stack.timers().arm(entry, stack.now() + wait);
    }

    TimeWait find(
            final long remoteHigh,
            final long remoteLow,
            final int remotePort,
            final long localHigh,
            final long localLow,
            final int localPort) {
        if (size == 0) {
            return null;
        }
        final int key = hash.of(remoteHigh, remoteLow, remotePort, localHigh, localLow, localPort);
        for (TimeWait at = heads[key & heads.length - 1]; at != null; at = at.next) {
            if (at.remotePort == remotePort
                    && at.localPort == localPort
                    && at.remoteLow == remoteLow
                    && at.localLow == localLow
                    && at.remoteHigh == remoteHigh
                    && at.localHigh == localHigh) {
                return at;
            }
        }
        return null;
    }

    /**
     * A segment for a connection in TIME_WAIT (RFC 9293 §3.10.7.4, RFC 6191).
     *
     * @return true if it may open the connection anew: a listener is to have the segment, after {@link #reopened}
     */
    boolean input(final TimeWait entry, final TcpSegment segment) {
        if ((segment.flags & TcpFlags.RST) != 0) {
            // RFC 1337: it does not end TIME_WAIT.
            entry.instance.drop(DropReason.TCP_RESET);
            return false;
        }
        final int synFin = TcpFlags.SYN | TcpFlags.FIN;
        if ((segment.flags & synFin) == synFin && entry.instance.tunables().dropSynFin != 0) {
            entry.instance.drop(DropReason.TCP_SYN);
            return false;
        }
        if ((segment.flags & (TcpFlags.SYN | TcpFlags.ACK)) == TcpFlags.SYN && newer(entry, segment)) {
            return true;
        }
        if (segment.udpPorts != entry.udpPorts()) {
            stack.demultiplexer().refuseTunnel(entry.instance);
            stack.resets().answer(entry, segment);
            return false;
        }
        // As FreeBSD: what acknowledges nothing is not answered, an old SYN neither.
        if ((segment.flags & TcpFlags.ACK) == 0) {
            entry.instance.drop(DropReason.TCP_TIME_WAIT);
            return false;
        }
        if (entry.timestamps && !segment.hasTimestamp && entry.instance.tunables().tolerateMissingTs == 0) {
            entry.instance.drop(DropReason.TCP_NO_TIMESTAMP);
            return false;
        }
        if ((segment.flags & TcpFlags.FIN) != 0 && segment.seq + segment.length + 1 == entry.rcvNxt) {
            restart(entry);
        }
        // The bits of ECN are the peer's count: with them it is a bare acknowledgement still.
        if ((segment.flags & ~TcpFlags.ECN) != TcpFlags.ACK
                || segment.length != 0
                || segment.seq != entry.rcvNxt
                || segment.ack != entry.sndNxt) {
            entry.instance.drop(DropReason.TCP_TIME_WAIT);
            // Two ends that disagree must not answer each other for ever.
            if (entry.mayAnswer(entry.instance)) {
                acknowledge(entry);
            }
        }
        return false;
    }

    private static boolean newer(final TimeWait entry, final TcpSegment segment) {
        if (Seq.gt(segment.seq, entry.rcvNxt)) {
            return true;
        }
        return entry.instance.tunables().rfc6191 != 0
                && entry.timestamps
                && segment.hasTimestamp
                && Seq.gt(segment.tsVal, entry.tsRecent);
    }

    /** A listener takes the SYN that {@link #input} let pass. */
    void reopened(final TimeWait entry) {
        entry.instance.count(TcpCounter.TW_REOPENED);
        end(entry);
    }

    void acknowledge(final TimeWait entry) {
        entry.instance.count(TcpCounter.SNDACKS);
        entry.instance.count(TcpCounter.SNDTOTAL);
        final TcpOutput output = stack.scratch();
        output.clear();
        output.flags = TcpFlags.ACK | entry.ecn;
        output.seq = entry.sndNxt;
        output.ack = entry.rcvNxt;
        output.window = entry.window;
        output.timestamp = entry.timestamps;
        output.tsVal = (int) stack.now() + entry.tsOffset;
        output.tsEcr = entry.tsRecent;
        stack.segments()
                .send(
                        entry.path,
                        entry.localPort,
                        entry.remotePort,
                        output,
                        entry.tos,
                        entry.ttl,
                        entry.udpPorts(),
                        entry.md5Key);
    }

    void end(final TimeWait entry) {
        stack.timers().cancel(entry);
        unchain(entry);
        if (entry.older != null) {
            entry.older.younger = entry.younger;
        } else {
            oldest = entry.younger;
        }
        if (entry.younger != null) {
            entry.younger.older = entry.older;
        } else {
            youngest = entry.older;
        }
        size--;
        stack.ports().connectionRemoved(entry.localHigh, entry.localLow, entry.localPort);
        if (entry.socket != null) {
            entry.socket.timeWaitEnded();
        }
        entry.socket = null;
        entry.instance = null;
        entry.path = null;
        entry.md5Key = null;
        entry.older = null;
        entry.younger = null;
        entry.next = pool;
        pool = entry;
    }

    void tell(final Claims.Holder holder) {
        for (TimeWait at = oldest; at != null; at = at.younger) {
            holder.holds(at.localHigh, at.localLow, TcpHeader.PROTOCOL, at.localPort);
        }
    }

    /** Ends all of an instance's. */
    void endAll(final TcpInstance instance) {
        TimeWait at = oldest;
        while (at != null) {
            final TimeWait following = at.younger;
            if (at.instance == instance) {
                end(at);
            }
            at = following;
        }
    }

    private void unchain(final TimeWait entry) {
        final int slot = entry.hash & heads.length - 1;
        TimeWait previous = null;
        for (TimeWait at = heads[slot]; at != null; at = at.next) {
            if (at == entry) {
                if (previous == null) {
                    heads[slot] = at.next;
                } else {
                    previous.next = at.next;
                }
                return;
            }
            previous = at;
        }
    }

    private void grow() {
        final TimeWait[] old = heads;
        heads = new TimeWait[old.length * 2];
        for (TimeWait head : old) {
            while (head != null) {
                final TimeWait following = head.next;
                final int slot = head.hash & heads.length - 1;
                head.next = heads[slot];
                heads[slot] = head;
                head = following;
            }
        }
    }
}
