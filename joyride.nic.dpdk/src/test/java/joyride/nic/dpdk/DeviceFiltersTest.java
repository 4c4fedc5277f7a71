package joyride.nic.dpdk;

import static joyride.testkit.nic.ThreadNamespace.ip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import joyride.api.memory.Memory;
import joyride.api.net.MacAddress;
import joyride.api.nic.PacketBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a device is to take in, as the kernel shows it, and as one of the kernel's that filters does it. */
@Timeout(120)
class DeviceFiltersTest {
    private static final int GROUPS = 8;
    private static final int LENGTH = 80;
    private static final int BEHIND = 99;

    private static boolean isPromiscuous(final String device) throws Exception {
        return ip("-o link show " + device).contains("PROMISC");
    }

    @Test
    void shouldMakeTheKernelsDevicePromiscuousAsLongAsThePortIsOpen() throws Exception {
        Namespaces.run(ports -> {
            Namespaces.veth("");
            ports.open("near", Ports.settings("promiscuous", "off")).close();
            assertFalse(isPromiscuous("near"));
            final DpdkPort near = ports.open("near", Ports.settings("promiscuous", "on"));
            assertTrue(isPromiscuous("near"));
            near.close();
            assertFalse(isPromiscuous("near"));
        });
    }

    @Test
    void shouldMakeATapWhatItIsAskedFor() throws Exception {
        Namespaces.run(ports -> {
            final DpdkPort tap = ports.open(
                    "net_tap4",
                    Ports.settings("arguments", "iface=jtap4", "promiscuous", "on", "mac", "02:00:00:00:00:77"));
            final String shown = ip("-o link show jtap4");
            assertTrue(shown.contains("PROMISC") && shown.contains("ALLMULTI"), shown);
            assertEquals(MacAddress.parse("02:00:00:00:00:77"), tap.macAddress());
            assertTrue(shown.contains("02:00:00:00:00:77"), shown);
            tap.close();
            ports.open("net_tap4", Ports.settings("arguments", "iface=jtap4", "allmulticast", "off"));
            final String plain = ip("-o link show jtap4");
            assertFalse(plain.contains("PROMISC") || plain.contains("ALLMULTI"), plain);
        });
    }

    /** A TAP takes a list of groups, and all frames. */
    @Test
    void shouldGiveADeviceTheGroupsThatItIsToTakeIn() throws Exception {
        Namespaces.run(ports -> {
            final DpdkPort tap = ports.open(
                    "net_tap4",
                    Ports.settings(
                            "arguments",
                            "iface=jtap4",
                            "allmulticast",
                            "off",
                            "multicast",
                            "01:00:5e:00:00:05 01:00:5e:00:00:06"));
            ip("link set jtap4 up");
            final DpdkPort kernel = ports.open("net_af_packet9", Ports.settings("arguments", "iface=jtap4"));
            Ports.connect(tap, kernel);
            assertFalse(ip("-o link show jtap4").contains("ALLMULTI"));
        });
    }

    /** A macvlan takes in the groups that it was asked for, by a hash of 256 values, so that one may come by chance. */
    @Test
    void shouldGetGroupsThatNobodyAskedForWhenPromiscuousAlone() throws Exception {
        Namespaces.run(ports -> {
            Namespaces.veth("");
            ip("link add link near name filtered type macvlan");
            ip("link set filtered up");
            final DpdkPort far = ports.open("far", Ports.settings());
            assertTrue(groups(ports, far, Map.of()) < GROUPS);
            assertEquals(GROUPS, groups(ports, far, Map.of("promiscuous", "on")));
        });
    }

    /** @return how many of the frames to as many groups come before one to all */
    private static int groups(final Ports ports, final DpdkPort far, final Map<String, String> settings)
            throws Exception {
        final DpdkPort filtered = ports.open("filtered", settings);
        Ports.connect(far, filtered);
        for (int i = 0; i < GROUPS; i++) {
            final PacketBatch batch = new PacketBatch(1);
            final long frame = far.queue(0).allocate();
            final long at = far.queue(0).address(frame);
            Ports.fill(at, LENGTH, i);
            Memory.putShortBE(at, 0x0100);
            Memory.putIntBE(at + 2, 0x5e11_0000 | i * 0x0123);
            batch.add(frame, at, LENGTH, 0);
            assertEquals(1, far.queue(0).transmit(batch));
        }
        assertTrue(Ports.send(far, 0, LENGTH, BEHIND));
        int came = 0;
        while (Ports.receive(filtered, 0, LENGTH) != BEHIND) {
            came++;
        }
        filtered.close();
        return came;
    }
}
