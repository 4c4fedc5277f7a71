package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
    private static DpdkSettings port(final Map<String, String> settings) throws NicException {
        return DpdkSettings.of(new NicConfiguration("nic0", 1, settings));
    }

    @Test
    void shouldHaveDefaultsThatNeedNoSetting() throws NicException {
        final DpdkSettings settings = port(Map.of());
        assertEquals("", settings.arguments());
        assertEquals(1024, settings.receiveDescriptors());
        assertEquals(5_000_000, settings.idleNanos());
        assertTrue(settings.offload() && settings.interrupts());
        assertFalse(settings.promiscuous());
        assertEquals(EalSettings.STANDARD, EalSettings.of(Map.of("service.pid", "joyride.nic.dpdk")));
    }

    @ParameterizedTest
    @CsvSource({
        "frames, -1, 0..",
        "buffer.bytes, 70000, ..65407",
        "rx.descriptors, 16, 32..32768",
        "tx.descriptors, many, 32..32768",
        "promiscuous, yes, on or off",
        "mac, 01:00:00:00:00:01, a unicast address",
        "macs, 01:00:00:00:00:01, a unicast address",
        "multicast, 02:00:00:00:00:01, a multicast address",
        "rss.key, xyz, hexadecimal",
        "rss.hash, sctp, 'ip, tcp, udp'",
        "pmd, kni, 'af_packet, af_xdp or pcap'",
        "colour, red, arguments"
    })
    void shouldSayInOneLineWhatIsWrongWithAPortsSetting(final String key, final String value, final String remedy) {
        final String line =
                assertThrows(NicException.class, () -> port(Map.of(key, value))).getMessage();
        assertTrue(line.startsWith("nic0: ") && line.contains(key) && line.contains(remedy), line);
        assertEquals(1, line.lines().count());
    }

    @ParameterizedTest
    @CsvSource({
        "memory.mib, 8, 32..",
        "memory.mib, much, 32..",
        "hugepages, maybe, 'auto, on or off'",
        "cores, 1, eal.options"
    })
    void shouldSayInOneLineWhatIsWrongWithTheProcesssSetting(
            final String key, final String value, final String remedy) {
        final String line = assertThrows(NicException.class, () -> EalSettings.of(Map.of(key, value)))
                .getMessage();
        assertTrue(line.contains(key) && line.contains(remedy), line);
    }

    @Test
    void shouldReadWhatEalIsStartedWith() throws NicException {
        final EalSettings settings = EalSettings.of(Map.of(
                "library.path",
                "/opt/dpdk",
                "memory.mib",
                64,
                "hugepages",
                "off",
                "eal.options",
                " -d /opt/x  --main-lcore 0 "));
        assertEquals(
                new EalSettings(
                        Path.of("/opt/dpdk"),
                        64,
                        EalSettings.HugePages.OFF,
                        List.of("-d", "/opt/x", "--main-lcore", "0")),
                settings);
    }
}
