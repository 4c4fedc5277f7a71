package joyride.bench.figures;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import joyride.testkit.live.Program;

/** Whether DPDK's library and testpmd are here. */
public final class Dpdk {
    /** What to tell where {@link #isThere} says no. */
    public static final String NO_LIBRARY = "no DPDK: apt-get install librte-meta-all";

    /** What to tell where {@link #hasTestPmd} says no. */
    static final String NO_TESTPMD = "no dpdk-testpmd: apt-get install dpdk-dev";

    private Dpdk() {}

    public static boolean isThere() throws InterruptedException {
        return runs("sh", "-c", "PATH=$PATH:/usr/sbin:/sbin ldconfig -p | grep -Eq 'librte_ethdev\\.so\\.(23|24|25) '");
    }

    static boolean hasTestPmd() throws InterruptedException {
        return runs("sh", "-c", "command -v dpdk-testpmd");
    }

    private static boolean runs(final String... line) throws InterruptedException {
        try {
            return Program.run(List.of(line), Map.of(), Duration.ofSeconds(10)).exitCode() == 0;
        } catch (final IOException e) {
            return false;
        }
    }
}
