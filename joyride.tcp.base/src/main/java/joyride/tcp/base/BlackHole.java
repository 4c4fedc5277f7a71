package joyride.tcp.base;

import joyride.api.net.IpAddress;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpTunables;

/**
 * Paths that drop large packets and do not say so (RFC 2923 §2.1): after two losses of the same segment smaller ones are tried, after two
 * more still smaller ones, after two more the old size again (net.inet.tcp.pmtud_blackhole_detection).
 */
public final class BlackHole {
    private static final int FIRST = 2;
    private static final int SECOND = 4;
    private static final int LAST = 6;

    private BlackHole() {}

    /** The retransmission timer expired, {@code rxtShift} times in a row by now. */
    public static void timeout(final TcpControlBlock tcb) {
        final TcpTunables tunables = tcb.host.tunables();
        final boolean v4 = IpAddress.isV4(tcb.remoteHigh, tcb.remoteLow);
        final int wanted = tunables.pmtudBlackholeDetection;
        if (wanted == 0 || wanted == 2 && !v4 || wanted == 3 && v4 || tunables.pathMtuDiscovery == 0) {
            return;
        }
        if (tcb.rxtShift == FIRST || tcb.rxtShift == SECOND) {
            final int lower = v4 ? tunables.pmtudBlackholeMss : tunables.v6PmtudBlackholeMss;
            final int least = v4 ? tunables.mssDefault : tunables.v6MssDefault;
            final int size = tcb.rxtShift == FIRST && tcb.maxSeg > lower ? lower : least;
            if (size < tcb.maxSeg) {
                if (tcb.savedMaxSeg == 0) {
                    tcb.savedMaxSeg = tcb.maxSeg;
                }
                tcb.maxSeg = size;
                tcb.sndCwnd = tcb.segmentSize();
            }
        } else if (tcb.rxtShift >= LAST && tcb.savedMaxSeg != 0) {
            // Size was not the trouble.
            tcb.maxSeg = tcb.savedMaxSeg;
            tcb.savedMaxSeg = 0;
            tcb.sndCwnd = tcb.segmentSize();
        }
    }
}
