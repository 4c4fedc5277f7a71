package joyride.ipc.shm;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import joyride.linux.Processes;
import joyride.linux.Users;

/**
 * The transport's configuration, checked.
 *
 * @param path of the attach socket
 * @param memoryMiB ring memory of an instance
 * @param spinMicros how long a program's thread spins before it sleeps
 * @param yieldMicros a yield that takes longer stops the spinning for a while
 * @param users who may attach besides the service's own user and root
 * @param groups whose members may attach
 */
record ShmSettings(Path path, int memoryMiB, int spinMicros, int yieldMicros, Set<Integer> users, Set<Integer> groups) {
    /** sun_path, less its final zero. */
    private static final int LONGEST_PATH = 107;

    /** Among {@code users}: all of them. No user has this number. */
    static final int EVERYBODY = -1;

    private static final int LEAST_MEMORY = 1;
    private static final int MOST_MEMORY = 16384;

    ShmSettings {
        final int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > LONGEST_PATH) {
            throw new IllegalArgumentException(
                    "path " + path + " has " + length + " bytes, a unix socket's has at most " + LONGEST_PATH
                            + "; set a shorter one (joyride.ipc.shm path, or JOYRIDE_RUN)");
        }
        check("memory", memoryMiB, LEAST_MEMORY, MOST_MEMORY, "MiB");
        check("spin", spinMicros, 0, 1_000_000, "µs");
        check("yieldLimit", yieldMicros, 0, 1_000_000, "µs");
    }

    private static void check(final String name, final int value, final int least, final int most, final String unit) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "joyride.ipc.shm: " + name + " = " + value + " " + unit + " is not in " + least + ".." + most);
        }
    }

    /** The same at another path. */
    ShmSettings at(final Path other) {
        return new ShmSettings(other, memoryMiB, spinMicros, yieldMicros, users, groups);
    }

    /** Chunks of an instance. */
    int chunks() {
        return (int) (((long) memoryMiB << 20) / ShmLayout.JR_CHUNK);
    }

    /** As configured. @param run the run-time directory, where the socket is unless the configuration says otherwise */
    static ShmSettings of(final ShmConfiguration configuration, final String run) {
        final Path path = configuration.path().isBlank()
                ? Path.of(run, "attach.sock")
                : Path.of(configuration.path().strip());
        final Path directory = path.toAbsolutePath().getParent();
        if (!Files.isDirectory(directory)) {
            throw new IllegalArgumentException("joyride.ipc.shm: path " + path + " is in " + directory
                    + ", which is not a directory; make it, or set another path");
        }
        return new ShmSettings(
                path.toAbsolutePath(),
                configuration.memory(),
                configuration.spin(),
                configuration.yieldLimit(),
                numbers("users", configuration.users(), ShmSettings::user),
                numbers("groups", configuration.groups(), text -> number("groups", text, "numeric ids")));
    }

    private static Set<Integer> numbers(final String name, final String[] texts, final ToIntFunction<String> number) {
        return Arrays.stream(texts)
                .flatMap(text -> Arrays.stream(text.split(",")))
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .map(number::applyAsInt)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static int user(final String text) {
        if (text.equals("*")) {
            return EVERYBODY;
        }
        final int named = Users.id(text);
        return named != Users.NONE ? named : number("users", text, "names of this machine's users, numeric ids, or *");
    }

    private static int number(final String name, final String text, final String allowed) {
        try {
            return Integer.parseUnsignedInt(text);
        } catch (final NumberFormatException e) {
            throw new IllegalArgumentException(
                    "joyride.ipc.shm: " + name + " has '" + text + "', which is not one; write " + allowed, e);
        }
    }

    /** Whether a user may attach. */
    boolean permits(final int user) {
        return users.contains(user) || users.contains(EVERYBODY);
    }

    /** The run-time directory as the {@code joyride} command chooses it, for who was started without it. */
    static String defaultRun() {
        final String run = System.getenv("JOYRIDE_RUN");
        if (run != null && !run.isBlank()) {
            return run;
        }
        final String user = System.getenv("XDG_RUNTIME_DIR");
        if (user != null && !user.isBlank()) {
            return user + "/joyride";
        }
        return "/tmp/joyride-" + Processes.effectiveUser();
    }
}
