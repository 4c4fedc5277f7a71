package joyride.nic.afxdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import joyride.linux.Libc;
import joyride.linux.SystemError;

/** Runs a test on a thread in a network namespace of its own, which goes with the thread and its sockets. */
final class Namespace {
    private static final int CLONE_NEWNET = 0x4000_0000;
    private static final MethodHandle UNSHARE = Libc.call("unshare", Libc.INT, Libc.INT);

    /** A test's body. */
    interface Body {
        void run() throws Exception;
    }

    private Namespace() {}

    /** @return after the body; what it threw is thrown. Skips the test without the privilege. */
    static void run(final Body body) throws Exception {
        final AtomicReference<Throwable> thrown = new AtomicReference<>();
        final AtomicReference<String> refused = new AtomicReference<>();
        final Thread thread = Thread.ofPlatform().start(() -> {
            try {
                final int failed = unshare();
                if (failed < 0) {
                    refused.set(SystemError.text(-failed));
                } else {
                    ip("link set lo up");
                    body.run();
                }
            } catch (final Throwable e) {
                thrown.set(e);
            }
        });
        thread.join();
        assumeTrue(refused.get() == null, () -> "needs root for a network namespace: " + refused.get());
        switch (thrown.get()) {
            case null -> {}
            case Error error -> throw error;
            case Exception exception -> throw exception;
            case Throwable other -> throw new IllegalStateException(other);
        }
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
    static String ip(final String arguments) throws IOException, InterruptedException {
        return command("ip " + arguments);
    }

    /** Runs a command in this thread's namespace; it must succeed. */
    static String command(final String line) throws IOException, InterruptedException {
        final Process process =
                new ProcessBuilder(line.split(" +")).redirectErrorStream(true).start();
        process.getOutputStream().close();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> line + ": " + output);
        return output;
    }
}
