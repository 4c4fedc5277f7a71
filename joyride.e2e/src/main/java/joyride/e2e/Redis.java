package joyride.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import joyride.testkit.live.Program;

/** An unmodified Redis. */
public record Redis(Program program, Host host, String address, int port) {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** Starts it and waits until it accepts connections. */
    public static Redis start(final Host host, final String address, final int port)
            throws IOException, InterruptedException {
        Program program = host.launch(
                "redis-" + port,
                "redis-server",
                "--bind",
                address,
                "--port",
                Integer.toString(port),
                "--save",
                "",
                "--protected-mode",
                "no",
                "--appendonly",
                "no",
                "--dir",
                host.folder("redis-" + port).toString());
        program.await("Redis accepts connections", LIMIT, () -> program.output().contains("Ready to accept"));
        return new Redis(program, host, address, port);
    }

    /** Runs redis-cli. */
    public String cli(final String... command) throws IOException, InterruptedException {
        return run(Duration.ofSeconds(30), "redis-cli", command).checked("redis-cli " + String.join(" ", command));
    }

    /** Runs redis-benchmark to its end. */
    public Program.Result benchmark(final Duration limit, final String... options)
            throws IOException, InterruptedException {
        return run(limit, "redis-benchmark", options);
    }

    private Program.Result run(final Duration limit, final String program, final String... arguments)
            throws IOException, InterruptedException {
        return host.run(limit, line(program, arguments));
    }

    /** The command line of a client of it. */
    public String[] line(final String client, final String... arguments) {
        List<String> line = new ArrayList<>(List.of(client, "-h", address, "-p", Integer.toString(port)));
        line.addAll(List.of(arguments));
        return line.toArray(String[]::new);
    }
}
