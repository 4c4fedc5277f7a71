package joyride.testkit.packetdrill.script;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import joyride.testkit.packetdrill.script.Action.CodeAction;
import joyride.testkit.packetdrill.script.Action.ShellAction;
import joyride.testkit.packetdrill.script.Time.Kind;

/** A script: options, then events. */
final class ScriptParser {
    private static final Set<String> OPTIONS = Set.of(
            "ip_version",
            "mtu",
            "tolerance_usecs",
            "udp_encapsulation",
            "tcp_md5_secret",
            "non_fatal",
            "local_ip",
            "remote_ip",
            "bind_port",
            "connect_port",
            "speed",
            "init_scripts");
    private static final Set<String> NUMBERS = Set.of("mtu", "tolerance_usecs");
    private static final List<String> VERSIONS = List.of("ipv4", "ipv6", "ipv4-mapped-ipv6");

    private final String file;
    private final Scanner in;

    ScriptParser(final String file, final String text) {
        this.file = file;
        in = new Scanner(file, Conditions.apply(file, text));
    }

    Script parse() {
        final Map<String, String> options = new HashMap<>();
        while (in.peek("--")) {
            option(options);
        }
        final List<Event> events = new ArrayList<>();
        while (!in.atEnd()) {
            events.add(event());
        }
        return new Script(file, ScriptOptions.of(options), events);
    }

    private void option(final Map<String, String> options) {
        final int mark = in.mark();
        in.expect("--");
        final String name = in.word("an option's name");
        if (!OPTIONS.contains(name)) {
            in.reset(mark);
            throw in.expected("an option, one of " + OPTIONS.stream().sorted().toList());
        }
        in.expect("=");
        final Position position = in.position();
        final String value = in.solid();
        if (NUMBERS.contains(name) && !value.matches("\\d{1,9}")) {
            throw new SyntaxException(position, "a number for --" + name, "'" + value + "'");
        }
        if (name.equals("ip_version") && !VERSIONS.contains(value)) {
            throw new SyntaxException(position, "one of " + VERSIONS, "'" + value + "'");
        }
        options.put(name, value);
    }

    private Event event() {
        final Position position = in.position();
        final int mark = in.mark();
        final Time time = time();
        final Action action = action();
        return new Event(position, time, action, in.since(mark));
    }

    private Time time() {
        if (in.peek("`") || in.peek("%{")) {
            return Time.of(Kind.RELATIVE, 0);
        }
        if (in.accept("*")) {
            return Time.of(Kind.ANY, 0);
        }
        final Kind kind = in.accept("+") ? Kind.RELATIVE : Kind.ABSOLUTE;
        final long from = in.seconds();
        if (in.accept("...")) {
            return new Time(kind, from, in.seconds(), true);
        }
        if (in.accept("~")) {
            in.accept("+");
            return new Time(kind, from, in.seconds(), false);
        }
        return Time.of(kind, from);
    }

    private Action action() {
        if (in.accept("`")) {
            return new ShellAction(in.until("`").replaceAll("\\s+", " ").strip());
        }
        if (in.accept("%{")) {
            return new CodeAction(in.until("}%").strip());
        }
        if (in.peek("<") || in.peek(">")) {
            return new PacketParser(in).parse();
        }
        if (in.atWord()) {
            return new CallParser(in).parse();
        }
        throw in.expected("a packet, a system call, `a command` or %{ code }%");
    }
}
