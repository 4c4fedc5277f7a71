package joyride.testkit.live;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the kernel's own TCP did in this network namespace (RFC 4022's counters in /proc/net/snmp, Linux's in /proc/net/netstat): the proof from outside that
 * bytes did not go by the kernel.
 *
 * @param outSegments segments sent
 * @param activeOpens connections opened
 * @param handshakesAgain SYNs and SYN-ACKs sent again
 */
public record KernelCounters(long outSegments, long activeOpens, long handshakesAgain) {
    /** The counters now, of this process's network namespace. */
    public static KernelCounters now() throws IOException {
        return of(ProcessHandle.current().pid());
    }

    /** The counters now, of {@code pid}'s network namespace. */
    public static KernelCounters of(final long pid) throws IOException {
        return new KernelCounters(
                counter(pid, "snmp", "Tcp:", "OutSegs"),
                counter(pid, "snmp", "Tcp:", "ActiveOpens"),
                counter(pid, "netstat", "TcpExt:", "TCPSynRetrans"));
    }

    /** A file has a line of names and one of values for each group. */
    private static long counter(final long pid, final String file, final String group, final String name)
            throws IOException {
        final List<String> lines = Files.readAllLines(Path.of("/proc/" + pid + "/net/" + file)).stream()
                .filter(line -> line.startsWith(group))
                .toList();
        final int at = List.of(lines.get(0).split(" ")).indexOf(name);
        return Long.parseLong(lines.get(1).split(" ")[at]);
    }

    public KernelCounters since(final KernelCounters earlier) {
        return new KernelCounters(
                outSegments - earlier.outSegments,
                activeOpens - earlier.activeOpens,
                handshakesAgain - earlier.handshakesAgain);
    }
}
