package joyride.nic.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicEvents;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.Steering;
import org.junit.jupiter.api.Test;

class WireDriverTest {
    private final WireDriver driver = new WireDriver(() -> 0);

    private NicPort open(final String name, final Map<String, String> settings) throws NicException {
        return driver.open(new NicConfiguration(name, 1, settings));
    }

    private String refused(final Map<String, String> settings) {
        return assertThrows(NicException.class, () -> open("nic0", settings)).getMessage();
    }

    @Test
    void shouldPairTwoPortsWhenTheyNameTheSameWire() throws NicException {
        final NicPort a = open("nic0", Map.of("wire", "w", "mtu", "9000"));
        final NicPort b = open("nic1", Map.of("wire", "w"));
        assertTrue(a.linkUp() && b.linkUp());
        assertEquals(9000, b.mtu());
        assertNotEquals(a.macAddress(), b.macAddress());
        assertTrue(refused(Map.of("wire", "w")).contains("both its ends"));
        a.close();
        b.close();
        open("nic0", Map.of("wire", "w")).close();
    }

    @Test
    void shouldNameTheValueAndTheRemedyWhenASettingIsWrong() throws NicException {
        assertEquals("nic0: loss is '2'; give a probability from 0 to below 1", refused(Map.of("loss", "2")));
        assertEquals("nic0: mtu is 'x'; give 68..65535", refused(Map.of("mtu", "x")));
        assertEquals("nic0: frames is '1'; give 64..65536", refused(Map.of("frames", "1")));
        assertTrue(refused(Map.of("mac", "01:00:00:00:00:00")).contains("unicast"));
        assertTrue(refused(Map.of("lost", "1")).contains("no setting 'lost'"));
        final NicPort a = open("nic0", Map.of("mtu", "9000"));
        assertTrue(refused(Map.of("mtu", "1500")).contains("9000"));
        a.close();
        a.close();
    }

    @Test
    void shouldRefuseToShareBecauseAWireHasNoKernel() {
        final Steering shared = new Steering() {
            @Override
            public boolean shared() {
                return true;
            }

            @Override
            public int map() {
                throw new AssertionError("asked for the map");
            }
        };
        final NicException failure = assertThrows(
                NicException.class,
                () -> driver.open(new NicConfiguration("nic0", "nic0", 0, shared, NicEvents.IGNORED, Map.of())));
        assertTrue(failure.getMessage().startsWith("nic0: a wire has no kernel"), failure.getMessage());
    }
}
