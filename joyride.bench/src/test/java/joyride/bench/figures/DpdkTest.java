package joyride.bench.figures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class DpdkTest {
    @Test
    void shouldNameThePackagesThatDoctorNames() throws IOException {
        assertEquals("no dpdk-testpmd: apt-get install " + packageOf("dpdk-testpmd"), Dpdk.NO_TESTPMD);
        assertEquals("no DPDK: apt-get install " + packageOf("librte_ethdev.so"), Dpdk.NO_LIBRARY);
    }

    private static String packageOf(final String file) throws IOException {
        return Files.readAllLines(Path.of("../joyride.dist/src/main/sh/packages.sh")).stream()
                .filter(line -> line.startsWith(file + "|"))
                .findFirst()
                .orElseThrow()
                .split("\\|")[1];
    }
}
