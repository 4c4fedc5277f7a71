package joyride.api.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import org.junit.jupiter.api.Test;

class TcpTunablesTest {
    private final TcpTunables tunables = new TcpTunables();

    @Test
    void shouldHaveFreeBsdDefaultsWhenFresh() {
        assertEquals(10, tunables.get("net.inet.tcp.initcwnd_segments"));
        assertEquals(30, tunables.get("net.inet.tcp.rexmit_min"));
        assertEquals(7200000, tunables.get("net.inet.tcp.keepidle"));
        assertEquals(65536, tunables.get("net.inet.tcp.recvspace"));
    }

    @Test
    void shouldHaveDefaultsInTheirRanges() throws IllegalAccessException {
        for (final Field field : TcpTunables.class.getFields()) {
            final Sysctl sysctl = field.getAnnotation(Sysctl.class);
            if (sysctl != null) {
                final long value = field.getLong(tunables);
                assertTrue(value >= sysctl.min() && value <= sysctl.max(), sysctl.name() + " = " + value);
            }
        }
    }

    @Test
    void shouldChangeTheFieldWhenSetByName() {
        tunables.set("net.inet.tcp.delacktime", " 100 ");
        assertEquals(100, tunables.delackTime);
        assertEquals("100", tunables.values().get("net.inet.tcp.delacktime"));
    }

    @Test
    void shouldNameValueAndRangeWhenRefused() {
        final String range = assertThrows(
                        IllegalArgumentException.class, () -> tunables.set("net.inet.tcp.delacktime", "9999"))
                .getMessage();
        assertTrue(range.contains("9999") && range.contains("1..500"), range);
        final String number = assertThrows(
                        IllegalArgumentException.class, () -> tunables.set("net.inet.tcp.delacktime", "soon"))
                .getMessage();
        assertTrue(number.contains("'soon'"), number);
        assertThrows(IllegalArgumentException.class, () -> tunables.set("net.inet.tcp.nonsense", "1"));
        assertEquals(40, tunables.delackTime);
    }

    @Test
    void shouldTakeMoreThan32BitsWhereFreeBsdDoes() {
        tunables.set("kern.ipc.maxsockbuf", "4294967295");
        assertEquals(4294967295L, tunables.get("kern.ipc.maxsockbuf"));
        assertEquals("4294967295", tunables.values().get("kern.ipc.maxsockbuf"));
        assertTrue(tunables.socketBufferLimit() < Integer.MAX_VALUE);
        final TcpTunables other = new TcpTunables();
        other.copyFrom(tunables);
        assertEquals(4294967295L, other.maxSockBuf);
    }

    @Test
    void shouldKeepTheValueWhenTheWatcherRefuses() {
        tunables.watch((name, from, to) -> {
            if (to == 9811) {
                throw new IllegalArgumentException(name + " was " + from);
            }
        });
        assertThrows(IllegalArgumentException.class, () -> tunables.set("net.inet.tcp.udp_tunneling_port", "9811"));
        assertEquals(0, tunables.udpTunnelingPort);
        tunables.set("net.inet.tcp.udp_tunneling_port", "9812");
        assertEquals(9812, tunables.udpTunnelingPort);
    }

    @Test
    void shouldTakeAllValuesWhenCopied() {
        final TcpTunables other = new TcpTunables();
        other.msl = 5;
        tunables.copyFrom(other);
        assertEquals(5, tunables.msl);
    }
}
