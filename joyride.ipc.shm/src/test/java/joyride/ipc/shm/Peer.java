package joyride.ipc.shm;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The C program {@code peer.c} as a process. */
final class Peer implements AutoCloseable {
    private static final String ADDRESS = "127.77.0.1";

    final Process process;
    private final BufferedReader output;

    private Peer(final Process process) {
        this.process = process;
        output = process.inputReader();
    }

    /** Compiles the program into {@code scratch}. */
    static Path compile(final Path scratch) throws IOException, InterruptedException {
        final Path binary = scratch.resolve("peer");
        final Process gcc = new ProcessBuilder(
                        "gcc",
                        "-std=gnu17",
                        "-O2",
                        "-Wall",
                        "-Wextra",
                        "-Werror",
                        "-I../joyride.libc/include",
                        "-o",
                        binary.toString(),
                        "src/test/c/peer.c")
                .inheritIO()
                .start();
        if (gcc.waitFor() != 0) {
            throw new IOException("gcc failed on peer.c");
        }
        return binary;
    }

    static Peer start(final Path binary, final Path attach, final String verb, final int port, final String... more)
            throws IOException {
        final List<String> command =
                new ArrayList<>(List.of(binary.toString(), attach.toString(), verb, ADDRESS, String.valueOf(port)));
        command.addAll(List.of(more));
        return new Peer(new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** The next line that it prints; null at the end. */
    String line() throws IOException {
        return output.readLine();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
