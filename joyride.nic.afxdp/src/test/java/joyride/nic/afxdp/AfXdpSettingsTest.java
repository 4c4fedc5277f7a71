package joyride.nic.afxdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicException;
import org.junit.jupiter.api.Test;

class AfXdpSettingsTest {
    private static AfXdpSettings of(final Map<String, String> settings) throws NicException {
        return AfXdpSettings.of(new NicConfiguration("nic0", 0, settings));
    }

    private static String refused(final String key, final String value) {
        return assertThrows(NicException.class, () -> of(Map.of(key, value))).getMessage();
    }

    @Test
    void shouldTakeTheDefaultsWhenNothingIsSet() throws NicException {
        final AfXdpSettings settings = of(Map.of());
        assertEquals(AfXdpSettings.Mode.AUTO, settings.mode());
        assertEquals(2048, settings.frames());
        assertTrue(settings.needWakeup());
        assertFalse(settings.busyPoll());
    }

    @Test
    void shouldReadEverySetting() throws NicException {
        final AfXdpSettings settings = of(Map.of(
                "mode",
                "zero-copy",
                "frames",
                "512",
                "need.wakeup",
                "0",
                "busy.poll.us",
                "30",
                "busy.poll.budget",
                "16"));
        assertEquals(new AfXdpSettings(AfXdpSettings.Mode.ZERO_COPY, 512, false, 30, 16), settings);
        assertTrue(settings.busyPoll());
    }

    @Test
    void shouldNameKeyValueAndWhatIsAllowedWhenASettingIsWrong() {
        assertEquals("nic0: mode is 'fast'; give auto, zero-copy, copy or generic", refused("mode", "fast"));
        assertEquals("nic0: frames is '1'; give 64..65536", refused("frames", "1"));
        assertEquals("nic0: frames is 1000; give a power of two, 64..65536", refused("frames", "1000"));
        assertEquals("nic0: busy.poll.us is 'x'; give 0..1000000", refused("busy.poll.us", "x"));
        assertTrue(refused("speed", "1").contains("no setting 'speed'"));
    }

    @Test
    void shouldCutMemoryUpByTheMtu() {
        assertEquals(new FrameShape(2048, 64, 1, 64), FrameShape.of(1500, 64));
        assertFalse(FrameShape.of(1500, 64).scattered(1500));
        assertEquals(new FrameShape(4096, 64, 1, 64), FrameShape.of(3500, 64));
        assertFalse(FrameShape.of(3500, 64).scattered(3500));
        assertEquals(new FrameShape(4096, 64, 3, 64), FrameShape.of(9000, 64));
        assertTrue(FrameShape.of(9000, 64).scattered(9000));
        assertEquals(256, FrameShape.of(9000, 64).transmitEntries());
        assertEquals(64, FrameShape.of(1500, 64).transmitEntries());
        for (int mtu = 68; mtu < 65536; mtu += 13) {
            assertTrue(FrameShape.of(mtu, 64).mtu() >= mtu, "mtu " + mtu);
        }
    }
}
