package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.HEADER_SPIN_US;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import joyride.api.memory.Memory;
import joyride.linux.Descriptors;
import joyride.linux.UnixSockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShmSettingsTest {
    @TempDir
    Path directory;

    private static String refusal(final Runnable action) {
        final RuntimeException refused = assertThrows(RuntimeException.class, action::run);
        assertFalse(refused.getMessage().contains("\n"), refused.getMessage());
        return refused.getMessage();
    }

    private static ShmSettings settings(final Path path, final int memory, final int spin) {
        return new ShmSettings(path, memory, spin, 200, Set.of(), Set.of());
    }

    @Test
    void shouldNameTheLimitWhenThePathIsTooLong() {
        final String message = refusal(() -> settings(Path.of("/" + "x".repeat(120)), 16, 50));
        assertTrue(message.contains("121") && message.contains("107"), message);
    }

    @Test
    void shouldNameValueAndRangeWhenANumberIsOutOfRange() {
        assertTrue(refusal(() -> settings(directory, 0, 50)).contains("memory = 0"));
        assertTrue(refusal(() -> settings(directory, 16, -1)).contains("spin = -1"));
    }

    private String refusal(final String key, final Object value) {
        return refusal(() -> ShmSettings.of(Map.of(key, value), directory.toString()));
    }

    @Test
    void shouldNameKeyAndValueWhenAPropertyIsWrong() {
        assertTrue(refusal("spin", "abc").startsWith("joyride.ipc.shm: spin='abc' is not allowed; write "));
        assertTrue(refusal("memory", "-1").contains("memory = -1 MiB is not in 1..16384"));
        assertTrue(refusal("users", "root, nobody-of-this-name").contains("'nobody-of-this-name'"));
        assertTrue(refusal("groups", "staff").contains("'staff'"));
        assertTrue(refusal("path", "/nowhere/at/all").contains("/nowhere/at"));
        assertTrue(refusal("user", "root").contains("no key 'user'; there are path, memory, spin"));
    }

    @Test
    void shouldTakeTextsNumbersAndListsWhenTheyAreRight() {
        final ShmSettings read = ShmSettings.of(
                Map.of(
                        "memory", 32,
                        "spin", " 7 ",
                        "users", new String[] {"root,12", " * "},
                        "groups", "5, 6",
                        "service.pid", "joyride.ipc.shm",
                        "felix.fileinstall.filename", "file:x",
                        "ipc.transport", "shm"),
                directory.toString());
        assertEquals(
                new ShmSettings(
                        directory.resolve("attach.sock"),
                        32,
                        7,
                        200,
                        Set.of(0, 12, ShmSettings.EVERYBODY),
                        Set.of(5, 6)),
                read);
    }

    @Test
    void shouldReplaceAStaleSocketWhenItStarts() throws Exception {
        final Path path = directory.resolve("attach.sock");
        Descriptors.close(UnixSockets.listen(path.toString(), 0600, 1));
        assertTrue(Files.exists(path));
        try (Rig rig = new Rig(directory)) {
            assertEquals(0, rig.program("one").number);
        }
        assertFalse(Files.exists(path));
    }

    @Test
    void shouldRefuseToStartWhenALiveServiceHasThePath() {
        try (Rig rig = new Rig(directory)) {
            final String message = refusal(() -> new Rig(directory));
            assertTrue(message.contains("live service") && message.contains(rig.path.toString()), message);
            assertEquals(0, rig.program("still served").number);
        }
    }

    @Test
    void shouldRefuseToRemoveWhatIsNoSocket() throws Exception {
        Files.writeString(directory.resolve("attach.sock"), "precious");
        assertTrue(refusal(() -> new Rig(directory)).contains("attach.sock"));
        assertEquals("precious", Files.readString(directory.resolve("attach.sock")));
    }

    private static String mode(final Path path) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void shouldLetOthersThroughToTheSocketWhenUsersMayAttach() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        try (Rig rig = new Rig(directory)) {
            assertEquals("rw-------", mode(rig.path));
            assertEquals("rwx------", mode(directory), "nobody asked");
            rig.transport.change(new ShmSettings(rig.path, 16, 50, 200, Set.of(ShmSettings.EVERYBODY), Set.of()));
            rig.turn();
            assertEquals("rw-rw-rw-", mode(rig.path));
            assertEquals("rwx-----x", mode(directory), "to pass, not to look");
        }
    }

    /** Nobody whom it lets in could wake the loop before. */
    @Test
    void shouldTakeUpTheConfigurationAtOnceWhenTheLoopSleeps() throws Exception {
        try (Rig rig = new Rig(directory)) {
            rig.turn();
            final ShmSettings before = rig.transport.settings();
            rig.transport.change(new ShmSettings(rig.path, 16, 50, 200, Set.of(ShmSettings.EVERYBODY), Set.of()));
            assertEquals(1, rig.host.wakes);
            rig.transport.poll();
            assertEquals("rw-rw-rw-", mode(rig.path), "in the turn that was asked for, whatever its time");
            rig.transport.change(before);
            assertEquals(2, rig.host.wakes);
            rig.transport.poll();
            assertEquals("rw-------", mode(rig.path));
        }
    }

    @Test
    void shouldPermitWhoIsNamed() {
        final ShmSettings some = new ShmSettings(directory, 16, 50, 200, Set.of(33, 1000), Set.of());
        assertTrue(some.permits(33));
        assertFalse(some.permits(34));
        assertTrue(new ShmSettings(directory, 16, 50, 200, Set.of(ShmSettings.EVERYBODY), Set.of()).permits(34));
    }

    @Test
    void shouldKeepProgramsAttachedWhenTheConfigurationChanges() {
        try (Rig rig = new Rig(directory)) {
            final SyntheticProgram program = rig.program("one");
            assertEquals(50, Memory.getInt(program.base + HEADER_SPIN_US));
            rig.transport.change(settings(directory.resolve("elsewhere"), 32, 7));
            rig.turn();
            assertEquals(7, Memory.getInt(program.base + HEADER_SPIN_US));
            assertEquals(rig.path, rig.transport.settings().path());
            assertEquals(InstanceMemory.CHUNKS_OFFSET + (32L << 20), rig.program("two").size);
        }
    }
}
