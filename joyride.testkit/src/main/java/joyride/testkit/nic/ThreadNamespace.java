package joyride.testkit.nic;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import joyride.linux.Libc;
import joyride.linux.SystemError;

/** Runs something on a thread in a network namespace of its own, which goes with the thread and its sockets. */
public final class ThreadNamespace {
    private static final int CLONE_NEWNET = 0x4000_0000;
    private static final MethodHandle UNSHARE = Libc.call("unshare", Libc.INT, Libc.INT);

    /** What runs there. */
    @FunctionalInterface
    public interface Body {
        void run() throws Exception;
    }

    private ThreadNamespace() {}

    /**
     * Runs {@code body} and waits for its end; what it throws is thrown.
     *
     * @return null, or why no namespace could be made, so that nothing ran
     */
    public static String run(final Body body) throws Exception {
        final AtomicReference<Throwable> thrown = new AtomicReference<>();
        final AtomicReference<String> refused = new AtomicReference<>();
        final Thread thread = Thread.ofPlatform().name("namespace").start(() -> {
            try {
                final int failed = unshare();
                if (failed < 0) {
                    refused.set("a network namespace needs root: " + SystemError.text(-failed));
                } else {
                    ip("link set lo up");
                    body.run();
                }
            } catch (final Throwable e) {
                thrown.set(e);
            }
        });
        thread.join();
        switch (thrown.get()) {
            case null -> {}
            case Error error -> throw error;
            case Exception exception -> throw exception;
            case Throwable other -> throw new IllegalStateException(other);
        }
        return refused.get();
    }

    /**
     * Puts the calling thread into a network namespace of its own for good, and with it the threads that it starts.
     *
     * @return null, or why not
     */
    public static String enter() throws IOException, InterruptedException {
        final int failed = unshare();
        if (failed < 0) {
            return "a network namespace needs root: " + SystemError.text(-failed);
        }
        ip("link set lo up");
        return null;
    }

    private static int unshare() {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) UNSHARE.invokeExact(errno, CLONE_NEWNET));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Runs ip(8) in this thread's namespace. */
    public static String ip(final String arguments) throws IOException, InterruptedException {
        return command("ip " + arguments);
    }

    /** Runs a command in this thread's namespace; it must succeed. */
    public static String command(final String line) throws IOException, InterruptedException {
        final Process process =
                new ProcessBuilder(line.split(" +")).redirectErrorStream(true).start();
        process.getOutputStream().close();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(line + ": " + output);
        }
        return output;
    }
}
