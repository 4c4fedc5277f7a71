package joyride.bench.measure;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers out of what programs print. */
public final class Text {
    private Text() {}

    /** Group 1 of the first match as a number. */
    public static double number(final String text, final String pattern) {
        final Matcher matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) {
            throw new IllegalStateException("no '" + pattern + "' in: " + text);
        }
        return Double.parseDouble(matcher.group(1));
    }
}
