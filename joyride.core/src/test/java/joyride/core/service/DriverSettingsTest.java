package joyride.core.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class DriverSettingsTest {
    private static final Map<String, String> CONFIGURED = Map.of(
            "frames",
            "64",
            "busy.poll.us",
            "5",
            "driver.dpdk.pmd",
            "af_xdp",
            "driver.dpdk.frames",
            "2048",
            "driver.afxdp.mode",
            "copy");

    @Test
    void shouldGiveADriverItsOwnAndThoseOfAllWhenSettingsNameDrivers() {
        assertEquals(
                Map.of("frames", "2048", "busy.poll.us", "5", "pmd", "af_xdp"), DriverSettings.of(CONFIGURED, "dpdk"));
        assertEquals(
                Map.of("frames", "64", "busy.poll.us", "5", "mode", "copy"), DriverSettings.of(CONFIGURED, "afxdp"));
        assertEquals(Map.of("frames", "64", "busy.poll.us", "5"), DriverSettings.of(CONFIGURED, "wire"));
    }
}
