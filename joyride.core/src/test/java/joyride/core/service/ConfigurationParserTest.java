package joyride.core.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.socket.TransportHost.PolicyAction;
import joyride.api.socket.TransportHost.PolicyRule;
import joyride.core.engine.LoopSettings;
import joyride.core.service.CoreConfiguration.InterfaceConfiguration;
import joyride.core.service.CoreConfiguration.RouteConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationParserTest {
    @Test
    void shouldBeTheEmbeddedDefaultWhenNothingIsConfigured() {
        final CoreConfiguration configuration = ConfigurationParser.parse(Map.of());
        assertEquals(List.of(IpPrefix.parse("127.77.0.1/16")), configuration.loopbackAddresses());
        assertEquals(Map.of(), configuration.interfaces());
        assertEquals(LoopSettings.STANDARD, configuration.loop());
        assertEquals("freebsd", configuration.variant());
        assertEquals("cubic", configuration.congestionControl());
    }

    @Test
    void shouldIgnoreWhatTheFrameworkPutsAmongTheProperties() {
        final Map<String, Object> properties = Map.of(
                "service.pid",
                "joyride.core",
                "component.id",
                4L,
                "component.name",
                "x",
                "felix.fileinstall.filename",
                "file:/x",
                "Driver.target",
                "(a=b)",
                ".private",
                "y");
        assertEquals(ConfigurationParser.parse(Map.of()), ConfigurationParser.parse(properties));
    }

    @Test
    void shouldReadAnInterfaceWithItsDriversOwnSettings() {
        final CoreConfiguration configuration = ConfigurationParser.parse(Map.of(
                "interface.nic0.driver", "wire",
                "interface.nic0.addresses", "192.0.2.1/24, 198.51.100.1/25",
                "interface.nic0.mtu", "9000",
                "interface.nic0.routes", "default via 192.0.2.254, 203.0.113.0/24",
                "interface.nic0.link", "a"));
        final InterfaceConfiguration nic = configuration.interfaces().get("nic0");
        assertEquals("wire", nic.driver());
        assertEquals(List.of(IpPrefix.parse("192.0.2.1/24"), IpPrefix.parse("198.51.100.1/25")), nic.addresses());
        assertEquals(9000, nic.mtu());
        assertEquals(
                List.of(
                        new RouteConfiguration(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse("192.0.2.254")),
                        new RouteConfiguration(IpPrefix.parse("203.0.113.0/24"), null)),
                nic.routes());
        assertEquals(Map.of("link", "a"), nic.settings());
    }

    @Test
    void shouldReadIpv6WhenAnInterfaceHasIt() {
        final InterfaceConfiguration nic = ConfigurationParser.parse(Map.of(
                        "interface.nic0.driver", "wire",
                        "interface.nic0.addresses", "192.0.2.1/24, 2001:db8::1/64",
                        "interface.nic0.autoconf", "yes",
                        "interface.nic0.dad", "0",
                        "interface.nic0.routes", "default via fe80::1, 2001:db8:1::/48 via 2001:db8::2"))
                .interfaces()
                .get("nic0");
        assertEquals(List.of(IpPrefix.parse("192.0.2.1/24"), IpPrefix.parse("2001:db8::1/64")), nic.addresses());
        assertTrue(nic.autoconfigure());
        assertEquals(0, nic.duplicateChecks());
        assertEquals(
                List.of(
                        new RouteConfiguration(IpPrefix.parse("::/0"), IpAddress.parse("fe80::1")),
                        new RouteConfiguration(IpPrefix.parse("2001:db8:1::/48"), IpAddress.parse("2001:db8::2"))),
                nic.routes());
        final InterfaceConfiguration plain = ConfigurationParser.parse(Map.of("interface.nic0.driver", "wire"))
                .interfaces()
                .get("nic0");
        assertFalse(plain.autoconfigure());
        assertEquals(1, plain.duplicateChecks());
    }

    @Test
    void shouldReadTypedValuesAsConfigAdminGivesThem() {
        final CoreConfiguration configuration = ConfigurationParser.parse(Map.of(
                "loop.cpu",
                1,
                "loop.spin.us",
                0L,
                "loop.busy.poll",
                true,
                "loopback.addresses",
                new String[] {"127.77.0.1/16", "127.78.0.1/16"},
                "sysctl.net.inet.tcp.delacktime",
                20,
                "policy.kernel",
                "127.77.9.0/24"));
        assertEquals(new LoopSettings(1, 0, 200_000, true, 5_000_000_000L), configuration.loop());
        assertEquals(2, configuration.loopbackAddresses().size());
        assertEquals(Map.of("net.inet.tcp.delacktime", "20"), configuration.sysctls());
        assertEquals(
                List.of(new PolicyRule(IpPrefix.parse("127.77.9.0/24"), PolicyAction.KERNEL)), configuration.policy());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "loop.spinn.us | 5 | there is no key 'loop.spinn.us'; there are loopback.addresses, loop.cpu",
                "loop.spin.us | -1 | loop.spin.us='-1' is not allowed; write a whole number in 0..1000000",
                "loop.spin.us | 5us | loop.spin.us='5us' is not allowed",
                "loop.cpu | two | loop.cpu='two' is not allowed; write a whole number in 0..4095",
                "loop.busy.poll | maybe | loop.busy.poll='maybe' is not allowed; write true or false",
                "loopback.addresses | 127.77.0.1/33 | loopback.addresses: prefix length 33 of 127.77.0.1 is not in 0..32",
                "loopback.addresses | localhost | loopback.addresses: 'localhost' is not an IP address",
                "interface.nic0.mtu | 9000 | interface.nic0.driver is missing",
                "interface.nic0 | wire | there is no key 'interface.nic0'; write interface.NAME.driver",
                "share.ports | 50000 | share.ports='50000' is not allowed; write FIRST-LAST, ports in 1024..65535",
                "share.ports | 50000-60000-65000 | share.ports='50000-60000-65000' is not allowed",
                "share.ports | 60000-50000 | share.ports='60000-50000' is not allowed",
                "share.ports | 80-x | share.ports='80-x' is not allowed",
                "interface.lo0.driver | wire | an interface name",
                "policy.kernel | 10.0.0.0/x | policy.kernel: '10.0.0.0/x' is not a prefix",
                "instance.quota.mib | 0 | instance.quota.mib='0' is not allowed",
            })
    void shouldNameKeyValueAndWhatIsAllowedWhenWrong(final String key, final String value, final String message) {
        final var failure =
                assertThrows(IllegalArgumentException.class, () -> ConfigurationParser.parse(Map.of(key, value)));
        assertTrue(failure.getMessage().contains(message), failure.getMessage());
        assertTrue(failure.getMessage().startsWith("joyride.core: "), failure.getMessage());
        assertEquals(1, failure.getMessage().lines().count());
    }

    @Test
    void shouldTakeAddressesAndMtuFromTheKernelWhenShared() {
        final var nic = ConfigurationParser.parse(Map.of(
                        "interface.n.driver", "afxdp",
                        "interface.n.device", "veth1",
                        "interface.n.share", "kernel",
                        "interface.n.queues", "4",
                        "interface.n.mode", "copy"))
                .interfaces()
                .get("n");
        assertEquals("veth1", nic.device());
        assertTrue(nic.shared());
        assertEquals(65535, nic.mtu());
        assertEquals(4, nic.queues());
        assertEquals(Map.of("mode", "copy"), nic.settings());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "share | yes | interface.n.share='yes' is not allowed; write kernel for the kernel's addresses, or no",
                "autoconf | on | interface.n.autoconf='on' is not allowed; write yes for IPv6 addresses",
                "dad | 11 | interface.n.dad='11' is not allowed; write a whole number in 0..10",
                "queues | 1025 | interface.n.queues='1025' is not allowed; write a whole number in 0..1024",
                "device | a b | interface.n.device='a b' is not allowed; write a network device's name",
                "device | m | interface.n.device='m' is not allowed; write a device that m does not have already",
            })
    void shouldRefuseWhatAnInterfaceCannotBe(final String key, final String value, final String message) {
        final var failure = assertThrows(
                IllegalArgumentException.class,
                () -> ConfigurationParser.parse(Map.of(
                        "interface.m.driver", "afxdp", "interface.n.driver", "afxdp", "interface.n." + key, value)));
        assertTrue(failure.getMessage().contains(message), failure.getMessage());
    }

    @Test
    void shouldGiveEachDriverItsOwnDeviceAndQueues() {
        final var nic = ConfigurationParser.parse(Map.of(
                        "interface.n.driver", "memif",
                        "interface.n.device", "/run/x.sock",
                        "interface.n.queues", "1",
                        "interface.n.driver.dpdk.device", "net_memif0",
                        "interface.n.driver.dpdk.queues", "2",
                        "interface.n.driver.dpdk.arguments", "role=client"))
                .interfaces()
                .get("n");
        assertEquals("/run/x.sock", nic.device("memif"));
        assertEquals("net_memif0", nic.device("dpdk"));
        assertEquals(1, nic.queues("memif"));
        assertEquals(2, nic.queues("dpdk"));
        assertEquals(Map.of(), DriverSettings.of(nic.settings(), "memif"));
        assertEquals(Map.of("arguments", "role=client"), DriverSettings.of(nic.settings(), "dpdk"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "driver.d.device | a b | interface.n.driver.d.device='a b' is not allowed; write a network device's name",
                "driver.d.queues | 1025 | interface.n.driver.d.queues='1025' is not allowed; write a whole number in 0..1024",
                "driver.d.mtu | 9000 | there is no key 'interface.n.driver.d.mtu'; write interface.n.mtu, which is the interface's",
                "driver.d.addresses | 10.0.0.1/8 | there is no key 'interface.n.driver.d.addresses'; write interface.n.addresses",
                "driver.d | x | there is no key 'interface.n.driver.d'; write a setting of one driver's as interface.n.driver.DRIVER.SETTING",
                "driver..device | x | there is no key 'interface.n.driver..device'",
                "driver.w.device | m | interface.n.device='m' is not allowed; write a device that m does not have already",
            })
    void shouldSayWhatOneDriverCannotHave(final String key, final String value, final String message) {
        final var failure = assertThrows(
                IllegalArgumentException.class,
                () -> ConfigurationParser.parse(
                        Map.of("interface.m.driver", "w", "interface.n.driver", "w", "interface.n." + key, value)));
        assertTrue(failure.getMessage().contains(message), failure.getMessage());
    }

    @Test
    void shouldRefuseADriversOwnDeviceBesideTheKernels() {
        final var failure = assertThrows(
                IllegalArgumentException.class,
                () -> ConfigurationParser.parse(Map.of(
                        "interface.n.driver", "afxdp",
                        "interface.n.share", "kernel",
                        "interface.n.driver.dpdk.device", "net_tap0")));
        assertTrue(
                failure.getMessage().contains("share=kernel; all drivers have the kernel's device"),
                failure.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"addresses, 192.0.2.1/24", "routes, default"})
    void shouldRefuseAddressesOfItsOwnBesideTheKernels(final String key, final String value) {
        final var failure = assertThrows(
                IllegalArgumentException.class,
                () -> ConfigurationParser.parse(Map.of(
                        "interface.n.driver", "afxdp", "interface.n.share", "kernel", "interface.n." + key, value)));
        assertTrue(
                failure.getMessage().contains("interface.n." + key + "='" + value + "' is not allowed beside"),
                failure.getMessage());
    }

    @Test
    void shouldRefuseAnMtuOutOfRange() {
        final var failure = assertThrows(
                IllegalArgumentException.class,
                () -> ConfigurationParser.parse(Map.of("interface.n.driver", "wire", "interface.n.mtu", "71")));
        assertTrue(failure.getMessage().contains("interface.n.mtu='71'"), failure.getMessage());
    }

    @Test
    void shouldSendWhatRoutesOverJoyrideThereUnlessConfiguredOtherwise() {
        final CoreConfiguration configuration = ConfigurationParser.parse(Map.of(
                "interface.nic0.driver", "wire",
                "interface.nic0.addresses", "192.0.2.1/24",
                "interface.nic0.routes", "203.0.113.0/24 via 192.0.2.254",
                "policy.kernel", "203.0.113.0/24,127.77.9.0/24",
                "policy.refuse", "198.51.100.0/24"));
        assertEquals(
                List.of(
                        "192.0.2.1/32 LOCAL",
                        "192.0.2.0/24 JOYRIDE",
                        "203.0.113.0/24 KERNEL",
                        "127.77.9.0/24 KERNEL",
                        "198.51.100.0/24 REFUSE",
                        "127.77.0.0/16 LOCAL"),
                Policy.of(configuration, List.of()).stream()
                        .map(rule -> rule.prefix() + " " + rule.action())
                        .toList());
    }

    @Test
    void shouldStandOnTheUsersPageWhenItIsAKey() throws Exception {
        final String page = Files.readString(Path.of("../docs/configuration.md"));
        for (final String key : ConfigurationParser.KEYS) {
            final int brace = key.indexOf('{');
            final List<String> names = brace < 0
                    ? List.of("")
                    : List.of(key.substring(brace + 1, key.length() - 1).split(","));
            final String stem = brace < 0 ? key : key.substring(0, brace);
            for (final String name : names) {
                assertTrue(
                        page.contains("`" + stem + name + "`")
                                || page.contains("`." + name + "`")
                                || stem.startsWith("policy.") && page.contains("`policy.…`"),
                        stem + name);
            }
        }
    }
}
