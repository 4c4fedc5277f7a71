package joyride.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import joyride.testkit.live.LiveService;
import joyride.testkit.live.Program;
import joyride.testkit.netns.Namespace;

/** A network namespace, a service in it, programs over that service, and a directory for all their files. */
public final class World implements Host, AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path directory;
    private final Namespace namespace;
    private final LiveService service;
    private final Deque<Program> programs = new ArrayDeque<>();

    private World(final Path directory, final Namespace namespace) {
        this.directory = directory;
        this.namespace = namespace;
        service = new LiveService(LiveService.command(), directory.resolve("run"), namespace.prefix());
    }

    /** With the service of the command that the system property {@code joyride.command} names, not started yet. */
    public static World create() throws IOException {
        return create(Namespace.create());
    }

    /** The same in {@code namespace}, which ends with this world. */
    public static World create(final Namespace namespace) throws IOException {
        // Short, as unix sockets' paths must be, and readable, as servers give up root.
        Path directory = Files.createTempDirectory("joyride-e2e-");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createDirectory(
                directory.resolve("run"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return new World(directory, namespace);
    }

    /** Starts the service with the distribution's configuration and waits until it answers. */
    public World start() throws IOException, InterruptedException {
        service.start(null);
        return this;
    }

    /** Starts the service with this text as its configuration of {@code joyride.core} and waits until it answers. */
    public World start(final String configuration) throws IOException, InterruptedException {
        configure(configuration);
        service.start(directory.resolve("etc"));
        return this;
    }

    /** Writes this text as the configuration of {@code joyride.core}; a running service follows it. */
    public void configure(final String configuration) throws IOException {
        Path file = folder("etc").resolve("joyride.core.cfg");
        Path written = directory.resolve("joyride.core.cfg");
        Files.writeString(written, configuration);
        Files.move(written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** A directory for one program's files, readable by all. */
    @Override
    public Path folder(final String name) throws IOException {
        Path folder = Files.createDirectories(directory.resolve(name));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        return folder;
    }

    public Namespace namespace() {
        return namespace;
    }

    public LiveService service() {
        return service;
    }

    /** Starts a program over the service, or over the kernel if the service is not running. It ends with this world. */
    @Override
    public Program launch(final String name, final String... line) throws IOException {
        Program program = Program.start(
                name, service.exec(List.of(line)), service.environment(), directory.resolve(name + ".log"));
        programs.push(program);
        return program;
    }

    /** Runs a program to its end over the service, or over the kernel if the service is not running. */
    @Override
    public Program.Result run(final Duration limit, final String... line) throws IOException, InterruptedException {
        return Program.run(service.exec(List.of(line)), service.environment(), limit);
    }

    /** Runs a program to its end on the kernel's stack, in the same namespace. */
    public Program.Result runOnKernel(final Duration limit, final String... line)
            throws IOException, InterruptedException {
        return namespace.run(limit, line);
    }

    /** Programs on the kernel's stack of {@code where}; their files are this world's, and they end with it. */
    public Host kernel(final Namespace where, final String name) {
        return new KernelHost(this, where, name);
    }

    /** Starts a program as it stands, which ends with this world. */
    Program start(final String name, final List<String> line) throws IOException {
        Program program = Program.start(name, line, Map.of(), directory.resolve(name + ".log"));
        programs.push(program);
        return program;
    }

    /** Ends a program as Ctrl-C does and waits for its end: wrk then reports. */
    public void interrupt(final Program program) throws IOException, InterruptedException {
        Program.run(List.of("kill", "-INT", Long.toString(program.pid())), Map.of(), LIMIT)
                .checked("kill");
        service.process().await("the program has ended", LIMIT, () -> !program.isAlive());
    }

    /** Ends the service at once, as a crash would: SIGKILL. */
    public void killService() throws IOException, InterruptedException {
        long pid = service.process().pid();
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        service.process().close();
    }

    @Override
    public void close() {
        programs.forEach(Program::close);
        service.close();
        namespace.close();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            System.err.println("left behind: " + directory + " (" + e.getMessage() + ")");
        }
    }
}
