package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import joyride.api.memory.Memory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The key of the hash that spreads frames, as ethdev has it for the driver. */
@Timeout(120)
@SuppressWarnings("restricted")
class HashKeyTest {
    private static final String KEY =
            "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa";

    /** What a driver that reads it when it starts, or later, finds. */
    private static String kept(final int port) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            final long conf = arena.allocate(Layout.CONF_ROOM, 8).address();
            final int result = (int) Linker.nativeLinker()
                    .downcallHandle(
                            Libraries.opened().find("rte_eth_dev_conf_get").orElseThrow(),
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_SHORT, ValueLayout.JAVA_LONG))
                    .invokeExact((short) port, conf);
            assertEquals(0, result);
            final byte[] key = new byte[Memory.getUnsignedByte(conf + Layout.CONF_RSS_KEY_LENGTH)];
            final long at = Memory.getLong(conf + Layout.CONF_RSS_KEY);
            for (int i = 0; i < key.length; i++) {
                key[i] = Memory.getByte(at + i);
            }
            return HexFormat.of().formatHex(key);
        }
    }

    @Test
    void shouldKeepTheKeyWhereDriversLookForItAsLongAsThePortIsOpen() throws Exception {
        Namespaces.run(ports -> {
            ports.open("net_tap5", 2, 0, Ports.settings("arguments", "iface=jtap5", "rss.key", KEY));
            try {
                assertEquals(KEY, kept(Ethdev.find("net_tap5")));
            } catch (final RuntimeException | Error e) {
                throw e;
            } catch (final Throwable e) {
                throw new IllegalStateException(e);
            }
        });
    }
}
