package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import joyride.api.nic.NicException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReleaseTest {
    @Test
    void shouldKnowAReleaseByItsVersionAndNoOther() {
        assertTrue(Release.V22_11.matches("DPDK 22.11.11"));
        assertTrue(Release.V24_11.matches("DPDK 24.11.0-rc1"));
        assertFalse(Release.V22_11.matches("DPDK 22.07.1"));
        assertFalse(Release.V22_11.matches("DPDK 22.110.1"));
        assertFalse(Release.V24_11.matches("DPDK 25.11.0"));
    }

    @Test
    void shouldReadTheFastPathWhereTheReleaseHasIt() {
        assertEquals(0, Release.V22_11.fastPath().receive());
        assertEquals(16, Release.V23_11.fastPath().receive());
        assertEquals(Release.V23_11.fastPath(), Release.V24_11.fastPath());
    }

    /** The libraries that are here under another release's names. */
    @Test
    void shouldRefuseALibraryThatSaysThatItIsOfAnotherRelease(@TempDir final Path directory) throws Exception {
        Ports.here();
        final Release real = Libraries.opened().release();
        final Release claimed = real == Release.V24_11 ? Release.V23_11 : Release.V24_11;
        for (final String name : new String[] {"eal", "ring", "mempool", "mbuf", "ethdev"}) {
            final String file = "librte_" + name + ".so.";
            final Path mapped = Files.readAllLines(Path.of("/proc/self/maps")).stream()
                    .filter(line -> line.contains("/" + file))
                    .map(line -> Path.of(line.substring(line.indexOf('/'))))
                    .findFirst()
                    .orElseThrow();
            Files.createSymbolicLink(directory.resolve(file + claimed.soname()), mapped);
        }
        assertEquals(
                "librte_eal.so." + claimed.soname() + " says it is '"
                        + Libraries.opened().version() + "', not " + claimed.version()
                        + "; install one of DPDK 24.11, 23.11, 22.11",
                assertThrows(NicException.class, () -> Libraries.find(directory))
                        .getMessage());
    }

    private static String refusal(final Path directory) {
        return assertThrows(NicException.class, () -> Libraries.find(directory)).getMessage();
    }

    @Test
    void shouldRefuseWithTheRemedyWhenThereIsNoDpdk(@TempDir final Path directory) throws Exception {
        Files.writeString(directory.resolve("librte_eal.so"), "for who links with it");
        Files.writeString(directory.resolve("librte_ethdev.so.26"), "not what is looked for");
        assertEquals(
                "no DPDK 24.11, 23.11, 22.11 found: none of librte_eal.so.{25,24,23} in " + directory
                        + "; on Debian: apt-get install librte-meta-all, or set library.path in etc/joyride.nic.dpdk.cfg",
                refusal(directory));
        assertTrue(refusal(directory.resolve("missing")).contains("missing; on Debian: "));
    }

    @Test
    void shouldNameTheReleaseThatIsThereWhenItIsNotKnown(@TempDir final Path directory) throws Exception {
        for (final String name : new String[] {"26", "26.0", "22", "27.1"}) {
            Files.writeString(directory.resolve("librte_eal.so." + name), "another release");
        }
        assertEquals(
                "no DPDK 24.11, 23.11, 22.11 found: none of librte_eal.so.{25,24,23} in " + directory
                        + ", but librte_eal.so.22, librte_eal.so.26, of a release that this driver does not know; get one that it"
                        + " knows; on Debian: apt-get install librte-meta-all, or set library.path in"
                        + " etc/joyride.nic.dpdk.cfg",
                refusal(directory));
    }
}
