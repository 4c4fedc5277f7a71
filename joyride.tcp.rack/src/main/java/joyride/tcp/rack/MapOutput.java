package joyride.tcp.rack;

import joyride.api.tcp.Reno;
import joyride.api.tcp.SendMap;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpTimer;
import joyride.tcp.base.OutputEngine;
import joyride.tcp.base.Timers;
import joyride.tcp.base.Transmission;

/** What goes next: what is lost, in the order of its numbers, then new data, as far as the windows, the pace and the map leave room. */
final class MapOutput {
    private MapOutput() {}

    /** Sends at most one segment. @return whether there may be another */
    static boolean step(
            final RackTcp tcp,
            final TcpControlBlock tcb,
            final boolean idle,
            final int space,
            final int available,
            final int size,
            final int blocks) {
        final SendMap map = tcb.sendMap;
        if (tcb.is(TcpControlBlock.FORCEDATA)) {
            if (tcb.sndWnd == 0) {
                return probeWindow(tcp, tcb, idle, space, available, size, blocks);
            }
            Timers.stop(tcb, TcpTimer.PERSIST);
            tcb.rxtShift = 0;
        }
        final int offset = tcb.sndNxt - tcb.sndUna;
        if (tcb.sndWnd == 0
                && offset > 0
                && available > 0
                && (offset < available || map.lostBytes > 0)
                && !tcb.timerActive(TcpTimer.PERSIST)) {
            windowClosed(tcp, tcb);
        }
        final boolean waiting = map.lostBytes > 0 || offset < available;
        if (waiting && Pace.holds(tcb, map)) {
            return OutputEngine.send(tcp, tcb, idle, space, available, size, blocks, 0);
        }
        final int pipe = Math.max(Reno.pipe(tcb), 0);
        final int room = tcb.sndCwnd - pipe;
        if (!waiting && room >= size) {
            Goodput.limited(map);
        }
        final int lost = map.firstLost();
        if (lost != SendMap.NONE) {
            // Nothing in flight, or without SACK the fast retransmission: it goes whatever cwnd says (RFC 5681 §3.2).
            final boolean must =
                    pipe == 0 || !tcb.is(TcpControlBlock.SACK_PERMIT) && tcb.is(TcpControlBlock.FASTRECOVERY);
            final int least = must ? Math.max(room, size) : room;
            return retransmit(tcp, tcb, lost, least, space, available, size, blocks)
                    || OutputEngine.send(tcp, tcb, idle, space, available, size, blocks, 0);
        }
        int length = Math.max(Math.min(available, tcb.sndWnd) - offset, 0);
        if (length > 0 && !map.hasRoom() && !tcb.host.growSendMap(tcb)) {
            tcb.host.count(TcpCounter.RACK_MAP_LIMITED);
            length = 0;
        }
        if (length > room) {
            // In recovery less than a segment of room waits for the next acknowledgement.
            final boolean split = !tcb.is(TcpControlBlock.FASTRECOVERY) || Math.min(length, size) <= room;
            length = split ? Math.max(room, 0) : 0;
        }
        final int unit = length > size ? Pace.unit(tcb, map, size) : length;
        final boolean part = length > unit;
        final int before = tcb.sndNxt;
        return OutputEngine.send(tcp, tcb, idle, space, available, size, blocks, part ? unit : length)
                || part && tcb.sndNxt != before;
    }

    /** The peer took its window back while data was out: from here on the persist timer probes, and what was out goes again. */
    private static void windowClosed(final RackTcp tcp, final TcpControlBlock tcb) {
        Detection.allLost(tcb);
        Timers.stop(tcb, TcpTimer.REXMT);
        tcb.rxtShift = 0;
        Timers.startPersist(tcp, tcb);
    }

    /** A byte that the peer has no room for: the first that is not acknowledged, or the next. */
    private static boolean probeWindow(
            final RackTcp tcp,
            final TcpControlBlock tcb,
            final boolean idle,
            final int space,
            final int available,
            final int size,
            final int blocks) {
        final SendMap map = tcb.sendMap;
        if (map.count() == 0) {
            final int left = Math.max(available - (tcb.sndNxt - tcb.sndUna), 0);
            return OutputEngine.send(tcp, tcb, idle, space, available, size, blocks, Math.min(left, 1));
        }
        map.times[map.slot(0)]++;
        Transmission.again(tcp, tcb, tcb.sndUna, Math.min(available, 1), space, available, blocks);
        return false;
    }

    /** @return whether it went out */
    private static boolean retransmit(
            final RackTcp tcp,
            final TcpControlBlock tcb,
            final int index,
            final int room,
            final int space,
            final int available,
            final int size,
            final int blocks) {
        final SendMap map = tcb.sendMap;
        final int slot = map.slot(index);
        final int start = map.start[slot];
        final int allowed = tcb.sndUna + tcb.sndWnd - start;
        final int whole = map.end[slot] - start;
        // A FIN at the end of the window needs no room there.
        final int length = Math.min(whole, size);
        if (length > room || length > allowed && available > start - tcb.sndUna) {
            if (allowed <= 0 || allowed >= length || allowed > room) {
                return false;
            }
            return cut(tcb, index, start + allowed) && again(tcp, tcb, slot, space, available, size, blocks);
        }
        return (whole == length || cut(tcb, index, start + length))
                && again(tcp, tcb, slot, space, available, size, blocks);
    }

    private static boolean cut(final TcpControlBlock tcb, final int index, final int seq) {
        final SendMap map = tcb.sendMap;
        return map.split(index, seq) || tcb.host.growSendMap(tcb) && map.split(index, seq);
    }

    /** Sends an entry, of a segment at most, once more. @return whether it went out */
    static boolean again(
            final RackTcp tcp,
            final TcpControlBlock tcb,
            final int slot,
            final int space,
            final int available,
            final int size,
            final int blocks) {
        final SendMap map = tcb.sendMap;
        final int seq = map.start[slot];
        final int length = map.end[slot] - seq;
        final boolean wasLost = (map.mark[slot] & SendMap.LOST) != 0;
        // It may end with the FIN, which is no byte of the stream.
        final int data = Math.min(Math.min(length, size), available - (seq - tcb.sndUna));
        if (tcb.timerActive(TcpTimer.PERSIST)) {
            Timers.stop(tcb, TcpTimer.PERSIST);
            tcb.rxtShift = 0;
        }
        // Whatever is timed is not to be timed by this one's acknowledgement (RFC 6298 §3).
        tcb.rttTime = 0;
        if (!Transmission.again(tcp, tcb, seq, data, space, available, blocks)) {
            return false;
        }
        map.resent(slot, tcb.host.nowMicros());
        if (tcb.is(TcpControlBlock.FASTRECOVERY)) {
            tcb.prrOut += length;
            if (wasLost) {
                tcb.host.count(TcpCounter.SACK_REXMITS);
                tcb.host.count(TcpCounter.SACK_REXMIT_BYTES, length);
            }
        }
        Pace.charge(tcb, map, length);
        return true;
    }

    /** {@code [seq, next)} went out at {@code sndNxt}. */
    static void sent(final TcpControlBlock tcb, final int seq, final int next) {
        final SendMap map = tcb.sendMap;
        final long now = tcb.host.nowMicros();
        if (map.count() == 0 || Seq.geq(seq, map.limit())) {
            map.append(seq, next, now);
            map.probeAt = 0;
            Pace.charge(tcb, map, next - seq);
            return;
        }
        // The FIN went along with an acknowledgement again: whose answer comes cannot be told.
        final int index = map.find(seq);
        if (index < map.count()) {
            map.times[map.slot(index)]++;
        }
    }
}
