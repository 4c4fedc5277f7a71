package joyride.core.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReservedPortsTest {
    @TempDir
    private Path folder;

    private Path sysctl;
    private Path record;

    @BeforeEach
    void files() throws IOException {
        sysctl = folder.resolve("ip_local_reserved_ports");
        record = folder.resolve("reserved-ports");
        Files.writeString(sysctl, "8080,50000-50001\n");
    }

    private String reserved() throws IOException {
        return Files.readString(sysctl).strip();
    }

    @Test
    void shouldGiveBackWhatItTookAndNothingElse() throws IOException {
        final ReservedPorts ports = ReservedPorts.take(sysctl, record, 49999, 50002);
        assertEquals("8080,49999-50002", reserved());
        Files.writeString(sysctl, "8080,9000,49999-50002\n");
        ports.close();
        assertEquals("8080,9000,50000-50001", reserved());
        assertFalse(Files.exists(record));
    }

    @Test
    void shouldGiveBackWhenItsThreadWasInterrupted() throws IOException {
        Thread.currentThread().interrupt();
        final ReservedPorts ports = ReservedPorts.take(sysctl, record, 49999, 50002);
        assertTrue(Thread.interrupted());
        assertEquals("8080,49999-50002", reserved());
        Thread.currentThread().interrupt();
        ports.close();
        assertTrue(Thread.interrupted());
        assertEquals("8080,50000-50001", reserved());
    }

    @Test
    void shouldCleanUpWhatADeadServiceLeft() throws IOException {
        ReservedPorts.take(sysctl, record, 49999, 50002);
        ReservedPorts.cleanUp(sysctl, record);
        assertEquals("8080,50000-50001", reserved());
        assertFalse(Files.exists(record));
        ReservedPorts.cleanUp(sysctl, record);
        assertEquals("8080,50000-50001", reserved());
    }

    @Test
    void shouldLeaveOtherWorldsAloneWhenTheDeadServiceWasInOne() throws IOException {
        ReservedPorts.take(sysctl, record, 49999, 50002);
        Files.writeString(record, Files.readString(record).replace("net:", "gone:"));
        ReservedPorts.cleanUp(sysctl, record);
        assertEquals("8080,49999-50002", reserved());
        assertFalse(Files.exists(record));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "one line", "a\nb\nc", "net\n70000", "net\n9-8", "net\nx"})
    void shouldTouchNothingWhenTheRecordIsNonsense(final String text) throws IOException {
        Files.writeString(record, text.replace("net", "net:[1] x"));
        ReservedPorts.cleanUp(sysctl, record);
        assertEquals("8080,50000-50001", reserved());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "1-2", "1,3", "0-65535", "8080,9148-9152"})
    void shouldWriteAsTheKernelDoes(final String text) {
        assertEquals(text, ReservedPorts.text(ReservedPorts.parse(text)));
    }

    @Test
    void shouldRefuseWhatIsNoPort() {
        assertThrows(IllegalArgumentException.class, () -> ReservedPorts.parse("65536"));
        assertTrue(ReservedPorts.parse("\n").isEmpty());
    }
}
