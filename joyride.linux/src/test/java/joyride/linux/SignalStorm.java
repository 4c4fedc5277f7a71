package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/** Signals for one thread, one after the other without a pause, as a process has them whom the kernel tells of each frame by one. */
public final class SignalStorm implements AutoCloseable {
    private static final int SIGURG = 23;
    private static final MethodHandle SELF = Libc.plain("pthread_self", LONG);
    private static final MethodHandle KILL = Libc.plain("pthread_kill", INT, LONG, INT);
    private static final MethodHandle SIGNAL = Libc.call("signal", LONG, INT, LONG);

    private final Thread sender;
    private volatile boolean over;
    private volatile long sent;

    /** Begins; for the calling thread, which closes it. */
    public SignalStorm() {
        final long thread = self();
        // A function that may run in a handler and changes nothing; the virtual machine's own way would start a thread
        // for each signal.
        handle(Linker.nativeLinker().defaultLookup().findOrThrow("getppid").address());
        sender = new Thread(() -> send(thread), "storm");
        sender.start();
        while (sent == 0) {
            Thread.onSpinWait();
        }
    }

    private void send(final long thread) {
        while (!over) {
            try {
                SystemError.check("pthread_kill", -(int) KILL.invokeExact(thread, SIGURG));
            } catch (final Throwable e) {
                throw Libc.unexpected(e);
            }
            sent++;
        }
    }

    private static void handle(final long function) {
        try {
            SystemError.check(
                    "signal", Libc.result(Libc.errno(), (long) SIGNAL.invokeExact(Libc.errno(), SIGURG, function)));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    private static long self() {
        try {
            return (long) SELF.invokeExact();
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** How many signals there were until now. */
    public long sent() {
        return sent;
    }

    @Override
    public void close() {
        over = true;
        while (sender.isAlive()) {
            Thread.onSpinWait();
        }
        handle(0);
    }
}
