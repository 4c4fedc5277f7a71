package joyride.testkit.packetdrill.script;

import java.util.List;
import java.util.Map;

/** An argument of a system call. */
public sealed interface Value {
    /** {@code ...}: the interpreter fills it in. */
    record Ellipsis() implements Value {}

    record Number(long value) implements Value {}

    /** Names, or-ed: {@code O_RDWR | O_NONBLOCK}; numbers among them are kept as text. */
    record Names(List<String> names) implements Value {}

    record Text(String text) implements Value {}

    /** {@code [a, b]}. */
    record Array(List<Value> values) implements Value {}

    /** {@code {name=value, …}}. */
    record Struct(Map<String, Value> fields) implements Value {}
}
