package joyride.shell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import joyride.shell.Views.Counter;
import joyride.shell.Views.Rate;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The counters, as totals or as rates. */
@Component(service = StatsCommand.class)
@GogoCommand(scope = "joyride", function = "stats")
public final class StatsCommand {
    private static final String USAGE = "stats [-a] [-r [SECONDS]] [GROUP|NAME…]";
    private static final int LONGEST_SECONDS = 3600;

    private final Admin admin;

    /** Called by the container. */
    @Activate
    public StatsCommand(@Reference final Admin admin) {
        this.admin = admin;
    }

    /** Counters of the groups or names given. @throws InterruptedException if the session ends a measurement */
    @Descriptor("shows the counters that are not 0")
    public List<?> stats(
            @Descriptor("how much they grow in a second, measured over 1 s or the number of seconds that follows")
                    @Parameter(
                            names = {"-r", "--rates"},
                            presentValue = "true",
                            absentValue = "false")
                    final boolean rates,
            @Descriptor("those that are 0 too")
                    @Parameter(
                            names = {"-a", "--all"},
                            presentValue = "true",
                            absentValue = "false")
                    final boolean all,
            @Descriptor("groups, or parts of names; none: all") final String... filters)
            throws InterruptedException {
        Arguments.check(USAGE, filters, 0, Integer.MAX_VALUE);
        if (!rates) {
            check(filters);
            return Views.counters(select(filters).stream()
                    .filter(counter -> all || counter.value() != 0)
                    .toList());
        }
        boolean timed = filters.length > 0 && filters[0].chars().allMatch(Character::isDigit);
        int seconds = timed ? seconds(filters[0]) : 1;
        String[] named = timed ? Arrays.copyOfRange(filters, 1, filters.length) : filters;
        check(named);
        return rates(seconds, all, named);
    }

    private Table<Rate> rates(final int seconds, final boolean all, final String[] filters)
            throws InterruptedException {
        List<Counter> before = select(filters);
        long start = System.nanoTime();
        Thread.sleep(seconds * 1000L);
        List<Counter> after = select(filters);
        double elapsed = (System.nanoTime() - start) / 1e9;
        List<Rate> rows = new ArrayList<>();
        Map<String, Long> old = new TreeMap<>();
        before.forEach(counter -> old.put(counter.group() + '\0' + counter.name(), counter.value()));
        for (Counter counter : after) {
            long growth = counter.value() - old.getOrDefault(counter.group() + '\0' + counter.name(), 0L);
            if (all || growth != 0) {
                rows.add(new Rate(counter.group(), counter.name(), Math.round(growth / elapsed), counter.value()));
            }
        }
        return Views.rates(rows);
    }

    /** What is 0 is another answer than what there is not. @throws ShellException if a filter is neither a group nor part of a name */
    private void check(final String... filters) {
        Map<String, Map<String, Long>> groups = admin.get().counters();
        for (String filter : filters) {
            if (groups.entrySet().stream()
                    .noneMatch(group -> group.getValue().keySet().stream()
                            .anyMatch(name -> wanted(group.getKey(), name, filter)))) {
                throw new ShellException("no group or counter '" + filter + "'; stats -a lists all");
            }
        }
    }

    private List<Counter> select(final String[] filters) {
        List<Counter> rows = new ArrayList<>();
        admin.get()
                .counters()
                .forEach((group, counters) -> counters.forEach((name, value) -> {
                    if (wanted(group, name, filters)) {
                        rows.add(new Counter(group, name, value));
                    }
                }));
        return rows;
    }

    private static boolean wanted(final String group, final String name, final String... filters) {
        return filters.length == 0
                || Arrays.stream(filters).anyMatch(filter -> group.equals(filter) || name.contains(filter));
    }

    private static int seconds(final String text) {
        try {
            int seconds = Integer.parseInt(text);
            if (seconds >= 1 && seconds <= LONGEST_SECONDS) {
                return seconds;
            }
        } catch (NumberFormatException e) {
            // Too long for an int: out of range as well.
        }
        throw new ShellException(2, "cannot measure over " + text + " s; from 1 to " + LONGEST_SECONDS);
    }
}
