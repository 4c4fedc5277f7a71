package joyride.testkit.live;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A service of its own, started by the command {@code joyride run} in a run-time directory of its own and ended by its
 * process id.
 */
public final class LiveService implements AutoCloseable {
    private static final Duration READY = Duration.ofSeconds(60);
    private static final Duration WARM = Duration.ofSeconds(90);

    /** An update rehearses twice, and gives way to whoever is served: some 25 s on a busy machine for each part in service. */
    private static final Duration COMMAND = Duration.ofSeconds(120);

    private final String command;
    private final Path directory;
    private final List<String> prefix;
    private final Map<String, String> more;
    private Program process;
    private List<String> layer;

    /**
     * @param command the {@code joyride} command
     * @param directory of this service alone; made if missing
     */
    public LiveService(final String command, final Path directory) {
        this(command, directory, List.of());
    }

    /** @param prefix what stands before the command, as the program that enters another namespace */
    public LiveService(final String command, final Path directory, final List<String> prefix) {
        this(command, directory, prefix, Map.of());
    }

    /** @param environment beyond the run-time directory, such as {@code JOYRIDE_JVM_OPTIONS} */
    public LiveService(
            final String command,
            final Path directory,
            final List<String> prefix,
            final Map<String, String> environment) {
        this.command = command;
        this.directory = directory;
        this.prefix = List.copyOf(prefix);
        more = Map.copyOf(environment);
    }

    /** The command as the system property {@code joyride.command} names it. */
    public static String command() {
        final String command = System.getProperty("joyride.command");
        if (command == null) {
            throw new IllegalStateException(
                    "joyride.command is not set; give the path of the command, -Djoyride.command=…/joyride");
        }
        return command;
    }

    /** Starts the service with configuration files from {@code etc} (null: the distribution's) and waits until it answers. */
    public LiveService start(final Path etc) throws IOException, InterruptedException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        final List<String> line = new ArrayList<>(prefix);
        line.addAll(List.of(command, "run"));
        if (etc != null) {
            line.add("--etc");
            line.add(etc.toString());
        }
        process = Program.start("service", line, environment(), directory.resolve("service.log"));
        process.await("the service answers", READY, () -> {
            if (!Files.exists(directory.resolve("attach.sock")) || !Files.exists(directory.resolve("shell.sock"))) {
                return false;
            }
            return run("joyride:instances").exitCode() == 0;
        });
        return this;
    }

    /** Waits until replacement code is compiled ({@code joyride:status} says warm). */
    public LiveService awaitWarm() throws IOException, InterruptedException {
        process.await(
                "the service is warm",
                WARM,
                () -> run("joyride:status").output().contains("warm: true"));
        return this;
    }

    /** Runs one command of the console: in this process, or by the command where this process is not its user or nobody answers. */
    public Program.Result run(final String console) throws IOException, InterruptedException {
        final Path socket = directory.resolve("shell.sock");
        if (Console.answersUs(socket)) {
            try {
                return Console.run(socket, console, COMMAND);
            } catch (final IOException e) {
                if (Thread.interrupted()) {
                    throw new InterruptedException(e.getMessage());
                }
            }
        }
        return runByCommand(console);
    }

    /** Runs one command of the console by the command that a user types. */
    public Program.Result runByCommand(final String console) throws IOException, InterruptedException {
        // Behind the prefix, since it may make another user of the service, and the console answers its own user alone.
        final List<String> line = new ArrayList<>(prefix);
        line.addAll(List.of(command, "shell", "-c", console));
        return Program.run(line, environment(), COMMAND);
    }

    /** Runs one command of the console; its output, or an exception with what it said. */
    public String shell(final String console) throws IOException, InterruptedException {
        final Program.Result result = run(console);
        if (result.exitCode() != 0) {
            throw new IllegalStateException(
                    "'" + console + "' ended with " + result.exitCode() + ": " + result.output());
        }
        return result.output();
    }

    /** The command line that runs {@code program} over this service. */
    public List<String> exec(final List<String> program) {
        final List<String> line = new ArrayList<>(prefix);
        line.addAll(List.of(command, "exec", "--"));
        line.addAll(program);
        return line;
    }

    /**
     * The same without the command's own start-up, for measurements: the layer's path and the attach socket as the command
     * would set them.
     */
    public List<String> withLayer(final List<String> program) {
        if (layer == null) {
            layer = layerOf(exec(List.of("env")));
        }
        final List<String> line = new ArrayList<>(prefix);
        line.add("env");
        line.addAll(layer);
        line.addAll(program);
        return line;
    }

    private List<String> layerOf(final List<String> env) {
        try {
            return Program.run(env, environment(), Duration.ofSeconds(30))
                    .checked("joyride exec -- env")
                    .lines()
                    .filter(line -> line.startsWith("LD_PRELOAD=") || line.startsWith("JOYRIDE_ATTACH="))
                    .toList();
        } catch (final IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** The environment in which the command finds this service. */
    public Map<String, String> environment() {
        final Map<String, String> all = new HashMap<>(more);
        all.put("JOYRIDE_RUN", directory.toString());
        return all;
    }

    public Program process() {
        return process;
    }

    /** The service's own process: not those that its script starts beside it. */
    public long pid() throws IOException {
        return Long.parseLong(Files.readString(directory.resolve("service.pid")).strip());
    }

    public Path directory() {
        return directory;
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
    }
}
