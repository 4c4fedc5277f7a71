package joyride.testkit.packetdrill.script;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import joyride.testkit.packetdrill.script.Action.CallAction;
import joyride.testkit.packetdrill.script.Value.Array;
import joyride.testkit.packetdrill.script.Value.Ellipsis;
import joyride.testkit.packetdrill.script.Value.Names;
import joyride.testkit.packetdrill.script.Value.Struct;
import joyride.testkit.packetdrill.script.Value.Text;

/** A system call of a script: {@code connect(3, ..., ...) = -1 EINPROGRESS (in progress)}. */
final class CallParser {
    private static final Set<String> CONVERSIONS = Set.of("htons", "htonl", "inet_addr");

    private final Scanner in;
    private final Map<String, Long> defined;

    /** @param defined names that stand for numbers */
    CallParser(final Scanner in, final Map<String, Long> defined) {
        this.in = in;
        this.defined = defined;
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
            final Text text = new Text(in.until("\""));
            in.accept("...");
            return text;
        }
        if (in.atNumber()) {
            return numbers(in.number("a number"));
        }
        if (!in.atWord()) {
            throw in.expected("an argument");
        }
        return names();
    }

    /** {@code 0x20 | 0x02}. */
    private Value numbers(final long first) {
        if (!in.accept("|")) {
            return new Value.Number(first);
        }
        return names(new ArrayList<>(List.of(Long.toString(first))));
    }

    private Value names() {
        final String first = in.word("a name");
        if (first.equals("NULL")) {
            return new Value.Number(0);
        }
        if (in.accept("(")) {
            return called(first);
        }
        final List<String> names = new ArrayList<>(List.of(text(first)));
        return in.accept("|") ? names(names) : new Names(List.copyOf(names));
    }

    private Names names(final List<String> names) {
        do {
            names.add(in.atNumber() ? Long.toString(in.number("a number")) : text(in.word("a name")));
        } while (in.accept("|"));
        return new Names(List.copyOf(names));
    }

    private String text(final String name) {
        return defined.containsKey(name) ? Long.toString(defined.get(name)) : name;
    }

    /** {@code htons(8080)}, {@code inet_addr("192.0.2.1")}: numbers and addresses are the host's here. */
    private Value called(final String name) {
        if (!CONVERSIONS.contains(name)) {
            throw in.expected("one of " + CONVERSIONS + " before '('; then an argument, and");
        }
        final Value value = value();
        in.expect(")");
        return value;
    }

    private Struct struct() {
        final Map<String, Value> fields = new LinkedHashMap<>();
        do {
            if (!in.atWord()) {
                // an iovec without its names
                fields.put(fields.isEmpty() ? "iov_base" : "iov_len", value());
                continue;
            }
            final String name = in.word("a field's name");
            if (in.accept("(")) {
                // a count or length that the value has anyway
                in.until(")");
            }
            in.expect("=");
            fields.put(name, value());
        } while (in.accept(","));
        in.expect("}");
        return new Struct(fields);
    }
}
