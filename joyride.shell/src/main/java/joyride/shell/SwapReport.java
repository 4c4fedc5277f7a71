package joyride.shell;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import joyride.api.admin.StackAdmin;
import joyride.api.admin.StackAdmin.SwapView;

/** What the parts that a command replaced cost: the pause of each, and what the service carried in the second after it. */
final class SwapReport {
    private static final long SECOND_MILLIS = 1_300;
    private static final long LOOK_MILLIS = 50;

    private final Admin admin;
    private final long begin = System.currentTimeMillis();

    private SwapReport(final Admin admin) {
        this.admin = admin;
    }

    /** Begins before the command does anything. */
    static SwapReport begin(final Admin admin) {
        return new SwapReport(admin);
    }

    /** A line for each replacement since {@link #begin}, each after a line break; waits for the second after them to be over. */
    String lines() throws InterruptedException {
        List<SwapView> since = since();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SECOND_MILLIS);
        while (since.stream().anyMatch(swap -> swap.segmentsPerSecond() < 0) && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            since = since();
        }
        StringBuilder lines = new StringBuilder();
        for (SwapView swap : since) {
            lines.append(String.format(
                    Locale.ROOT,
                    "%n%s of %s: %.1f ms without service%s",
                    swap.kind(),
                    swap.where(),
                    swap.pauseMicros() / 1e3,
                    swap.segmentsPerSecond() < 0
                            ? ""
                            : ", " + swap.segmentsPerSecond() + " segments in the second after"));
        }
        return lines.toString();
    }

    private List<SwapView> since() {
        StackAdmin stack = admin.orNull();
        return stack == null
                ? List.of()
                : stack.swaps().stream().filter(swap -> swap.millis() >= begin).toList();
    }
}
