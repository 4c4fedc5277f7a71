package joyride.core.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DriverSettingsTest {
    private static final Map<String, String> CONFIGURED = Map.of(
            "frames", "64", "busy.poll.us", "5", "dpdk.pmd", "af_xdp", "dpdk.frames", "2048", "afxdp.mode", "copy");

    private static Map<String, String> of(final String driver) {
        return DriverSettings.of(CONFIGURED, driver, List.of("afxdp", "dpdk", "wire"));
    }

    @Test
    void shouldGiveADriverItsOwnAndThoseOfAllWhenSettingsNameDrivers() {
        assertEquals(Map.of("frames", "2048", "busy.poll.us", "5", "pmd", "af_xdp"), of("dpdk"));
        assertEquals(Map.of("frames", "64", "busy.poll.us", "5", "mode", "copy"), of("afxdp"));
        assertEquals(Map.of("frames", "64", "busy.poll.us", "5"), of("wire"));
    }
}
