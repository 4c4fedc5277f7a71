package joyride.bench.figures;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import joyride.bench.measure.Text;
import joyride.testkit.live.Program;

/** ttcp at both ends of a {@link Lane}. */
final class Ttcp {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int FIRST_PORT = 5001;
    private static final int PORTS = 20_000;
    private static final double START = 0.15;
    private static final double START_EACH = 0.05;

    private final String program;
    private final Path directory;
    private int runs;

    /** @param program compiled @param directory for what the programs write */
    Ttcp(final String program, final Path directory) {
        this.program = program;
        this.directory = directory;
    }

    /**
     * Runs {@code pairs} transmitters, each a program of its own, each with a receiver of its own, all for the same {@code seconds}.
     *
     * @param length bytes of a write and of a read
     * @return Gb/s of all together
     */
    double gigabits(final Lane lane, final int pairs, final int length, final boolean nonBlocking, final double seconds)
            throws IOException, InterruptedException {
        final List<Program> programs = new ArrayList<>();
        try {
            final int port = FIRST_PORT + (runs * 8) % PORTS;
            runs++;
            for (int i = 0; i < pairs; i++) {
                programs.add(start(lane, true, i, length, nonBlocking, "-p", text(port + i), "-B", lane.address()));
            }
            for (final Program receiver : programs) {
                receiver.await("ttcp listens", LIMIT, () -> receiver.output().contains("listening"));
            }
            final double start = System.currentTimeMillis() / 1e3 + START + START_EACH * pairs;
            final List<Program> transmitters = new ArrayList<>();
            for (int i = 0; i < pairs; i++) {
                final Program transmitter = start(
                        lane,
                        false,
                        i,
                        length,
                        nonBlocking,
                        "-p",
                        text(port + i),
                        "-T",
                        String.format(Locale.ROOT, "%.3f", seconds),
                        "-S",
                        String.format(Locale.ROOT, "%.3f", start),
                        lane.address());
                programs.add(transmitter);
                transmitters.add(transmitter);
            }
            double sum = 0;
            for (final Program transmitter : transmitters) {
                sum += megabits(transmitter, seconds);
            }
            return sum / 1e3;
        } finally {
            programs.forEach(Program::close);
        }
    }

    private static double megabits(final Program transmitter, final double seconds)
            throws IOException, InterruptedException {
        final long deadline = System.nanoTime() + LIMIT.toNanos() + (long) (seconds * 1e9);
        while (transmitter.isAlive()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("ttcp -t did not end: " + transmitter.output());
            }
            Thread.sleep(5);
        }
        return Text.number(transmitter.output(), "s, ([0-9.]+) Mb/s");
    }

    private Program start(
            final Lane lane,
            final boolean receives,
            final int index,
            final int length,
            final boolean nonBlocking,
            final String... more)
            throws IOException {
        final List<String> line = new ArrayList<>(List.of(program, receives ? "-r" : "-t", "-l", text(length)));
        if (nonBlocking) {
            line.add("-N");
        }
        line.addAll(List.of(more));
        final String name = "ttcp-" + (receives ? "r" : "t") + index;
        final Path log = directory.resolve(name + ".log");
        Files.deleteIfExists(log);
        return Program.start(name, (receives ? lane.server() : lane.client()).apply(line), Map.of(), log);
    }

    private static String text(final int number) {
        return Integer.toString(number);
    }
}
