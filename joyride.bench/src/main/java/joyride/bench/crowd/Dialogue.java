package joyride.bench.crowd;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program that answers each line with a line. */
final class Dialogue implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;
    private final PrintStream in;

    Dialogue(final List<String> line) throws IOException {
        process = new ProcessBuilder(line).redirectErrorStream(true).start();
        out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        in = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    void order(final String line) {
        in.println(line);
    }

    /** The next line, which has to begin with {@code word}. */
    String answer(final String word) throws IOException {
        final String line = out.readLine();
        if (line == null || !line.startsWith(word)) {
            throw new IllegalStateException("a program of the crowd said '" + line + "' in place of '" + word + "'");
        }
        return line;
    }

    /** Process ids: the program's, and of what it started. */
    List<Long> pids() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .map(ProcessHandle::pid)
                .toList();
    }

    /** Ends it and what it started at once. */
    void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /** Ends with its standard input; at once if that takes long. */
    @Override
    public void close() {
        in.close();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (final InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
