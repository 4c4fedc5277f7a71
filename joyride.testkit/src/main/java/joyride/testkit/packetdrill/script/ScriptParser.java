package joyride.testkit.packetdrill.script;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import joyride.testkit.packetdrill.script.Action.CodeAction;
import joyride.testkit.packetdrill.script.Action.ShellAction;
import joyride.testkit.packetdrill.script.Time.Kind;

/** A script: options, then events. */
final class ScriptParser {
    private final String file;
    private final Scanner in;
    private final Map<String, Long> defined;
    private boolean six;

    ScriptParser(final String file, final String text) {
        this.file = file;
        final Definitions definitions = Definitions.of(file, text);
        defined = definitions.numbers();
        in = new Scanner(file, Conditions.apply(file, text, definitions.names()));
    }

    Script parse() {
        final ScriptOptions options = new OptionLines(in).parse();
        six = options.ipVersion() == 6;
        if (in.atEnd()) {
            throw in.expected("an event");
        }
        final List<Event> events = new ArrayList<>();
        while (!in.atEnd()) {
            events.add(event());
        }
        return new Script(file, options, events);
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
            return new PacketParser(in, six).parse();
        }
        if (in.atWord()) {
            return new CallParser(in, defined).parse();
        }
        throw in.expected("a packet, a system call, `a command` or %{ code }%");
    }
}
