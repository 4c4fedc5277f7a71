package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import joyride.api.nic.NicException;
import org.junit.jupiter.api.Test;

/** More memory than any machine has in huge pages that are free: 1 TiB. */
class HugePagesTest {
    private static EalSettings settings(final String hugePages) throws NicException {
        return EalSettings.of(Map.of("hugepages", hugePages, "memory.mib", "1048576"));
    }

    @Test
    void shouldRefuseInOneLineWhenHugePagesAreWantedAndTooFewAreFree() throws NicException {
        final EalSettings wanted = settings("on");
        final String line =
                assertThrows(NicException.class, () -> Eal.hugePages(wanted)).getMessage();
        assertTrue(
                line.matches(
                        "joyride\\.nic\\.dpdk: hugepages=on, but \\d+ pages of \\d+ KiB are free and memory\\.mib is"
                                + " 1048576; reserve more: sysctl vm\\.nr_hugepages=N, or set hugepages=auto"),
                line);
    }

    @Test
    void shouldDoWithoutWhenTooFewAreFreeAndNobodyInsists() throws NicException {
        assertFalse(Eal.hugePages(settings("auto")));
        assertFalse(Eal.hugePages(settings("off")));
    }
}
