package joyride.ipc.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShmLayoutTest {
    @Test
    void shouldMatchTheHeaderFieldByFieldWhenCompiledByC(@TempDir final Path scratch) throws Exception {
        final Map<String, Long> c = AbiHeader.compiled(
                Path.of("../joyride.libc/include/joyride_abi.h")
                        .toAbsolutePath()
                        .normalize(),
                scratch);
        assertTrue(c.size() > 200, () -> "the header has more than 200 names, read " + c.size());
        final Map<String, Long> java = new TreeMap<>();
        for (final Field field : ShmLayout.class.getDeclaredFields()) {
            final long value = field.getLong(null);
            final boolean unsigned = field.getType() == int.class && c.getOrDefault(field.getName(), 0L) > 0;
            java.put(field.getName(), unsigned ? value & 0xffff_ffffL : value);
        }
        assertEquals(lines(c), lines(java));
    }

    private static String lines(final Map<String, Long> values) {
        final StringBuilder text = new StringBuilder();
        values.forEach(
                (name, value) -> text.append(name).append(' ').append(value).append('\n'));
        return text.toString();
    }
}
