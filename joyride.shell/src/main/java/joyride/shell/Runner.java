package joyride.shell;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CancellationException;
import joyride.api.admin.AdminException;
import joyride.shell.protocol.Frame;
import joyride.shell.protocol.FrameWriter;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;

/**
 * Runs one command line after another in a Gogo session and turns each into output and an exit status. Gogo writes through
 * channels that an interrupt closes for good, so after one the session goes on in a new one with the same variables.
 */
final class Runner {
    private static final System.Logger LOG = System.getLogger(Runner.class.getName());
    private static final String PIPE_EXCEPTION = "pipe-exception";
    private static final int USAGE = 2;
    private static final int NOT_FOUND = 127;
    static final int INTERRUPTED = 130;

    private static final String VARIABLES = ".variables";

    private final CommandProcessor processor;
    private final FrameWriter frames;

    /** Sessions in which a command goes on that took no notice of its interrupt. */
    private final List<CommandSession> left = new ArrayList<>();

    private volatile CommandSession session;
    private FrameOutput out;
    private FrameOutput err;
    private volatile int width;
    private volatile boolean interrupted;

    Runner(final CommandProcessor processor, final FrameWriter frames) {
        this.processor = processor;
        this.frames = frames;
        session = open();
        session.put("SCOPE", "joyride:felix:gogo:*");
    }

    private CommandSession open() {
        out = new FrameOutput(frames, Frame.Type.OUTPUT);
        err = new FrameOutput(frames, Frame.Type.ERROR);
        return processor.createSession(InputStream.nullInputStream(), out, err);
    }

    /** The session in which the next line runs; from any thread. */
    CommandSession session() {
        return session;
    }

    private synchronized void renew() {
        CommandSession before = session;
        out.cut();
        err.cut();
        CommandSession next = open();
        next.currentDir(before.currentDir());
        for (Object name : (Collection<?>) before.get(VARIABLES)) {
            next.put(name.toString(), before.get(name.toString()));
        }
        session = next;
        left.removeIf(Runner::closedAsIdle);
        if (!closedAsIdle(before)) {
            left.add(before);
        }
    }

    private static boolean closedAsIdle(final CommandSession before) {
        boolean idle = before.jobs().isEmpty();
        if (idle) {
            before.close();
        }
        return idle;
    }

    /** Interrupts what still runs; from any thread. */
    synchronized void close() {
        session.close();
        left.forEach(CommandSession::close);
    }

    /** @param columns of the client's terminal; 0: it has none */
    void width(final int columns) {
        width = columns;
    }

    /** The running command was told to end; from any thread. */
    void interrupted() {
        interrupted = true;
    }

    /** Returns the exit status; what the line yields has been written. @throws IOException if the client is gone */
    int run(final String line) throws IOException {
        Throwable failed = null;
        Object result = null;
        interrupted = false;
        session.put(PIPE_EXCEPTION, null);
        try {
            result = session.execute(line);
        } catch (Exception e) {
            failed = e;
        }
        // A command before the last pipe does not fail the line in Gogo; here it does, and it is the cause of what
        // follows.
        if (session.get(PIPE_EXCEPTION) instanceof Exception e) {
            failed = e.getSuppressed().length > 0 ? e.getSuppressed()[0] : e;
        }
        if (interrupted && !(failed instanceof ShellException shell && shell.status() == INTERRUPTED)) {
            failed = new InterruptedException();
        }
        int status = 0;
        if (failed != null) {
            status = explain(failed);
        } else {
            show(result);
        }
        out.flush();
        err.flush();
        if (interrupted) {
            renew();
        }
        return status;
    }

    private void show(final Object result) throws IOException {
        if (result == null) {
            return;
        }
        String text = result instanceof Table<?> table
                ? TableText.render(table, width)
                : session.format(result, Converter.INSPECT).toString();
        out.write(text.getBytes(StandardCharsets.UTF_8));
        if (!text.isEmpty() && !text.endsWith("\n")) {
            out.write('\n');
        }
    }

    private int explain(final Throwable thrown) throws IOException {
        out.flush();
        String message = thrown.getMessage();
        Failure failure = Failure.of(
                thrown, message == null ? "" : message.lines().findFirst().orElse(""));
        err.write((failure.line() + "\n").getBytes(StandardCharsets.UTF_8));
        return failure.status();
    }

    /** What a failed line ends with. */
    private record Failure(int status, String line) {
        private static final String COERCE = "Cannot coerce ";
        private static final String UNKNOWN = "Command not found: ";

        static Failure of(final Throwable thrown, final String first) {
            return switch (thrown) {
                case ShellException e -> new Failure(e.status(), first);
                case AdminException e -> new Failure(1, first);
                case InterruptedException e -> new Failure(INTERRUPTED, "interrupted");
                case CancellationException e -> new Failure(INTERRUPTED, "interrupted");
                case EOFException e -> new Failure(USAGE, "the command line is not complete: " + first);
                default -> ofGogo(thrown, first);
            };
        }

        private static Failure ofGogo(final Throwable thrown, final String first) {
            if (first.startsWith(UNKNOWN)) {
                return new Failure(
                        NOT_FOUND, "no command '" + first.substring(UNKNOWN.length()) + "'; help lists them");
            }
            if (first.startsWith(COERCE)) {
                String command = first.substring(COERCE.length()).replaceFirst("\\(.*", "");
                return new Failure(USAGE, "wrong arguments of " + command + "; see: help " + command);
            }
            LOG.log(System.Logger.Level.DEBUG, "shell: a command failed", thrown);
            return new Failure(1, first.isEmpty() ? thrown.getClass().getSimpleName() : first);
        }
    }
}
