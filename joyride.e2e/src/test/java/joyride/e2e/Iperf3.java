package joyride.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.testkit.live.Program;

/**
 * What iperf3 moved.
 *
 * @param toServer bytes that arrived at the server
 * @param toClient bytes that arrived at the client
 */
record Iperf3(long toServer, long toClient) {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Pattern RECEIVED =
            Pattern.compile("\"sum_received(_bidir_reverse)?\":\\s*\\{[^}]*\"bytes\":\\s*([0-9]+)", Pattern.DOTALL);

    /** Runs one test of 2 s with a server of its own at {@code address}. @param options such as {@code -R}, separated by spaces */
    static Iperf3 run(final Host server, final Host client, final String address, final String options)
            throws IOException, InterruptedException {
        try (Program serving =
                server.launch("iperf3", "iperf3", "-s", "-1", "-B", address, "-p", "5201", "--forceflush")) {
            serving.await("it listens", LIMIT, () -> serving.output().contains("Server listening"));
            List<String> line = new ArrayList<>(List.of("iperf3", "-c", address, "-p", "5201", "-t", "2", "-J"));
            if (!options.isEmpty()) {
                line.addAll(List.of(options.split(" ")));
            }
            String report = client.run(LIMIT, line.toArray(String[]::new)).checked("iperf3 " + options);
            return parse(report, options.contains("-R"));
        }
    }

    private static Iperf3 parse(final String report, final boolean reverse) {
        long forward = 0;
        long backward = 0;
        Matcher matcher = RECEIVED.matcher(report);
        while (matcher.find()) {
            if (matcher.group(1) == null) {
                forward = Long.parseLong(matcher.group(2));
            } else {
                backward = Long.parseLong(matcher.group(2));
            }
        }
        if (forward == 0) {
            throw new IllegalStateException("iperf3 reported nothing received:\n" + report);
        }
        return reverse ? new Iperf3(backward, forward) : new Iperf3(forward, backward);
    }
}
