package joyride.shell;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import joyride.shell.protocol.Frame;
import joyride.shell.protocol.FrameChannel;
import joyride.shell.protocol.FrameWriter;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.Job;

/**
 * One client of the shell. {@link #serve} reads its frames on the connection's thread; its commands run one after another
 * on a second thread, so that an interrupt can reach a running one; a third ({@link FrameWriter}) writes what all say.
 */
final class Connection {
    private static final System.Logger LOG = System.getLogger(Connection.class.getName());

    private static final long GRACE_MILLIS = 500;

    private final FrameChannel frames;
    private final FrameWriter answers;
    private final Completer completer;
    private final Runner runner;
    private final ExecutorService commands = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("shell command").factory());

    Connection(final FrameChannel frames, final CommandProcessor processor, final Completer completer) {
        this.frames = frames;
        this.completer = completer;
        answers = new FrameWriter(frames, "shell writer");
        runner = new Runner(processor, answers);
    }

    void serve() {
        try {
            greet();
            for (Frame frame = frames.read(); frame != null; frame = frames.read()) {
                take(frame);
            }
        } catch (IOException | RuntimeException e) {
            // What a foreign program sends may be malformed in any way; it costs that program its session.
            LOG.log(System.Logger.Level.DEBUG, "shell: a session ended: {0}", e.getMessage());
        } finally {
            close();
        }
    }

    private void greet() throws IOException {
        Frame hello = frames.read();
        if (hello == null) {
            throw new IOException("no greeting");
        }
        String[] words = hello.text().split(" ", 3);
        String version = Integer.toString(Frame.VERSION);
        if (hello.type() != Frame.Type.HELLO || words.length != 3 || !words[0].equals(version)) {
            answers.put(Frame.of(
                    Frame.Type.REFUSED,
                    "this service speaks version " + version
                            + " of the shell's protocol; use the joyride command of the same release"));
            throw new IOException("unknown greeting");
        }
        runner.width(Integer.parseUnsignedInt(words[1]));
        runner.session().currentDir(Path.of(words[2]));
        answers.put(Frame.of(Frame.Type.HELLO, version));
    }

    private void take(final Frame frame) throws IOException {
        switch (frame.type()) {
            case COMMAND -> commands.execute(() -> run(frame.text()));
            case INTERRUPT -> interrupt();
            case COMPLETE -> answers.put(Frame.of(Frame.Type.COMPLETE, complete(frame.text())));
            case HELLO -> runner.width(Integer.parseUnsignedInt(frame.text().split(" ", 3)[1]));
            default -> throw new IOException("a client does not send " + frame.type());
        }
    }

    private void run(final String line) {
        try {
            int status = runner.run(line);
            answers.put(Frame.of(Frame.Type.STATUS, Integer.toString(status)));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "shell: the client left before its answer: {0}", e.getMessage());
        }
    }

    /** A command that does not end by it goes on in the background, and the session takes the next one. */
    private void interrupt() {
        Job job = runner.session().foregroundJob();
        if (job == null) {
            return;
        }
        runner.interrupted();
        job.interrupt();
        try {
            synchronized (job) {
                if (job.status() == Job.Status.Foreground) {
                    job.wait(GRACE_MILLIS);
                }
                if (job.status() == Job.Status.Foreground) {
                    job.background();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String complete(final String request) {
        int space = request.indexOf(' ');
        int cursor = Integer.parseInt(request.substring(0, space));
        StringBuilder answer = new StringBuilder();
        for (Map.Entry<String, String> candidate : completer
                .complete(runner.session(), request.substring(space + 1), cursor)
                .entrySet()) {
            answer.append(candidate.getKey())
                    .append('\t')
                    .append(candidate.getValue())
                    .append('\n');
        }
        return answer.toString();
    }

    /** Ends the connection; from any thread. */
    void close() {
        commands.shutdownNow();
        interrupt();
        runner.close();
        try {
            answers.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "shell: {0}", e.getMessage());
        }
    }
}
