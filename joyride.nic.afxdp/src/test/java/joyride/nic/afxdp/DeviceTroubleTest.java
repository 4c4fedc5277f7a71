package joyride.nic.afxdp;

import static joyride.testkit.nic.ThreadNamespace.ip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.linux.NetworkDevice;
import joyride.linux.bpf.BpfLink;
import joyride.linux.bpf.BpfMap;
import joyride.linux.bpf.BpfProgram;
import joyride.linux.bpf.SteeringPrograms;
import joyride.testkit.nic.Cable;
import joyride.testkit.nic.Datagrams;
import joyride.testkit.nic.ThreadNamespace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What can go wrong with a device: one clear error, or a clean recovery. Root. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeviceTroubleTest {
    private static NicException refused(final Cable cable, final int queues, final Map<String, String> settings) {
        return assertThrows(NicException.class, () -> cable.open(new AfXdpDriver(), queues, false, settings));
    }

    private static void assertRefused(final Cable cable, final String wanted) {
        final String message = refused(cable, 0, Map.of()).getMessage();
        assertTrue(message.contains(wanted), message);
        assertFalse(message.contains("\n"), message);
    }

    @Test
    void shouldSayWhatIsWrongWhenTheDeviceIsMissingOrDown() throws Exception {
        Namespace.run(() -> {
            try (Cable cable = new Cable("")) {
                ip("link set near down");
                assertRefused(cable, "near is down; ip link set dev near up");
                ip("link del near");
                assertRefused(cable, "there is no device near");
            }
        });
    }

    @Test
    void shouldBeBusyWhenAnotherPortServesTheDevice() throws Exception {
        Namespace.run(() -> {
            try (Cable cable = new Cable("");
                    Traffic traffic = new Traffic()) {
                final NicPort first = cable.open(new AfXdpDriver(), Map.of());
                final NicException second = refused(cable, 0, Map.of());
                assertTrue(second.isBusy());
                assertTrue(second.getMessage().contains("another XDP program is attached to near"), second::getMessage);
                assertTrue(refused(cable, 0, Map.of("mode", "generic")).isBusy());
                traffic.exchange(first.queue(0), 100);
                Traffic.assertClean(first);
                final NicPort third = cable.open(new AfXdpDriver(), Map.of());
                traffic.exchange(third.queue(0), 100);
                Traffic.assertClean(third);
            }
        });
    }

    @Test
    void shouldBeBusyWhenAnotherProgramHoldsTheQueue() throws Exception {
        Namespace.run(() -> {
            try (Cable cable = new Cable("")) {
                final FrameMemory memory = new FrameMemory(FrameShape.of(1500, 64));
                final AfXdpSettings settings = new AfXdpSettings(AfXdpSettings.Mode.COPY, 64, true, 0, 0);
                final XdpSocket other = XdpSocket.prepare(memory, settings);
                other.bind(NetworkDevice.find("near"), 0, Xdp.BIND_COPY);
                final NicException refused = refused(cable, 0, Map.of());
                assertTrue(refused.isBusy());
                assertTrue(refused.getMessage().contains("queue 0 of near is held"), refused::getMessage);
                other.close();
                Traffic.assertClean(cable.open(new AfXdpDriver(), Map.of()));
            }
        });
    }

    @Test
    void shouldNameTheRemedyWhenAnotherXdpProgramIsAttached() throws Exception {
        Namespace.run(() -> {
            try (Cable cable = new Cable("");
                    BpfMap sockets = BpfMap.create("test", BpfMap.SOCKETS, Integer.BYTES, Integer.BYTES, 1, 0);
                    BpfProgram program =
                            SteeringPrograms.redirect(cable.steering().descriptor(), sockets.descriptor(), false)) {
                final BpfLink link =
                        BpfLink.xdp(program, NetworkDevice.find("near").index(), BpfLink.XDP_GENERIC);
                assertRefused(cable, "detach it: ip link set dev near xdp off");
                link.close();
                Traffic.assertClean(cable.open(new AfXdpDriver(), Map.of()));
            }
        });
    }

    @Test
    void shouldServeOnWhenTheLinkFlaps() throws Exception {
        Namespace.run(() -> {
            try (Cable cable = new Cable("");
                    Traffic traffic = new Traffic()) {
                final NicPort port = cable.open(new AfXdpDriver(), Map.of());
                traffic.exchange(port.queue(0), 100);
                for (int flap = 0; flap < 3; flap++) {
                    for (final String end : new String[] {"near", "far"}) {
                        int told = cable.changes();
                        ip("link set " + end + " down");
                        while (port.linkUp()) {
                            cable.awaitChanges(++told);
                        }
                        Datagrams.write(port.queue(0), traffic.batch, 9, 0, 4, 100);
                        port.queue(0).transmit(traffic.batch);
                        told = cable.changes();
                        ip("link set " + end + " up");
                        while (!port.linkUp()) {
                            cable.awaitChanges(++told);
                        }
                        ip("neigh replace 10.9.0.2 lladdr " + Cable.NEAR_MAC + " dev far");
                        traffic.exchange(port.queue(0), 1000);
                    }
                }
                assertTrue(cable.failures().isEmpty(), cable.failures()::toString);
                Traffic.assertClean(port);
            }
        });
    }

    @Test
    void shouldTellWhenTheDeviceIsGoneAndOpenAgainWhenItReturns() throws Exception {
        Namespace.run(() -> {
            try (Cable cable = new Cable("")) {
                final NicPort port = cable.open(new AfXdpDriver(), Map.of());
                ip("link del near");
                assertEquals("the device near is gone", cable.awaitFailure());
                Traffic.assertClean(port);
                try (Cable again = new Cable("");
                        Traffic traffic = new Traffic()) {
                    final NicPort next = again.open(new AfXdpDriver(), Map.of());
                    traffic.exchange(next.queue(0), 100);
                    Traffic.assertClean(next);
                }
            }
        });
    }

    @Test
    void shouldFollowTheMtuAndFailWhereFramesDoNotHoldIt() throws Exception {
        Namespace.run(() -> {
            try (Cable cable = new Cable("")) {
                final NicPort port = cable.open(new AfXdpDriver(), Map.of());
                final int told = cable.changes();
                ip("link set near mtu 1400");
                cable.awaitChanges(told + 1);
                assertEquals(1400, port.mtu());
                ip("link set near mtu 3000");
                assertTrue(cable.awaitFailure().contains("MTU of 3000"), cable.failures()::toString);
                Traffic.assertClean(port);
                final NicPort next = cable.open(new AfXdpDriver(), Map.of());
                assertEquals(3000, next.mtu());
                Traffic.assertClean(next);
            }
        });
    }

    @Test
    void shouldFailWhenTheNumberOfQueuesChanges() throws Exception {
        Namespace.run(() -> {
            try (Cable cable = new Cable("numrxqueues 4 numtxqueues 4")) {
                Channels.set("far", 1, 1);
                Channels.set("near", 2, 2);
                final NicPort port = cable.open(new AfXdpDriver(), Map.of());
                assertEquals(2, port.queueCount());
                Channels.set("near", 4, 4);
                assertTrue(cable.awaitFailure().contains("near has 4 queues now, not 2"), cable.failures()::toString);
                Traffic.assertClean(port);
                final NicPort next = cable.open(new AfXdpDriver(), Map.of());
                assertEquals(4, next.queueCount());
                Traffic.assertClean(next);
                assertTrue(refused(cable, 5, Map.of()).getMessage().contains("queues is 5 but near has 4"));
            }
        });
    }

    @Test
    void shouldNameTheCapabilitiesWhenTheyAreMissing() throws Exception {
        for (final int missing : new int[] {Privileges.NET_RAW, Privileges.NET_ADMIN}) {
            Namespace.run(() -> {
                try (Cable cable = new Cable("")) {
                    Privileges.drop(missing, Privileges.SYS_ADMIN);
                    assertRefused(cable, "with the capabilities CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF");
                }
            });
        }
    }

    @Test
    void shouldNameTheLimitWhenMemoryMayNotBeLocked() throws Exception {
        Namespace.run(() -> {
            try (Cable cable = new Cable("")) {
                final String limit = ThreadNamespace.command("sh -c ulimit$IFS-l");
                Privileges.drop(Privileges.IPC_LOCK);
                assumeTrue(
                        !limit.contains("unlimited") && Long.parseLong(limit.strip()) < 30_000, "memory may be locked");
                final NicException refused = refused(cable, 0, Map.of("frames", "8192"));
                assertTrue(refused.getMessage().contains("RLIMIT_MEMLOCK"), refused::getMessage);
            }
        });
    }
}
