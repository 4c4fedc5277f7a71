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
            "copy",
            "driver.afxdp.device",
            "eth7",
            "driver.dpdk.queues",
            "3");

    @Test
    void shouldGiveADriverItsOwnAndThoseOfAllWhenSettingsNameDrivers() {
        assertEquals(
                Map.of("frames", "2048", "busy.poll.us", "5", "pmd", "af_xdp"), DriverSettings.of(CONFIGURED, "dpdk"));
        assertEquals(
                Map.of("frames", "64", "busy.poll.us", "5", "mode", "copy"), DriverSettings.of(CONFIGURED, "afxdp"));
        assertEquals(Map.of("frames", "64", "busy.poll.us", "5"), DriverSettings.of(CONFIGURED, "wire"));
    }

    @Test
    void shouldFindADriversOwnOrTheCommonOne() {
        assertEquals("eth7", DriverSettings.own(CONFIGURED, "afxdp", DriverSettings.DEVICE, "nic0"));
        assertEquals("nic0", DriverSettings.own(CONFIGURED, "dpdk", DriverSettings.DEVICE, "nic0"));
        assertEquals("3", DriverSettings.own(CONFIGURED, "dpdk", DriverSettings.QUEUES, "0"));
    }
}
