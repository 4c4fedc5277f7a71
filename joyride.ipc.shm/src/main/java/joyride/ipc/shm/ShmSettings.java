package joyride.ipc.shm;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

    private static final List<String> KEYS = List.of("path", "memory", "spin", "yieldLimit", "users", "groups");

    /** What the framework's parts and the component itself add. */
    private static final Pattern FRAMEWORK_KEY =
            Pattern.compile("(service|component|felix|osgi|metatype|ipc)\\..*|\\..*|objectClass");

    private static final int STANDARD_MEMORY = 1024;
    private static final int STANDARD_SPIN = 50;
    private static final int STANDARD_YIELD = 200;
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
            throw new IllegalArgumentException("joyride.ipc.shm: " + name + " = " + value + " " + unit + " is not in "
                    + least + ".." + most + "; write a number in there");
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

    /**
     * As configured.
     *
     * @param properties by the names of {@link ShmConfiguration}, as text or typed
     * @param run the run-time directory, where the socket is unless the configuration says otherwise
     * @throws IllegalArgumentException in one line if they are wrong
     */
    static ShmSettings of(final Map<String, ?> properties, final String run) {
        properties.keySet().forEach(ShmSettings::checkKey);
        final String given = String.join(",", texts(properties, "path"));
        final Path path = (given.isEmpty() ? Path.of(run, "attach.sock") : Path.of(given)).toAbsolutePath();
        if (!Files.isDirectory(path.getParent())) {
            throw new IllegalArgumentException("joyride.ipc.shm: path " + path + " is in " + path.getParent()
                    + ", which is not a directory; make it, or set another path");
        }
        return new ShmSettings(
                path,
                whole(properties, "memory", STANDARD_MEMORY),
                whole(properties, "spin", STANDARD_SPIN),
                whole(properties, "yieldLimit", STANDARD_YIELD),
                numbers(properties, "users", ShmSettings::user),
                numbers(properties, "groups", text -> number("groups", text, "numeric ids")));
    }

    private static void checkKey(final String key) {
        if (!KEYS.contains(key) && !FRAMEWORK_KEY.matcher(key).matches()) {
            throw new IllegalArgumentException(
                    "joyride.ipc.shm: there is no key '" + key + "'; there are " + String.join(", ", KEYS));
        }
    }

    private static List<String> texts(final Map<String, ?> properties, final String name) {
        final Object value = properties.get(name);
        final Stream<?> values = switch (value) {
            case null -> Stream.of();
            case final Object[] several -> Arrays.stream(several);
            case final Collection<?> several -> several.stream();
            default -> Stream.of(value);
        };
        return values.flatMap(one -> Arrays.stream(one.toString().split(",")))
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .toList();
    }

    private static int whole(final Map<String, ?> properties, final String name, final int standard) {
        final Object value = properties.get(name);
        try {
            return value == null ? standard : Integer.parseInt(value.toString().strip());
        } catch (final NumberFormatException e) {
            throw new IllegalArgumentException(
                    "joyride.ipc.shm: " + name + "='" + value + "' is not allowed; write a whole number", e);
        }
    }

    private static Set<Integer> numbers(
            final Map<String, ?> properties, final String name, final ToIntFunction<String> number) {
        return texts(properties, name).stream().map(number::applyAsInt).collect(Collectors.toUnmodifiableSet());
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
