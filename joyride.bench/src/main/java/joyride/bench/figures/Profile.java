package joyride.bench.figures;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import joyride.bench.measure.Spent;
import joyride.testkit.live.Program;

/**
 * Where a running service's event loop spends its CPU time: JFR's CPU-time samples (JEP 509), a millisecond apart where the machine's timers can, for the shares, and the
 * thread's own run time for the sum.
 */
final class Profile {
    private static final String SETTINGS = """
            <?xml version="1.0" encoding="UTF-8"?>
            <configuration version="2.0">
              <event name="jdk.CPUTimeSample">
                <setting name="enabled">true</setting>
                <setting name="stackTrace">true</setting>
                <setting name="throttle">1ms</setting>
              </event>
            </configuration>
            """;
    private static final String LOOP = "joyride-loop-";
    private final long pid;
    private final Path file;
    private Map<Long, Spent> before;

    private Profile(final long pid, final Path file) {
        this.pid = pid;
        this.file = file;
    }

    /** Begins to sample process {@code pid}. */
    static Profile begin(final long pid, final Path file) throws IOException, InterruptedException {
        final Profile profile = new Profile(pid, file);
        Files.deleteIfExists(file);
        final Path settings = file.resolveSibling("figures.jfc");
        Files.writeString(settings, SETTINGS);
        profile.jcmd("JFR.start", "name=figures", "settings=" + settings);
        profile.before = Spent.threads(pid);
        return profile;
    }

    /** Ends it. @return ns of CPU time by layer */
    Map<Layer, Double> end() throws IOException, InterruptedException {
        final Map<Long, Spent> after = Spent.threads(pid);
        jcmd("JFR.stop", "name=figures", "filename=" + file);
        final Map<Layer, Long> samples = new EnumMap<>(Layer.class);
        long all = 0;
        long thread = 0;
        for (final RecordedEvent event : RecordingFile.readAllEvents(file)) {
            if (event.getEventType().getName().equals("jdk.CPUTimeSample")
                    && event.getThread("eventThread") != null
                    && String.valueOf(event.getThread("eventThread").getJavaName())
                            .startsWith(LOOP)
                    && event.getStackTrace() != null) {
                samples.merge(
                        Layer.of(event.getStackTrace().getFrames().stream()
                                .map(frame -> new Layer.Frame(
                                        frame.getMethod().getType().getName(),
                                        frame.getMethod().getName()))
                                .toList()),
                        1L,
                        Long::sum);
                thread = event.getThread("eventThread").getOSThreadId();
                all++;
            }
        }
        if (all == 0) {
            throw new IllegalStateException(
                    "JFR has no CPU-time sample of the event loop: a JDK before 25, or not Linux");
        }
        final double nanos = after.get(thread).run()
                - (before.containsKey(thread) ? before.get(thread).run() : 0);
        final Map<Layer, Double> cost = new EnumMap<>(Layer.class);
        for (final Layer layer : Layer.values()) {
            cost.put(layer, nanos * samples.getOrDefault(layer, 0L) / all);
        }
        return cost;
    }

    private void jcmd(final String... command) throws IOException, InterruptedException {
        final List<String> line = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(pid)));
        line.addAll(List.of(command));
        Program.run(line, Map.of(), Duration.ofSeconds(30)).checked(command[0]);
    }
}
