package joyride.e2e;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What wrk reported.
 *
 * @param requests answered
 * @param failed answered with an error, or lost with their connection
 */
public record Wrk(long requests, long failed, double perSecond, String report) {
    private static final Pattern REQUESTS = Pattern.compile("([0-9]+) requests in");
    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s*([0-9.]+)");
    private static final Pattern STATUS = Pattern.compile("Non-2xx or 3xx responses: ([0-9]+)");
    private static final Pattern SOCKET =
            Pattern.compile("connect ([0-9]+), read ([0-9]+), write ([0-9]+), timeout ([0-9]+)");

    /** Reads its report. @throws IllegalStateException if it is none */
    public static Wrk parse(final String report) {
        long failed = 0;
        Matcher status = STATUS.matcher(report);
        if (status.find()) {
            failed += Long.parseLong(status.group(1));
        }
        Matcher socket = SOCKET.matcher(report);
        if (socket.find()) {
            for (int i = 1; i <= socket.groupCount(); i++) {
                failed += Long.parseLong(socket.group(i));
            }
        }
        return new Wrk(
                Long.parseLong(first(REQUESTS, report)), failed, Double.parseDouble(first(RATE, report)), report);
    }

    private static String first(final Pattern pattern, final String report) {
        Matcher matcher = pattern.matcher(report);
        if (!matcher.find()) {
            throw new IllegalStateException("wrk reported nothing:\n" + report);
        }
        return matcher.group(1);
    }
}
