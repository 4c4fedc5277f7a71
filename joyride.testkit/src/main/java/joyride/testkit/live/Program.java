package joyride.testkit.live;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A process that was started here and ends here, by its process id, with everything that it started. */
public final class Program implements AutoCloseable {
    private static final long POLL_MILLIS = 20;

    private final String name;
    private final Process process;
    private final Path log;

    private Program(final String name, final Process process, final Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /** Starts a program whose output goes to {@code log}. */
    public static Program start(
            final String name, final List<String> line, final Map<String, String> environment, final Path log)
            throws IOException {
        final ProcessBuilder builder = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        return new Program(name, builder.start(), log);
    }

    /** This process's class path for another JVM that may run in another directory. */
    public static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Runs a program to its end; one that takes longer than {@code limit} is ended and reported with exit code -1. */
    public static Result run(final List<String> line, final Map<String, String> environment, final Duration limit)
            throws IOException, InterruptedException {
        final Path output = Files.createTempFile("joyride-program", ".out");
        try (Program program = start(line.getFirst(), line, environment, output)) {
            final boolean ended = program.process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            return new Result(ended ? program.process.exitValue() : -1, program.output());
        } finally {
            Files.deleteIfExists(output);
        }
    }

    /** Waits until {@code condition} holds; fails when the program ends first or {@code limit} passes. */
    public void await(final String what, final Duration limit, final Condition condition)
            throws IOException, InterruptedException {
        final long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.holds()) {
            if (!process.isAlive()) {
                throw new IllegalStateException(
                        name + " ended with " + process.exitValue() + " before " + what + ":\n" + output());
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        what + ": not within " + limit.toSeconds() + " s; its output:\n" + output());
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    /** This process and all that it started and that still run. */
    public List<Long> pids() {
        return java.util.stream.Stream.concat(
                        java.util.stream.Stream.of(process.pid()),
                        process.descendants().map(ProcessHandle::pid))
                .toList();
    }

    /** What it wrote so far. */
    public String output() throws IOException {
        return Files.exists(log) ? Files.readString(log, StandardCharsets.UTF_8) : "";
    }

    /** Ends it and what it started: SIGTERM, and SIGKILL after 10 s. */
    @Override
    public void close() {
        final List<ProcessHandle> all = java.util.stream.Stream.concat(
                        process.descendants(), java.util.stream.Stream.of(process.toHandle()))
                .toList();
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        all.forEach(ProcessHandle::destroyForcibly);
    }

    /** What to wait for. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    /**
     * How a program ended.
     *
     * @param exitCode its exit code; -1: it was ended because it took too long
     * @param output what it wrote to standard output and error
     */
    public record Result(int exitCode, String output) {
        /** The output, if it ended with 0. */
        public String checked(final String what) {
            if (exitCode != 0) {
                throw new IllegalStateException(what + " ended with " + exitCode + ": " + output);
            }
            return output;
        }
    }
}
