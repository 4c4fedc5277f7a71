package joyride.core.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much memory is left, by files as the kernel writes them. */
class MemoryRoomTest {
    @TempDir
    private Path directory;

    private Path proc;
    private Path groups;

    @BeforeEach
    void make() throws IOException {
        proc = directory.resolve("proc");
        groups = directory.resolve("groups");
        write(proc.resolve("meminfo"), "MemTotal:  8388608 kB\nMemFree:  1024 kB\nMemAvailable:  4194304 kB\n");
        write(proc.resolve("self/cgroup"), "0::/slice/service\n");
    }

    private static void write(final Path file, final String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void group(final String name, final String most, final long used, final long cache) throws IOException {
        write(groups.resolve(name).resolve("memory.max"), most + "\n");
        write(groups.resolve(name).resolve("memory.current"), used + "\n");
        write(groups.resolve(name).resolve("memory.stat"), "anon 1\ninactive_file " + cache + "\nshmem 2\n");
    }

    private long room() {
        return new MemoryRoom(proc, groups).mebibytes();
    }

    @Test
    void shouldBeWhatTheMachineHasWhenNoGroupLimitsIt() throws IOException {
        assertEquals(4096, room());
        group("slice/service", "max", 1 << 20, 0);
        assertEquals(4096, room());
    }

    @Test
    void shouldBeWhatIsLeftToTheGroupWithWhatCacheCanGive() throws IOException {
        group("slice/service", "" + (100 << 20), 90 << 20, 30 << 20);
        assertEquals(40, room());
    }

    @Test
    void shouldBeWhatIsLeftToAGroupAround() throws IOException {
        group("slice", "" + (64 << 20), 60 << 20, 0);
        group("slice/service", "" + (512 << 20), 20 << 20, 0);
        assertEquals(4, room());
    }

    @Test
    void shouldBeNothingWhenMoreIsUsedThanAllowed() throws IOException {
        group("slice/service", "1048576", 5 << 20, 0);
        assertEquals(0, room());
    }

    @Test
    void shouldNotLimitWhereTheSystemDoesNotTell() {
        assertEquals(Long.MAX_VALUE, new MemoryRoom(directory.resolve("none"), directory.resolve("none")).mebibytes());
        assertTrue(MemoryRoom.ofSystem().mebibytes() > 0);
    }
}
