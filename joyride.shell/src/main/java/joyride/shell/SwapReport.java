package joyride.shell;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

    /** What was replaced since {@link #begin} at what price, a line for each price, each after a line break; waits for the second after them to be over. */
    String lines() throws InterruptedException {
        List<SwapView> since = since();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SECOND_MILLIS);
        while (since.stream().anyMatch(swap -> swap.segmentsPerSecond() < 0) && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            since = since();
        }
        // A bundle's parts change hands one after the other, and mostly at the same price.
        Map<String, List<String>> names = new LinkedHashMap<>();
        for (SwapView swap : since) {
            names.computeIfAbsent(price(swap), price -> new ArrayList<>())
                    .add(swap.kind() + " " + swap.to().replaceFirst(" .*", ""));
        }
        StringBuilder lines = new StringBuilder();
        names.forEach((price, parts) -> lines.append(System.lineSeparator())
                .append(String.join(", ", parts))
                .append(price));
        return lines.toString();
    }

    private static String price(final SwapView swap) {
        return String.format(
                Locale.ROOT,
                " of %s: %.1f ms without service%s",
                swap.where(),
                swap.pauseMicros() / 1e3,
                swap.segmentsPerSecond() < 0 ? "" : ", " + swap.segmentsPerSecond() + " segments in the second after");
    }

    private List<SwapView> since() {
        StackAdmin stack = admin.orNull();
        return stack == null
                ? List.of()
                : stack.swaps().stream().filter(swap -> swap.millis() >= begin).toList();
    }
}
