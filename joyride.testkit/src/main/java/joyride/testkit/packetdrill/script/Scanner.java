package joyride.testkit.packetdrill.script;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Reads a script's text from the front: words, numbers, marks. Blanks and comments before each of them are skipped. */
final class Scanner {
    private static final int SHOWN = 20;

    private final String file;
    private final String text;

    /** Where comments were skipped, and where each ends. */
    private final TreeMap<Integer, Integer> comments = new TreeMap<>();

    private int at;

    Scanner(final String file, final String text) {
        this.file = file;
        this.text = text;
    }

    Position position() {
        skipBlank();
        return positionOf(at);
    }

    private Position positionOf(final int offset) {
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < offset; i++) {
            if (text.charAt(i) == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        return new Position(file, line, offset - lineStart + 1);
    }

    SyntaxException expected(final String what) {
        skipBlank();
        return new SyntaxException(positionOf(Math.min(at, text.stripTrailing().length())), what, found());
    }

    private String found() {
        if (at >= text.length()) {
            return "the end of the script";
        }
        int end = at;
        while (end < text.length() && end < at + SHOWN && text.charAt(end) != '\n') {
            end++;
        }
        return "'" + text.substring(at, end).stripTrailing() + "'";
    }

    boolean atEnd() {
        skipBlank();
        return at >= text.length();
    }

    int mark() {
        return at;
    }

    void reset(final int mark) {
        at = mark;
    }

    /** The text since {@code mark}, on one line and without comments. */
    String since(final int mark) {
        final StringBuilder taken = new StringBuilder();
        int from = mark;
        for (final Map.Entry<Integer, Integer> comment :
                comments.subMap(mark, at).entrySet()) {
            taken.append(text, from, comment.getKey()).append(' ');
            from = comment.getValue();
        }
        return taken.append(text, from, Math.max(from, at))
                .toString()
                .replaceAll("\\s+", " ")
                .strip();
    }

    private void skipBlank() {
        while (at < text.length()) {
            if (Character.isWhitespace(text.charAt(at))) {
                at++;
            } else if (text.startsWith("//", at)) {
                skipComment(endOf("\n", at));
            } else if (text.startsWith("/*", at)) {
                skipComment(endOf("*/", at + 2));
            } else {
                return;
            }
        }
    }

    private void skipComment(final int end) {
        comments.put(at, end);
        at = end;
    }

    private int endOf(final String mark, final int from) {
        final int end = text.indexOf(mark, from);
        return end < 0 ? text.length() : end + mark.length();
    }

    boolean peek(final String mark) {
        skipBlank();
        return text.startsWith(mark, at);
    }

    /** Takes {@code mark} if it comes next. */
    boolean accept(final String mark) {
        if (!peek(mark)) {
            return false;
        }
        at += mark.length();
        return true;
    }

    /** Takes {@code word} if it comes next as a whole word. */
    boolean acceptWord(final String word) {
        if (!peek(word)) {
            return false;
        }
        final int end = at + word.length();
        if (end < text.length() && isWordPart(text.charAt(end))) {
            return false;
        }
        at = end;
        return true;
    }

    boolean peekWord(final String word) {
        final int mark = at;
        final boolean found = acceptWord(word);
        at = mark;
        return found;
    }

    void expect(final String mark) {
        if (!accept(mark)) {
            throw expected("'" + mark + "'");
        }
    }

    /** Everything up to {@code mark}, which is taken too. */
    String until(final String mark) {
        final int end = text.indexOf(mark, at);
        if (end < 0) {
            throw expected("'" + mark + "' somewhere");
        }
        final String taken = text.substring(at, end);
        at = end + mark.length();
        return taken;
    }

    /** Characters up to the next blank, as they are. */
    String solid() {
        skipBlank();
        final int from = at;
        while (at < text.length() && !Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return text.substring(from, at);
    }

    /** The longest run of characters of {@code set} that comes next; may be empty. */
    String run(final String set) {
        skipBlank();
        final int from = at;
        while (at < text.length() && set.indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return text.substring(from, at);
    }

    /** One character of {@code set} if it follows at once, without a blank; else nothing. */
    String next(final String set) {
        if (at < text.length() && set.indexOf(text.charAt(at)) >= 0) {
            at++;
            return text.substring(at - 1, at);
        }
        return "";
    }

    /** A word of an even number of hexadecimal digits, without 0x; null if there is none. */
    String hexadecimal() {
        skipBlank();
        final int from = at;
        while (at < text.length() && isWordPart(text.charAt(at))) {
            at++;
        }
        final String word = text.substring(from, at);
        if (!word.isEmpty() && word.length() % 2 == 0 && word.matches("[0-9a-fA-F]+")) {
            return word.toLowerCase(Locale.ROOT);
        }
        at = from;
        return null;
    }

    boolean atWord() {
        skipBlank();
        return at < text.length() && (Character.isLetter(text.charAt(at)) || text.charAt(at) == '_');
    }

    boolean atNumber() {
        skipBlank();
        return at < text.length()
                && (Character.isDigit(text.charAt(at))
                        || text.charAt(at) == '-' && at + 1 < text.length() && Character.isDigit(text.charAt(at + 1)));
    }

    String word(final String what) {
        if (!atWord()) {
            throw expected(what);
        }
        final int from = at;
        while (at < text.length() && isWordPart(text.charAt(at))) {
            at++;
        }
        return text.substring(from, at);
    }

    /** One of {@code words}, by its place. */
    int oneOf(final String what, final List<String> words) {
        return oneOf(what, words, Map.of());
    }

    /** @param others further words, each with that of {@code words} that it stands for */
    int oneOf(final String what, final List<String> words, final Map<String, String> others) {
        final int mark = at;
        final String found = word(what);
        final int index = words.indexOf(others.getOrDefault(found, found));
        if (index < 0) {
            at = mark;
            throw expected(what + ", one of " + String.join(", ", words));
        }
        return index;
    }

    private static boolean isWordPart(final char c) {
        return Character.isLetterOrDigit(c) || c == '_';
    }

    /** A whole number, decimal or 0x…, maybe negative. */
    long number(final String what) {
        if (!atNumber()) {
            throw expected(what);
        }
        final int from = at;
        at++;
        while (at < text.length() && isWordPart(text.charAt(at))) {
            at++;
        }
        try {
            return Long.decode(decimal(text.substring(from, at)));
        } catch (final NumberFormatException e) {
            at = from;
            throw expected(what);
        }
    }

    /** A whole number of 0 up to {@code limit}. */
    int number(final String what, final long limit) {
        skipBlank();
        final int from = at;
        final long value = number(what);
        if (value < 0 || value > limit) {
            at = from;
            throw expected(what + " in 0.." + limit);
        }
        return (int) value;
    }

    /** Leading zeros do not mean octal: scripts align columns by them. */
    private static String decimal(final String digits) {
        return digits.startsWith("0x") ? digits : digits.replaceFirst("^(-?)0+(?=\\d)", "$1");
    }

    /** Seconds with a fraction, in ns. */
    long seconds() {
        final String digits = run("0123456789.");
        // "1.00...6.00": the dots of a range are not the number's
        final int dots = digits.indexOf("...");
        if (dots >= 0) {
            at -= digits.length() - dots;
        }
        final String number = dots >= 0 ? digits.substring(0, dots) : digits;
        try {
            return Math.round(Double.parseDouble(number) * 1e9);
        } catch (final NumberFormatException e) {
            throw expected("seconds");
        }
    }
}
