package joyride.core.service;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.socket.TransportHost.PolicyAction;
import joyride.api.socket.TransportHost.PolicyRule;
import joyride.core.engine.LoopSettings;
import joyride.core.ip.NetworkLayer;
import joyride.core.service.CoreConfiguration.InterfaceConfiguration;
import joyride.core.service.CoreConfiguration.PortRange;
import joyride.core.service.CoreConfiguration.RouteConfiguration;

/**
 * Reads the properties of the PID {@code joyride.core}. Whatever is wrong ends in an {@link IllegalArgumentException} of one line: the
 * key, the value, what is allowed.
 */
final class ConfigurationParser {
    static final String LOOPBACK_ADDRESSES = "loopback.addresses";
    static final String LOOP_CPU = "loop.cpu";
    static final String LOOP_SPIN = "loop.spin.us";
    static final String LOOP_YIELD_LIMIT = "loop.yield.limit.us";
    static final String LOOP_BUSY_POLL = "loop.busy.poll";
    static final String LOOP_WATCHDOG = "loop.watchdog.ms";
    static final String TCP_VARIANT = "tcp.variant";
    static final String TCP_CC = "tcp.cc";
    static final String POLICY = "policy.";
    static final String SYSCTL = "sysctl.";
    static final String INTERFACE = "interface.";
    static final String INSTANCE_QUOTA = "instance.quota.mib";
    static final String SHARE_PORTS = "share.ports";

    static final List<String> KEYS = List.of(
            LOOPBACK_ADDRESSES,
            LOOP_CPU,
            LOOP_SPIN,
            LOOP_YIELD_LIMIT,
            LOOP_BUSY_POLL,
            LOOP_WATCHDOG,
            TCP_VARIANT,
            TCP_CC,
            POLICY + "{joyride,kernel,refuse}",
            POLICY + "NUMBER",
            SYSCTL + "NAME",
            INTERFACE + "NAME.{driver,device,share,addresses,mtu,routes,autoconf,dad,queues,tso,lro,…}",
            INSTANCE_QUOTA,
            SHARE_PORTS);

    /** What Config Admin, Declarative Services and FileInstall put among the properties. */
    private static final Pattern FOREIGN = Pattern.compile(
            "(service|component|felix|osgi|metatype)\\..*|\\..*|objectClass|.*\\.target|.*\\.cardinality\\.minimum");

    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,14}");
    /** Of an interface whatever its driver is. */
    private static final Set<String> NOT_OF_ONE_DRIVER =
            Set.of("driver", "share", "addresses", "mtu", "routes", "autoconf", "dad", "tso", "lro");

    private static final int MOST_QUEUES = 1024;
    private static final Pattern DEVICE = Pattern.compile("[^\\s,]{1,255}");
    private static final long MICRO = 1_000L;
    private static final long MILLI = 1_000_000L;

    private final Map<String, String> values = new TreeMap<>();

    private ConfigurationParser(final Map<String, ?> properties) {
        properties.forEach((key, value) -> {
            if (!FOREIGN.matcher(key).matches()) {
                values.put(key, text(value));
            }
        });
    }

    /** @throws IllegalArgumentException with one line for people */
    static CoreConfiguration parse(final Map<String, ?> properties) {
        return new ConfigurationParser(properties).parse();
    }

    private static String text(final Object value) {
        if (value instanceof Object[] array) {
            return String.join(
                    ",", java.util.Arrays.stream(array).map(String::valueOf).toList());
        }
        if (value instanceof java.util.Collection<?> list) {
            return String.join(",", list.stream().map(String::valueOf).toList());
        }
        return String.valueOf(value).strip();
    }

    private CoreConfiguration parse() {
        final List<IpPrefix> loopback = prefixes(LOOPBACK_ADDRESSES, take(LOOPBACK_ADDRESSES, "127.77.0.1/16"));
        final LoopSettings standard = LoopSettings.STANDARD;
        final LoopSettings loop = new LoopSettings(
                cpu(),
                number(LOOP_SPIN, 0, 1_000_000, standard.spinNanos() / MICRO) * MICRO,
                number(LOOP_YIELD_LIMIT, 1, 1_000_000, standard.yieldLimitNanos() / MICRO) * MICRO,
                bool(LOOP_BUSY_POLL),
                number(LOOP_WATCHDOG, 100, 3_600_000, standard.watchdogNanos() / MILLI) * MILLI);
        final String variant = take(TCP_VARIANT, "freebsd");
        final String cc = take(TCP_CC, "cubic");
        final long quota = number(INSTANCE_QUOTA, 1, 1 << 20, 256) << 20;
        final PortRange sharePorts = portRange(SHARE_PORTS);
        final List<PolicyRule> policy = policy();
        final ProgramRules rules = PolicyParser.parse(values);
        final Map<String, String> sysctls = new TreeMap<>();
        final Map<String, Map<String, String>> interfaces = new TreeMap<>();
        for (final Map.Entry<String, String> entry : values.entrySet()) {
            final String key = entry.getKey();
            if (NamedSettings.has(key.replaceFirst("^sysctl[.]", ""))) {
                throw new IllegalArgumentException("joyride.core: " + key + " is set by "
                        + (key.contains(".cc.") ? TCP_CC : TCP_VARIANT) + " here");
            }
            if (key.startsWith(SYSCTL)) {
                sysctls.put(key.substring(SYSCTL.length()), entry.getValue());
            } else if (key.startsWith(INTERFACE)) {
                interfaceKey(key, entry.getValue(), interfaces);
            } else {
                throw new IllegalArgumentException(
                        "joyride.core: there is no key '" + key + "'; there are " + String.join(", ", KEYS));
            }
        }
        return new CoreConfiguration(
                loopback, interfaces(interfaces), loop, variant, cc, sysctls, policy, rules, quota, sharePorts);
    }

    private String take(final String key, final String standard) {
        final String value = values.remove(key);
        return value == null || value.isEmpty() ? standard : value;
    }

    private static IllegalArgumentException wrong(final String key, final String value, final String allowed) {
        return new IllegalArgumentException(
                "joyride.core: " + key + "='" + value + "' is not allowed; write " + allowed);
    }

    private long number(final String key, final long least, final long most, final long standard) {
        return whole(key, take(key, Long.toString(standard)), least, most);
    }

    private static long whole(final String key, final String value, final long least, final long most) {
        try {
            final long number = Long.parseLong(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (final NumberFormatException e) {
            throw (IllegalArgumentException) wrong(key, value, "a whole number in " + least + ".." + most)
                    .initCause(e);
        }
        throw wrong(key, value, "a whole number in " + least + ".." + most);
    }

    private PortRange portRange(final String key) {
        final String value = take(key, PortRange.STANDARD.toString());
        final String[] ends = value.split("-", -1);
        try {
            final PortRange range = new PortRange(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
            if (ends.length == 2 && range.first() >= 1024 && range.last() <= 65535 && range.first() <= range.last()) {
                return range;
            }
        } catch (final NumberFormatException e) {
            throw (IllegalArgumentException)
                    wrong(key, value, "FIRST-LAST, ports in 1024..65535").initCause(e);
        }
        throw wrong(key, value, "FIRST-LAST, ports in 1024..65535");
    }

    private int cpu() {
        final String value = values.getOrDefault(LOOP_CPU, "");
        if (value.isEmpty() || value.equals("none")) {
            values.remove(LOOP_CPU);
            return -1;
        }
        return (int) number(LOOP_CPU, 0, 4095, 0);
    }

    private boolean bool(final String key) {
        final String value = take(key, "false").toLowerCase(Locale.ROOT);
        if (!value.equals("true") && !value.equals("false")) {
            throw wrong(key, value, "true or false");
        }
        return value.equals("true");
    }

    private static List<String> list(final String text) {
        final List<String> items = new ArrayList<>();
        for (final String item : text.split(",")) {
            if (!item.isBlank()) {
                items.add(item.strip());
            }
        }
        return items;
    }

    private static List<IpPrefix> prefixes(final String key, final String text) {
        final List<IpPrefix> prefixes = new ArrayList<>();
        for (final String item : list(text)) {
            prefixes.add(prefix(key, item));
        }
        return List.copyOf(prefixes);
    }

    private static IpPrefix prefix(final String key, final String text) {
        try {
            return IpPrefix.parse(text);
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException("joyride.core: " + key + ": " + e.getMessage(), e);
        }
    }

    private List<PolicyRule> policy() {
        final List<PolicyRule> rules = new ArrayList<>();
        for (final PolicyAction action : List.of(PolicyAction.JOYRIDE, PolicyAction.KERNEL, PolicyAction.REFUSE)) {
            final String key = POLICY + action.name().toLowerCase(Locale.ROOT);
            for (final IpPrefix prefix : prefixes(key, take(key, ""))) {
                rules.add(new PolicyRule(prefix, action));
            }
        }
        return List.copyOf(rules);
    }

    private static void interfaceKey(
            final String key, final String value, final Map<String, Map<String, String>> interfaces) {
        final int dot = key.indexOf('.', INTERFACE.length());
        if (dot < 0 || dot == key.length() - 1) {
            throw new IllegalArgumentException("joyride.core: there is no key '" + key
                    + "'; write interface.NAME.driver, .device, .share, .addresses, .mtu, .routes, .autoconf, .dad, .queues,"
                    + " .tso, .lro"
                    + " or a setting of the driver's");
        }
        final String name = key.substring(INTERFACE.length(), dot);
        if (!NAME.matcher(name).matches() || name.equals("lo0")) {
            throw wrong(
                    key, value, "an interface name of 1..15 letters and digits, not lo0, as in interface.nic0.driver");
        }
        interfaces.computeIfAbsent(name, n -> new TreeMap<>()).put(key.substring(dot + 1), value);
    }

    private static Map<String, InterfaceConfiguration> interfaces(final Map<String, Map<String, String>> byName) {
        final Map<String, InterfaceConfiguration> interfaces = new LinkedHashMap<>();
        final Map<String, String> byDevice = new TreeMap<>();
        byName.forEach((name, settings) -> {
            final InterfaceConfiguration made = new ConfigurationParser(settings).netInterface(name);
            interfaces.put(name, made);
            final String device = made.device(made.driver());
            final String other = byDevice.put(device, name);
            if (other != null) {
                throw wrong(INTERFACE + name + ".device", device, "a device that " + other + " does not have already");
            }
        });
        return interfaces;
    }

    /** Of a parser over the keys of one interface. */
    private InterfaceConfiguration netInterface(final String name) {
        final String key = INTERFACE + name + ".";
        final String driver = take("driver", "");
        if (driver.isEmpty()) {
            throw new IllegalArgumentException(
                    "joyride.core: " + key + "driver is missing; write the driver's name, such as afxdp");
        }
        final String device = take("device", name);
        device(key + "device", device);
        final boolean shared = shared(key);
        ofOneDriver(key, shared);
        final List<IpPrefix> addresses = prefixes(key + "addresses", notShared(key, "addresses", shared));
        final int mtu = ofInterface(key, "mtu", NetworkLayer.MIN_MTU, 65535, shared ? 65535 : 1500);
        final int queues = ofInterface(key, "queues", 0, MOST_QUEUES, 0);
        final boolean autoconfigure = autoconf(key, shared);
        final int dad = ofInterface(key, "dad", 0, 10, 1);
        final boolean tso = onOff(key, "tso");
        final boolean lro = onOff(key, "lro");
        final List<RouteConfiguration> routes = new ArrayList<>();
        for (final String item : list(notShared(key, "routes", shared))) {
            routes.add(route(key + "routes", item));
        }
        return new InterfaceConfiguration(
                name,
                driver,
                device,
                shared,
                addresses,
                mtu,
                autoconfigure,
                dad,
                queues,
                tso,
                lro,
                List.copyOf(routes),
                Map.copyOf(values));
    }

    private static void device(final String key, final String value) {
        if (!DEVICE.matcher(value).matches()) {
            throw wrong(key, value, "a network device's name, or what the driver takes for one");
        }
    }

    /** Of what core itself reads a driver may have its device and its queues; the rest is the driver's to check. */
    private void ofOneDriver(final String key, final boolean shared) {
        values.forEach((name, value) -> {
            final String own = DriverSettings.keyOfOne(name);
            if (DriverSettings.malformed(name)) {
                throw new IllegalArgumentException("joyride.core: there is no key '" + key + name
                        + "'; write a setting of one driver's as " + key + "driver.DRIVER.SETTING");
            }
            if (own == null) {
                return;
            }
            if (NOT_OF_ONE_DRIVER.contains(own)) {
                throw new IllegalArgumentException("joyride.core: there is no key '" + key + name + "'; write " + key
                        + own + ", which is the interface's with whatever driver");
            }
            if (own.equals(DriverSettings.DEVICE)) {
                if (shared) {
                    throw new IllegalArgumentException("joyride.core: " + key + name + "='" + value
                            + "' is not allowed beside " + key
                            + "share=kernel; all drivers have the kernel's device there, write " + key + "device");
                }
                device(key + name, value);
            } else if (own.equals(DriverSettings.QUEUES)) {
                whole(key + name, value, 0, MOST_QUEUES);
            }
        });
    }

    private boolean shared(final String key) {
        final String value = take("share", "no");
        if (!value.equals("kernel") && !value.equals("no")) {
            throw wrong(key + "share", value, "kernel for the kernel's addresses, or no for addresses of its own");
        }
        return value.equals("kernel");
    }

    private boolean autoconf(final String key, final boolean shared) {
        final String value = notShared(key, "autoconf", shared);
        if (!value.isEmpty() && !value.equals("yes") && !value.equals("no")) {
            throw wrong(key + "autoconf", value, "yes for IPv6 addresses and routes as routers say, or no");
        }
        return value.equals("yes");
    }

    /** Whether an interface does something that it does unless told otherwise. */
    private boolean onOff(final String key, final String what) {
        final String value = take(what, "on");
        if (!value.equals("on") && !value.equals("off")) {
            throw wrong(key + what, value, "on or off");
        }
        return value.equals("on");
    }

    /** What an interface with the kernel's addresses takes from the kernel. */
    private String notShared(final String key, final String what, final boolean shared) {
        final String value = take(what, "");
        if (shared && !value.isEmpty()) {
            throw new IllegalArgumentException("joyride.core: " + key + what + "='" + value + "' is not allowed beside "
                    + key + "share=kernel; " + what + " are the kernel's there, remove one of the two");
        }
        return value;
    }

    private int ofInterface(final String key, final String what, final int least, final int most, final int standard) {
        values.put(key + what, take(what, Integer.toString(standard)));
        return (int) number(key + what, least, most, standard);
    }

    private static RouteConfiguration route(final String key, final String text) {
        final String[] words = text.split("\\s+");
        final boolean via = words.length == 3 && words[1].equals("via");
        if (words.length != 1 && !via) {
            throw wrong(key, text, "PREFIX via GATEWAY, PREFIX, or default via GATEWAY, separated by commas");
        }
        final IpAddress gateway;
        try {
            gateway = via ? IpAddress.parse(words[2]) : null;
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException("joyride.core: " + key + ": " + e.getMessage(), e);
        }
        final String everything = gateway == null || gateway.isV4() ? "0.0.0.0/0" : "::/0";
        return new RouteConfiguration(prefix(key, words[0].equals("default") ? everything : words[0]), gateway);
    }
}
