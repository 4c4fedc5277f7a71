package joyride.testkit.live;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the kernel's own TCP did in this network namespace (RFC 4022's counters in /proc/net/snmp): the proof from outside that
 * bytes did not go by the kernel.
 *
 * @param outSegments segments sent
 * @param activeOpens connections opened
 */
public record KernelCounters(long outSegments, long activeOpens) {
    /** The counters now, of this process's network namespace. */
    public static KernelCounters now() throws IOException {
        return of(ProcessHandle.current().pid());
    }

    /** The counters now, of {@code pid}'s network namespace. */
    public static KernelCounters of(final long pid) throws IOException {
        final List<String> tcp = Files.readAllLines(Path.of("/proc/" + pid + "/net/snmp")).stream()
                .filter(line -> line.startsWith("Tcp:"))
                .toList();
        final List<String> names = List.of(tcp.get(0).split(" "));
        final String[] values = tcp.get(1).split(" ");
        return new KernelCounters(
                Long.parseLong(values[names.indexOf("OutSegs")]), Long.parseLong(values[names.indexOf("ActiveOpens")]));
    }

    public KernelCounters since(final KernelCounters earlier) {
        return new KernelCounters(outSegments - earlier.outSegments, activeOpens - earlier.activeOpens);
    }
}
