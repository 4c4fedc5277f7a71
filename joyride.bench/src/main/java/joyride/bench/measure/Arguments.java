package joyride.bench.measure;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A command line of flags, options with a value, and words; what is none of those is refused with one line for people. */
public final class Arguments {
    private final Set<String> flags = new HashSet<>();
    private final Map<String, List<String>> values = new HashMap<>();
    private final List<String> words = new ArrayList<>();

    private Arguments() {}

    /**
     * Reads a command line.
     *
     * @param flags that there are
     * @param options that take a value
     * @throws UsageException that ends with {@code usage}
     */
    public static Arguments parse(
            final List<String> line, final String usage, final Set<String> flags, final Set<String> options) {
        final Arguments read = new Arguments();
        for (int i = 0; i < line.size(); i++) {
            final String word = line.get(i);
            if (flags.contains(word)) {
                read.flags.add(word);
            } else if (!options.contains(word)) {
                if (word.startsWith("-")) {
                    throw new UsageException(word + " is no option; usage: " + usage);
                }
                read.words.add(word);
            } else if (++i == line.size()) {
                throw new UsageException(word + " needs a value; usage: " + usage);
            } else {
                read.values.computeIfAbsent(word, key -> new ArrayList<>()).add(line.get(i));
            }
        }
        return read;
    }

    public boolean has(final String flag) {
        return flags.contains(flag);
    }

    /** What is neither a flag nor an option, in its order. */
    public List<String> words() {
        return words;
    }

    /** @throws UsageException if there are words, which the command has no use for */
    public Arguments wordless(final String usage) {
        if (!words.isEmpty()) {
            throw new UsageException("'" + words.getFirst() + "' is no option; usage: " + usage);
        }
        return this;
    }

    /** The last value of an option; {@code otherwise} where it is not there. */
    public String value(final String option, final String otherwise) {
        return values.containsKey(option) ? values.get(option).getLast() : otherwise;
    }

    /** @throws UsageException if a value is no number from {@code least} to {@code most} */
    public double number(final String option, final double otherwise, final double least, final double most) {
        final List<Double> all = numbers(option, least, most);
        return all.isEmpty() ? otherwise : all.getLast();
    }

    /** The values of an option that may be there more than once. */
    public List<Double> numbers(final String option, final double least, final double most) {
        return values.getOrDefault(option, List.of()).stream()
                .map(text -> number(option, text, least, most))
                .toList();
    }

    /** A number as people write it: 100,000 and 100_000 are one. @param what it is called in what is thrown */
    public static double number(final String what, final String text, final double least, final double most) {
        double number = Double.NaN;
        try {
            number = Double.parseDouble(text.replaceAll("[_,]", ""));
        } catch (final NumberFormatException e) {
            // said below
        }
        if (number >= least && number <= most) {
            return number;
        }
        throw new UsageException(
                String.format("%s is '%s'; give a number in %s..%s", what, text, bound(least), bound(most)));
    }

    private static String bound(final double number) {
        return number == Math.rint(number) ? String.format("%,.0f", number) : Double.toString(number);
    }
}
