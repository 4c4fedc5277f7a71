package joyride.bench.crowd;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Servers and as many clients, each a program of its own, and the connections between them, spread evenly. */
public final class Crowd implements AutoCloseable {
    private static final Pattern TALKED = Pattern.compile(
            "talked (\\d+) ([0-9.]+) begin (\\d+) gap (\\d+) p50 (\\d+) p99 (\\d+) p9999 (\\d+) ticks([0-9 ]*)");
    private static final int FIRST_PORT = 7700;

    /** In a seed's place. */
    static final long FIRST = 0;

    private final List<Dialogue> servers = new ArrayList<>();
    private final List<Dialogue> clients = new ArrayList<>();

    /**
     * What talking came to, of all clients together.
     *
     * @param rate answers a second
     * @param beginMillis when it began, milliseconds of the wall clock
     * @param gapMillis the longest time in which one of the clients got no answer
     * @param p50Micros the median round trip, the worst client's
     * @param ticks answers in each 10 ms
     */
    public record Talk(double rate, long answers, long beginMillis, double gapMillis, double p50Micros, long[] ticks) {}

    /**
     * @param program compiled
     * @param pairs how many servers, and how many clients
     */
    public Crowd(
            final String program,
            final String address,
            final int pairs,
            final UnaryOperator<List<String>> server,
            final UnaryOperator<List<String>> client)
            throws IOException {
        try {
            for (int i = 0; i < pairs; i++) {
                final String port = Integer.toString(FIRST_PORT + i);
                servers.add(new Dialogue(server.apply(List.of("timeout", "600", program, "-s", address, port))));
                servers.getLast().answer("listening");
                clients.add(new Dialogue(client.apply(List.of(program, "-c", address, port))));
            }
        } catch (final IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Has so many connections in all. @return seconds that the slowest client took for the new ones */
    public double open(final int connections) throws IOException {
        for (int i = 0; i < clients.size(); i++) {
            clients.get(i).order("open " + share(connections, i));
        }
        double seconds = 0;
        for (final Dialogue client : clients) {
            seconds =
                    Math.max(seconds, Double.parseDouble(client.answer("opened").split(" ")[2]));
        }
        return seconds;
    }

    /** So many connections talk, one message under way on each: those that were opened first. */
    public Talk talk(final int connections, final double seconds) throws IOException {
        return talk(connections, FIRST, seconds);
    }

    /** So many connections talk: those that {@code seed} draws, each client's among its own; of {@link #FIRST} those that were opened first. */
    Talk talk(final int connections, final long seed, final double seconds) throws IOException {
        final List<Dialogue> talking = new ArrayList<>();
        for (int i = 0; i < clients.size(); i++) {
            if (share(connections, i) > 0) {
                talking.add(clients.get(i));
                clients.get(i)
                        .order(String.format(
                                Locale.ROOT,
                                "talk %d %.3f %d",
                                share(connections, i),
                                seconds,
                                seed == FIRST ? FIRST : seed + i));
            }
        }
        double rate = 0;
        long answers = 0;
        long begin = Long.MAX_VALUE;
        long gap = 0;
        long p50 = 0;
        long[] ticks = new long[0];
        for (final Dialogue client : talking) {
            final String line = client.answer("talked");
            final Matcher matcher = TALKED.matcher(line);
            if (!matcher.matches()) {
                throw new IllegalStateException("a client said: " + line);
            }
            answers += Long.parseLong(matcher.group(1));
            rate += Long.parseLong(matcher.group(1)) / Double.parseDouble(matcher.group(2));
            begin = Math.min(begin, Long.parseLong(matcher.group(3)) / 1_000_000);
            gap = Math.max(gap, Long.parseLong(matcher.group(4)));
            p50 = Math.max(p50, Long.parseLong(matcher.group(5)));
            ticks = sum(
                    ticks,
                    Arrays.stream(matcher.group(8).strip().split(" +"))
                            .mapToLong(Long::parseLong)
                            .toArray());
        }
        return new Talk(rate, answers, begin, gap / 1e6, p50 / 1e3, ticks);
    }

    private static long[] sum(final long[] a, final long[] b) {
        final long[] sum = Arrays.copyOf(b, Math.max(a.length, b.length));
        for (int i = 0; i < a.length; i++) {
            sum[i] += a[i];
        }
        return sum;
    }

    /** The programs' process ids, and of what stands before them. */
    List<Long> pids() {
        return Stream.concat(servers.stream(), clients.stream())
                .flatMap(dialogue -> dialogue.pids().stream())
                .toList();
    }

    private int share(final int connections, final int client) {
        return connections / clients.size() + (client < connections % clients.size() ? 1 : 0);
    }

    @Override
    public void close() {
        clients.forEach(Dialogue::close);
        servers.forEach(Dialogue::kill);
    }
}
