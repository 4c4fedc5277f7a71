package joyride.testkit.packetdrill.script;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import joyride.testkit.packetdrill.script.Action.CallAction;
import joyride.testkit.packetdrill.script.Value.Array;
import joyride.testkit.packetdrill.script.Value.Ellipsis;
import joyride.testkit.packetdrill.script.Value.Names;
import joyride.testkit.packetdrill.script.Value.Struct;
import joyride.testkit.packetdrill.script.Value.Text;

/** A system call of a script: {@code connect(3, ..., ...) = -1 EINPROGRESS (in progress)}. */
final class CallParser {
    private final Scanner in;

    CallParser(final Scanner in) {
        this.in = in;
    }

    CallAction parse() {
        final String name = in.word("a system call");
        in.expect("(");
        final List<Value> arguments = new ArrayList<>();
        if (!in.accept(")")) {
            arguments.addAll(list(")"));
        }
        in.expect("=");
        final Long result = in.accept("?") ? null : (Long) in.number("a result");
        final String errno = result != null && result < 0 && in.atWord() ? in.word("an errno") : null;
        if (in.accept("(")) {
            in.until(")");
        }
        return new CallAction(name, arguments, result, errno);
    }

    private List<Value> list(final String end) {
        final List<Value> values = new ArrayList<>();
        do {
            values.add(value());
        } while (in.accept(","));
        in.expect(end);
        return values;
    }

    private Value value() {
        if (in.accept("...")) {
            return new Ellipsis();
        }
        if (in.accept("[")) {
            return new Array(in.accept("]") ? List.of() : list("]"));
        }
        if (in.accept("{")) {
            return struct();
        }
        if (in.accept("\"")) {
            return new Text(in.until("\""));
        }
        if (in.atNumber()) {
            return new Value.Number(in.number("a number"));
        }
        if (!in.atWord()) {
            throw in.expected("an argument");
        }
        final List<String> names = new ArrayList<>();
        do {
            names.add(in.atNumber() ? Long.toString(in.number("a number")) : in.word("a name"));
        } while (in.accept("|"));
        return new Names(List.copyOf(names));
    }

    private Struct struct() {
        final Map<String, Value> fields = new LinkedHashMap<>();
        do {
            final String name = in.word("a field's name");
            in.expect("=");
            fields.put(name, value());
        } while (in.accept(","));
        in.expect("}");
        return new Struct(fields);
    }
}
