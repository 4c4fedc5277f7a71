package joyride.core.service;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.api.net.IpPrefix;
import joyride.api.socket.ProgramPolicy;
import joyride.api.socket.TransportHost.PolicyAction;
import joyride.core.service.ProgramRules.Conditions;
import joyride.core.service.ProgramRules.Ports;
import joyride.linux.Users;

/**
 * Reads the keys {@code policy.NUMBER}, such as {@code program=nginx user=www-data port=80,443 address=10.0.0.0/8 -> kernel}.
 * Whatever is wrong ends in an {@link IllegalArgumentException} of one line.
 */
final class PolicyParser {
    private static final Pattern KEY = Pattern.compile("policy\\.([0-9]{1,6})");
    private static final Pattern RULE = Pattern.compile("(.*?)\\s*->\\s*(\\S+)");
    private static final String UDP = "udp:";
    private static final String FORM =
            "'CONDITION... -> joyride|kernel|refuse|udp:PORT' with the conditions program=, user=, call=connect|listen, address=, port=";
    /** Entries of a program's table that are left for rules beside addresses and routes. */
    private static final int MOST_ENTRIES = 96;

    private final String key;
    private final String value;
    private final List<String> programs = new ArrayList<>();
    private final Set<Integer> users = new HashSet<>();
    private final List<IpPrefix> prefixes = new ArrayList<>();
    private final List<Ports> ports = new ArrayList<>();
    private boolean connect = true;
    private boolean listen = true;

    private PolicyParser(final String key, final String value) {
        this.key = key;
        this.value = value;
    }

    /** Takes the keys of rules out of {@code values}. */
    static ProgramRules parse(final Map<String, String> values) {
        final TreeMap<Integer, Conditions> rules = new TreeMap<>();
        for (final String key : List.copyOf(values.keySet())) {
            final Matcher matcher = KEY.matcher(key);
            if (matcher.matches()) {
                final Conditions rule = new PolicyParser(key, values.remove(key).strip()).rule();
                final Conditions other = rules.put(Integer.parseInt(matcher.group(1)), rule);
                if (other != null) {
                    throw new IllegalArgumentException("joyride.core: " + key + " and " + other.name()
                            + " have the same number; give one of them another");
                }
            }
        }
        final int entries =
                rules.values().stream().mapToInt(Conditions::entries).sum();
        if (entries > MOST_ENTRIES) {
            throw new IllegalArgumentException("joyride.core: the rules policy.NUMBER have " + entries
                    + " pairs of address and port, at most " + MOST_ENTRIES + " are allowed; join prefixes and ranges");
        }
        return new ProgramRules(List.copyOf(rules.values()));
    }

    private IllegalArgumentException wrong(final String what) {
        return new IllegalArgumentException("joyride.core: " + key + "='" + value + "': " + what);
    }

    private Conditions rule() {
        final Matcher matcher = RULE.matcher(value);
        if (!matcher.matches()) {
            throw wrong("write " + FORM);
        }
        final Set<String> seen = new HashSet<>();
        for (final String condition : matcher.group(1).split("\\s+")) {
            if (!condition.isEmpty()) {
                final int equals = condition.indexOf('=');
                final String name = equals < 0 ? condition : condition.substring(0, equals);
                if (!seen.add(name)) {
                    throw wrong(name + " is there two times; write its values separated by commas");
                }
                condition(name, equals < 0 ? "" : condition.substring(equals + 1));
            }
        }
        final PolicyAction action = action(matcher.group(2));
        if (action == PolicyAction.UDP) {
            if (!connect) {
                throw wrong("listeners take TCP in UDP datagrams by the sysctl net.inet.tcp.udp_tunneling_port;"
                        + " leave call=listen out");
            }
            listen = false;
        }
        return new Conditions(
                key,
                List.copyOf(programs),
                Set.copyOf(users),
                connect,
                listen,
                List.copyOf(prefixes),
                List.copyOf(ports),
                action,
                action == PolicyAction.UDP ? udpPort(matcher.group(2)) : 0);
    }

    private int udpPort(final String text) {
        try {
            final int port = Integer.parseInt(text.substring(UDP.length()));
            if (port >= 1 && port <= ProgramPolicy.LAST_PORT) {
                return port;
            }
        } catch (final NumberFormatException e) {
            throw (IllegalArgumentException) wrong(udpForm(text)).initCause(e);
        }
        throw wrong(udpForm(text));
    }

    private static String udpForm(final String text) {
        return "'" + text + "' has no port; write udp: and a number in 1.." + ProgramPolicy.LAST_PORT;
    }

    private PolicyAction action(final String text) {
        return switch (text) {
            case "joyride" -> PolicyAction.JOYRIDE;
            case "kernel" -> PolicyAction.KERNEL;
            case "refuse" -> PolicyAction.REFUSE;
            default -> {
                if (text.startsWith(UDP)) {
                    yield PolicyAction.UDP;
                }
                throw wrong("'" + text + "' is no action; write joyride, kernel, refuse or udp:PORT behind the arrow");
            }
        };
    }

    private void condition(final String name, final String values) {
        final List<String> items =
                Arrays.stream(values.split(",")).filter(item -> !item.isEmpty()).toList();
        if (items.isEmpty()) {
            throw wrong("'" + name + "' has no value; write " + FORM);
        }
        switch (name) {
            case "program" -> items.forEach(item -> programs.add(program(item)));
            case "user" -> items.forEach(item -> users.add(user(item)));
            case "call" -> calls(items);
            case "address" -> items.forEach(item -> prefixes.add(prefix(item)));
            case "port" -> items.forEach(item -> ports.add(ports(item)));
            default -> throw wrong("there is no condition '" + name + "'; write " + FORM);
        }
    }

    /** The kernel names the file at the end of links. */
    private static String program(final String text) {
        try {
            return text.indexOf('/') < 0 ? text : Path.of(text).toRealPath().toString();
        } catch (final IOException e) {
            return text; // It may come to be.
        }
    }

    private int user(final String text) {
        try {
            return Integer.parseUnsignedInt(text);
        } catch (final NumberFormatException e) {
            final int id = Users.id(text);
            if (id == Users.NONE) {
                throw (IllegalArgumentException)
                        wrong("there is no user '" + text + "'; write a name of this machine, or a number")
                                .initCause(e);
            }
            return id;
        }
    }

    private void calls(final List<String> items) {
        connect = items.contains("connect");
        listen = items.contains("listen");
        for (final String item : items) {
            if (!item.equals("connect") && !item.equals("listen")) {
                throw wrong("there is no call '" + item + "'; write connect or listen");
            }
        }
    }

    private IpPrefix prefix(final String text) {
        try {
            return Policy.network(IpPrefix.parse(text));
        } catch (final IllegalArgumentException e) {
            throw (IllegalArgumentException)
                    wrong(String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT))
                            .initCause(e);
        }
    }

    private Ports ports(final String text) {
        final int dash = text.indexOf('-');
        try {
            final int first = Integer.parseInt(dash < 0 ? text : text.substring(0, dash));
            final int last = dash < 0 ? first : Integer.parseInt(text.substring(dash + 1));
            if (first >= 0 && first <= last && last <= ProgramPolicy.LAST_PORT) {
                return new Ports(first, last);
            }
        } catch (final NumberFormatException e) {
            throw (IllegalArgumentException) wrong(portForm(text)).initCause(e);
        }
        throw wrong(portForm(text));
    }

    private static String portForm(final String text) {
        return "'" + text + "' is no port; write a number in 0.." + ProgramPolicy.LAST_PORT
                + ", or FIRST-LAST, separated by commas";
    }
}
