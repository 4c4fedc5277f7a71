package joyride.core.counters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import joyride.api.counters.CounterBlock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CounterFileTest {
    @TempDir
    private Path directory;

    /** As a reader outside would, by the documented layout alone. */
    private Map<String, Long> read() throws IOException {
        final ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(directory.resolve("counters")))
                .order(ByteOrder.nativeOrder());
        assertEquals("JOYCNTRS", text(file, 0, 8));
        assertEquals(1, file.getInt(8));
        final int slots = file.getInt(12);
        final int descriptions = (int) file.getLong(16);
        final int values = (int) file.getLong(24);
        assertEquals(ProcessHandle.current().pid(), file.getLong(32));
        final Map<String, Long> counters = new TreeMap<>();
        for (int slot = 0; slot < slots; slot++) {
            final int record = descriptions + slot * 192;
            if (file.getInt(record) == 1) {
                counters.put(
                        text(file, record + 8, 40) + "/" + text(file, record + 48, 48) + "/"
                                + text(file, record + 96, 96),
                        file.getLong(values + 8 * slot));
            }
        }
        return counters;
    }

    private static String text(final ByteBuffer file, final int at, final int room) {
        int length = 0;
        while (length < room && file.get(at + length) != 0) {
            length++;
        }
        return new String(file.array(), at, length, StandardCharsets.UTF_8);
    }

    @Test
    void shouldBeReadableFromOutsideWhenWritten() throws IOException {
        try (CounterFile file = new CounterFile(directory.resolve("counters"))) {
            final CounterBlock loop =
                    file.block("loop 0", CounterStore.Description.of("turns", "turns made", "work", "µs of work"));
            final CounterBlock ip = file.block("ip", CounterStore.Description.of("in", "packets in"));
            loop.add(1, 5);
            ip.increment(0);
            assertEquals(
                    Map.of("loop 0/turns/turns made", 0L, "loop 0/work/µs of work", 5L, "ip/in/packets in", 1L),
                    read());
        }
    }

    @Test
    void shouldForgetABlockWhenReleasedAndUseItsSlotsAgain() throws IOException {
        try (CounterFile file = new CounterFile(directory.resolve("counters"))) {
            final CounterBlock first = file.block("a", CounterStore.Description.of("x", "x"));
            file.block("b", CounterStore.Description.of("y", "y"));
            first.add(0, 9);
            file.release(first);
            assertEquals(Map.of("b/y/y", 0L), read());
            final CounterBlock second = file.block("c", CounterStore.Description.of("z", "z"));
            assertEquals(first.address(), second.address());
            assertEquals(0, second.get(0));
        }
    }

    @Test
    void shouldCutLongNamesBetweenCharacters() throws IOException {
        try (CounterFile file = new CounterFile(directory.resolve("counters"))) {
            file.block("µ".repeat(40), CounterStore.Description.of("x", "x"));
            assertEquals(Map.of("µ".repeat(19) + "/x/x", 0L), read());
        }
    }

    @Test
    void shouldGoOnInPrivateMemoryWhenFull() throws IOException {
        final String[] pairs = new String[2 * 30_000];
        java.util.Arrays.fill(pairs, "x");
        try (CounterFile file = new CounterFile(directory.resolve("counters"))) {
            final CounterBlock inside = file.block("big", CounterStore.Description.of(pairs));
            final CounterBlock outside = file.block("more", CounterStore.Description.of(pairs));
            outside.increment(7);
            assertEquals(1, outside.get(7));
            assertNotEquals(inside.address(), outside.address());
            assertFalse(read().keySet().stream().anyMatch(key -> key.startsWith("more")));
            assertEquals(1, file.snapshot().get("more").get("x"));
            file.release(outside);
        }
    }

    @Test
    void shouldFailWhenTheDirectoryIsNotThere() {
        assertThrows(
                IOException.class,
                () -> new CounterFile(directory.resolve("absent").resolve("counters")));
    }
}
