package joyride.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import joyride.testkit.live.Program;

/** A directory for everything that a benchmark writes, readable by all, as servers give up root. */
public record Scratch(Path directory) implements AutoCloseable {
    public Scratch() throws IOException {
        this(Files.createTempDirectory("joyride-bench"));
        directory.toFile().setExecutable(true, false);
        directory.toFile().setReadable(true, false);
    }

    /** Compiles the ping-pong program. @return its path */
    public String pingPong() throws IOException, InterruptedException {
        return compile("pingpong");
    }

    /** Compiles the program NAME.c of this module's resources. @return its path */
    public String compile(final String name) throws IOException, InterruptedException {
        final Path source = directory.resolve(name + ".c");
        try (var in = Scratch.class.getResourceAsStream("/" + name + ".c")) {
            Files.copy(in, source);
        }
        final Path program = directory.resolve(name);
        Program.run(
                        List.of("gcc", "-O2", "-Wall", "-D_GNU_SOURCE", "-o", program.toString(), source.toString()),
                        Map.of(),
                        Duration.ofMinutes(1))
                .checked("gcc " + name + ".c");
        return program.toString();
    }

    @Override
    public void close() throws IOException {
        try (var files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(path -> path.toFile().delete());
        }
    }
}
