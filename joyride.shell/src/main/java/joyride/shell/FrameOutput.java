package joyride.shell;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import joyride.shell.protocol.Frame;
import joyride.shell.protocol.FrameWriter;

/** Output of commands as frames: whole lines at once while there is room. Safe from any thread. */
final class FrameOutput extends OutputStream {
    private static final int SIZE = 16 * 1024;

    private static final Pattern GOGO = Pattern.compile("(?m)^gogo: \\w+: .*\n?");

    private final FrameWriter frames;
    private final Frame.Type type;
    private final byte[] buffer = new byte[SIZE];
    private int used;
    private boolean cut;

    FrameOutput(final FrameWriter frames, final Frame.Type type) {
        this.frames = frames;
        this.type = type;
    }

    @Override
    public synchronized void write(final int b) throws IOException {
        buffer[used++] = (byte) b;
        if (used == SIZE) {
            send();
        }
    }

    @Override
    public synchronized void write(final byte[] bytes, final int offset, final int length) throws IOException {
        int done = 0;
        while (done < length) {
            int n = Math.min(length - done, SIZE - used);
            System.arraycopy(bytes, offset + done, buffer, used, n);
            used += n;
            done += n;
            if (used == SIZE) {
                send();
            }
        }
    }

    @Override
    public synchronized void flush() throws IOException {
        if (used > 0) {
            send();
        }
    }

    /** Nothing is sent from now on: what a command that was left alone still prints is nobody's. */
    synchronized void cut() {
        cut = true;
        used = 0;
    }

    private void send() throws IOException {
        if (cut) {
            used = 0;
            throw new IOException("the command was interrupted");
        }
        byte[] bytes = Arrays.copyOf(buffer, used);
        used = 0;
        if (type == Frame.Type.ERROR) {
            // Gogo's own line for a failed command before a pipe; the runner says it in ours.
            String text = new String(bytes, StandardCharsets.UTF_8);
            bytes = GOGO.matcher(text).replaceAll("").getBytes(StandardCharsets.UTF_8);
        }
        if (bytes.length > 0) {
            frames.put(new Frame(type, bytes));
        }
    }
}
