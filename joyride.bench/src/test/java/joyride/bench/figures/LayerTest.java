package joyride.bench.figures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class LayerTest {
    private static final Layer.Frame FAST_PATH = new Layer.Frame("joyride.core.tcp.FastPath", "data");
    private static final Layer.Frame RING = new Layer.Frame("joyride.ipc.shm.ShmReceiveRing", "write");

    @Test
    void shouldCountAsCopyWhatAStubWithoutAFrameIsFoundAt() {
        assertEquals(Layer.COPY, Layer.of(List.of(RING, FAST_PATH)));
        assertEquals(Layer.COPY, Layer.of(List.of(new Layer.Frame("joyride.core.tcp.Payload", "copy"), FAST_PATH)));
        assertEquals(Layer.COPY, Layer.of(List.of(new Layer.Frame("joyride.nic.memif.Receiver", "several"))));
    }

    @Test
    void shouldNotCountWhatACopyingMethodCalls() {
        assertEquals(Layer.RINGS, Layer.of(List.of(new Layer.Frame("joyride.ipc.shm.ChunkPool", "pop"), RING)));
        assertEquals(Layer.TCP_IN, Layer.of(List.of(FAST_PATH, RING)));
    }

    @Test
    void shouldCountKernelsAndMemoryCopiesAsCopy() {
        assertEquals(
                Layer.COPY,
                Layer.of(List.of(
                        new Layer.Frame("jdk.internal.misc.Unsafe", "copyMemory"),
                        new Layer.Frame("joyride.api.memory.Memory", "copy"),
                        RING)));
        assertEquals(
                Layer.COPY, Layer.of(List.of(new Layer.Frame("joyride.core.memory.VectorKernels", "sum"), FAST_PATH)));
    }

    @Test
    void shouldKnowMethodsThatAreThereAndCopy() throws IOException {
        for (final Map.Entry<String, Set<String>> copying : Layer.COPYING.entrySet()) {
            final String source = source(copying.getKey());
            for (final String method : copying.getValue()) {
                final Matcher declared = Pattern.compile(
                                "(?m)^    (?:(?:public|private|static) )*(?:void|int|long) " + method + "\\(")
                        .matcher(source);
                assertTrue(declared.find(), copying.getKey() + " has no " + method);
                final int at = declared.end();
                final int end = source.indexOf("\n    }\n", at);
                assertTrue(
                        source.substring(at, end).matches("(?s).*\\b[cC]opy\\w*\\(.*"),
                        copying.getKey() + "." + method + " does not copy");
            }
        }
    }

    private static String source(final String type) throws IOException {
        for (final String module : List.of("core", "ipc.shm", "nic.memif", "nic.dpdk")) {
            final Path file = Path.of("../joyride." + module, "src/main/java", type.replace('.', '/') + ".java");
            if (Files.exists(file)) {
                return Files.readString(file);
            }
        }
        throw new AssertionError("no source of " + type);
    }
}
