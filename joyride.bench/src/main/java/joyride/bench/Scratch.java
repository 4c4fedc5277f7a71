package joyride.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import joyride.testkit.live.Program;

/** A directory for everything that a benchmark writes, readable by all, as servers give up root. */
record Scratch(Path directory) implements AutoCloseable {
    Scratch() throws IOException {
        this(Files.createTempDirectory("joyride-bench"));
        directory.toFile().setExecutable(true, false);
        directory.toFile().setReadable(true, false);
    }

    /** Compiles the ping-pong program. @return its path */
    String pingPong() throws IOException, InterruptedException {
        final Path source = directory.resolve("pingpong.c");
        try (var in = Scratch.class.getResourceAsStream("/pingpong.c")) {
            Files.copy(in, source);
        }
        final Path program = directory.resolve("pingpong");
        Program.run(
                        List.of("gcc", "-O2", "-Wall", "-o", program.toString(), source.toString()),
                        Map.of(),
                        Duration.ofMinutes(1))
                .checked("gcc pingpong.c");
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
