package joyride.testkit.packetdrill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command: what it is told, and files that are no scripts among others that are. */
class PacketdrillTest {
    private static final String OURS = "src/test/resources/packetdrill";
    private static final String GOOD = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n";

    @TempDir
    private Path folder;

    @BeforeEach
    void aScriptThatIsGood() throws IOException {
        Files.writeString(folder.resolve("z.pkt"), GOOD);
    }

    private static String command(final int exit, final String... arguments) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        assertEquals(exit, Packetdrill.run(arguments, print, print), () -> out.toString(StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }

    /** One bad file before the good one: its line, and the run goes on. */
    private void failsAlone(final String name, final String why) {
        final String text = command(1, folder.toString());
        assertTrue(text.contains("FAILED   " + folder.resolve(name) + "\n"), text);
        assertTrue(text.contains(why), text);
        assertTrue(text.endsWith("passed   " + folder.resolve("z.pkt") + "\n1 passed, 1 failed, 0 skipped\n"), text);
    }

    @Test
    void shouldSayHowManyWentAsWritten() {
        assertTrue(command(0, OURS, "--swap-every", "1").matches("(?s).*\\d+ passed, 0 failed, 0 skipped\\s+"));
        assertTrue(command(0, OURS + "/time-wait.pkt", "--mutants").contains(" mutants, 0 passed all the same"));
        assertTrue(command(2, "--variant", "none", OURS).contains("no TCP variant none; one of [freebsd, rack]"));
        assertTrue(command(2, "nowhere").contains("nowhere does not exist"));
        assertTrue(command(2, "--swap-every", "0", OURS).contains("--swap-every 0"));
        assertTrue(command(2).contains("usage: joyride packetdrill"));
    }

    @Test
    void shouldFailAScriptThatIsNotUtf8AndGoOn() throws IOException {
        final byte[] bytes = (GOOD + "// gr\u00fc\u00dfe\n").getBytes(StandardCharsets.ISO_8859_1);
        Files.write(folder.resolve("a.pkt"), bytes);
        failsAlone("a.pkt", "a.pkt is not UTF-8: byte 0xfc at offset " + (GOOD.length() + 5) + ", line 2");
        // cut off in the middle of a letter
        Files.write(folder.resolve("a.pkt"), new byte[] {'/', '/', (byte) 0xe2, (byte) 0x82});
        failsAlone("a.pkt", "a.pkt is not UTF-8: byte 0xe2 at offset 2, line 1");
    }

    @Test
    void shouldFailAnEmptyScriptAndGoOn() throws IOException {
        Files.createFile(folder.resolve("a.pkt"));
        failsAlone("a.pkt", "a.pkt:1:1: expected an event, found the end of the script");
        Files.writeString(folder.resolve("a.pkt"), "// nothing but a comment\n--tolerance_usecs=5000\n");
        failsAlone("a.pkt", "expected an event, found the end of the script");
    }

    @Test
    void shouldFailADirectoryCalledAsAScriptAndPlayWhatIsInIt() throws IOException {
        Files.createDirectory(folder.resolve("a.pkt"));
        failsAlone("a.pkt", "a.pkt is a directory");
        Files.writeString(folder.resolve("a.pkt/b.pkt"), GOOD);
        assertTrue(command(1, folder.toString()).endsWith("2 passed, 1 failed, 0 skipped\n"));
        assertTrue(command(0, folder.resolve("a.pkt").toString()).endsWith("1 passed, 0 failed, 0 skipped\n"));
    }

    @Test
    void shouldFailWhatMayNotBeReadAndGoOn() throws IOException {
        assumeFalse("root".equals(System.getProperty("user.name")), "root may read everything");
        final Path file = Files.writeString(folder.resolve("a.pkt"), GOOD);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        failsAlone("a.pkt", "a.pkt cannot be read: permission denied");
        Files.delete(file);
        final Path closed = Files.createDirectory(folder.resolve("closed"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
        failsAlone("closed", "closed cannot be read: permission denied");
    }

    @Test
    void shouldFailALinkToNothingAndGoOn() throws IOException {
        Files.createSymbolicLink(folder.resolve("a.pkt"), Path.of("nothing"));
        failsAlone("a.pkt", "a.pkt is a link to nothing");
    }

    @Test
    void shouldNotWaitForAPipe() throws Exception {
        final Path pipe = folder.resolve("a.pkt");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        failsAlone("a.pkt", "a.pkt is a pipe, a socket or a device");
        assertTrue(command(1, pipe.toString()).endsWith("0 passed, 1 failed, 0 skipped\n"));
    }

    @Test
    void shouldFailAFileThatIsTooLongForAScript() throws IOException {
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("a.pkt").toFile(), "rw")) {
            file.setLength(3L << 30);
        }
        failsAlone("a.pkt", "a.pkt has 3221225472 bytes; a script has at most 16777216");
    }

    @Test
    void shouldFollowLinksToFoldersOnce() throws IOException {
        final Path real = Files.createDirectory(folder.resolve("real"));
        Files.writeString(real.resolve("b.pkt"), GOOD);
        Files.createSymbolicLink(real.resolve("back"), folder);
        final Path link = Files.createSymbolicLink(folder.resolve("link"), real);
        assertTrue(command(0, link.toString()).contains(link.resolve("b.pkt").toString()));
        assertTrue(command(0, folder.toString()).endsWith(" passed, 0 failed, 0 skipped\n"));
    }

    @Test
    void shouldNotTakeAFolderWithoutScriptsForAPassedSuite() throws IOException {
        final Path empty = Files.createDirectory(folder.resolve("empty"));
        assertEquals(
                "joyride packetdrill: no script, *.pkt, in the folder " + empty + "\n", command(2, empty.toString()));
    }

    @Test
    void shouldPrintEachEventWithoutTheNextOnesComment() throws IOException {
        Files.writeString(folder.resolve("z.pkt"), "// one\n" + GOOD + "// two\n+0 listen(3, 1) = 0\n// three\n");
        final String text = command(0, "-v", folder.toString());
        assertTrue(
                text.startsWith(
                        "  0.000000 0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n  0.000000 +0 listen(3, 1) = 0\n"),
                text);
        assertFalse(text.contains("//"), text);
    }
}
