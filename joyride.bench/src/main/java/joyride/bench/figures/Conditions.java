package joyride.bench.figures;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import joyride.bench.measure.Cores;

/** What the machine was like while figures were taken: processor, frequency, pinning, noise. */
final class Conditions {
    private static final long LOOK = 300_000_000;
    private static final long GAP = 20_000;

    private final long[] begin;
    private final double loadBefore;
    private final double lostBefore;

    private final Cores cores;

    private Conditions(final long[] begin, final double loadBefore, final double lostBefore, final Cores cores) {
        this.begin = begin;
        this.cores = cores;
        this.loadBefore = loadBefore;
        this.lostBefore = lostBefore;
    }

    /** Call before the first figure; takes some tenths of a second. */
    static Conditions begin(final Cores cores) throws IOException {
        final double load = load();
        return new Conditions(processorTimes(), load, lost(), cores);
    }

    /** Lines for people; call after the last figure. */
    List<String> end() throws IOException {
        final long[] now = processorTimes();
        final long all = Arrays.stream(now).sum() - Arrays.stream(begin).sum();
        final long steal = now[7] - begin[7];
        final List<String> lines = new ArrayList<>();
        lines.add("Machine: " + Runtime.getRuntime().availableProcessors() + " cores, "
                + of(Path.of("/proc/cpuinfo"), "model name") + ", Linux " + System.getProperty("os.version")
                + ", JDK " + Runtime.version() + ", " + LocalDate.now() + ".");
        lines.add("Distance of the cores: " + cores.text() + ".");
        lines.add("Frequency: " + frequency() + ".");
        lines.add(
                "Pinning: programs and services are not pinned, the scheduler places them; the two testpmd of the ceiling have a core each;"
                        + " the two forwarding loops of figure 3 are not pinned and are measured by their own CPU time.");
        lines.add(String.format(
                "Noise: load average %.1f before the first run; a loop that does nothing but read the clock lost %.1f %% of its time to others before and"
                        + " %.1f %% after; %.1f %% of all CPU time between was stolen by the hypervisor.",
                loadBefore, lostBefore * 100, lost() * 100, all == 0 ? 0 : steal * 100.0 / all));
        return lines;
    }

    private static double load() throws IOException {
        return Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
    }

    /** user, nice, system, idle, iowait, irq, softirq, steal of all cores, ticks (proc_stat(5)). */
    private static long[] processorTimes() throws IOException {
        return Arrays.stream(Files.readAllLines(Path.of("/proc/stat"))
                        .getFirst()
                        .strip()
                        .split(" +"))
                .skip(1)
                .limit(8)
                .mapToLong(Long::parseLong)
                .toArray();
    }

    /** The share of this thread's time that went into gaps between two looks at the clock. */
    private static double lost() {
        final long begin = System.nanoTime();
        long last = begin;
        long gaps = 0;
        while (last - begin < LOOK) {
            final long now = System.nanoTime();
            if (now - last > GAP) {
                gaps += now - last;
            }
            last = now;
        }
        return (double) gaps / (last - begin);
    }

    private static String frequency() throws IOException {
        final Path governor = Path.of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
        final String now = of(Path.of("/proc/cpuinfo"), "cpu MHz") + " MHz says /proc/cpuinfo";
        return Files.exists(governor)
                ? now + ", governor " + Files.readString(governor).strip()
                : now + "; the machine shows no cpufreq, so it can be neither set nor watched";
    }

    private static String of(final Path file, final String key) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }
}
