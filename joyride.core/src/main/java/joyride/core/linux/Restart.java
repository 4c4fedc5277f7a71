package joyride.core.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Starts this process's program afresh in its place: same process, same command line, nothing of what it had. */
public final class Restart {
    private static final String COUNT = "JOYRIDE_RESTARTS";
    private static final int MOST = 5;
    private static final int FIRST_OWN = 3;
    private static final int CLOSE_RANGE_CLOEXEC = 4;

    private Restart() {}

    /** Does not return if it succeeds. @return why it did not: one phrase; also after 5 restarts in a row, which help nobody */
    public static String inPlace() {
        final String before = System.getenv(COUNT);
        final int count = before == null ? 0 : Integer.parseInt(before);
        if (count >= MOST) {
            return "it has been started again " + count + " times";
        }
        try (Arena arena = Arena.ofConfined()) {
            final String[] words =
                    new String(Files.readAllBytes(Path.of("/proc/self/cmdline")), StandardCharsets.UTF_8).split("\0");
            final MemorySegment arguments = arena.allocate(ValueLayout.ADDRESS, words.length + 1L);
            for (int i = 0; i < words.length; i++) {
                arguments.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(words[i]));
            }
            final MemorySegment capture = Libc.capture(arena);
            final int ignored = (int) Libc.SETENV.invokeExact(
                    arena.allocateFrom(COUNT).address(),
                    arena.allocateFrom(Integer.toString(count + 1)).address(),
                    1);
            // The JVM's sockets are not close-on-exec: they would go on answering.
            final int marked = (int) Libc.CLOSE_RANGE.invokeExact(FIRST_OWN, -1, CLOSE_RANGE_CLOEXEC);
            final int failed = (int) Libc.EXECV.invokeExact(
                    capture, arena.allocateFrom("/proc/self/exe").address(), arguments.address());
            return Libc.failed("execv", Libc.errno(capture)).getMessage();
        } catch (final IOException e) {
            return e.toString();
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }
}
