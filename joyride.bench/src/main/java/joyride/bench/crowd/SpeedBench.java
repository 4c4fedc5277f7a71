package joyride.bench.crowd;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import joyride.bench.measure.Samples;
import joyride.bench.measure.Scratch;
import joyride.bench.measure.Spent;
import joyride.testkit.live.LiveService;
import joyride.testkit.netns.Namespace;

/**
 * {@code joyride bench connections --speed}: two services with the same programs, of which one has a thousand connections and the other many, asked in turn,
 * so that what else the machine does meets both. Both have a thousand at first: what two compilations of the same code differ by is taken off.
 * With {@code --kernel} two namespaces and the kernel's TCP stand in for the services, for what the same costs there.
 */
final class SpeedBench {
    private static final double WANTED = 0.8;
    private static final int WARMING = 5;

    private SpeedBench() {}

    /** One run. Times in µs an answer: of the service, of the programs, and slices of a core that the programs had for 1,000 answers. */
    private record Run(double rate, double service, double programs, double slices) {}

    /** A service, and the programs on it. */
    private record Side(List<Long> service, Crowd crowd, List<Long> pids) {
        static Side of(final LiveService service, final Crowd crowd) throws IOException {
            return new Side(List.of(service.pid()), crowd, crowd.pids());
        }

        /** Programs over the kernel's TCP. */
        static Side of(final Crowd crowd) {
            return new Side(List.of(), crowd, crowd.pids());
        }

        Run talk(final long seed, final double seconds) throws IOException {
            final Spent ofService = Spent.of(service);
            final Spent ofPrograms = Spent.of(pids);
            final Crowd.Talk talk = crowd.talk(ConnectionsBench.ACTIVE, seed, seconds);
            final Spent programs = Spent.of(pids).since(ofPrograms);
            final Spent loop = Spent.of(service).since(ofService);
            final double answers = talk.answers();
            return new Run(
                    talk.rate(),
                    loop.run() / 1e3 / answers,
                    programs.run() / 1e3 / answers,
                    1e3 * programs.slices() / answers);
        }
    }

    /** Runs of both sides in turn. */
    private record Rounds(String name, List<Run> few, List<Run> many) {
        Samples ratios() {
            final List<Double> ratios = new ArrayList<>();
            for (int i = 0; i < few.size(); i++) {
                ratios.add(many.get(i).rate() / few.get(i).rate());
            }
            return Samples.of(ratios);
        }

        void print() {
            row(name + ", the side that keeps 1,000 open", few);
            row(name + ", the other", many);
        }

        private static void row(final String side, final List<Run> runs) {
            System.out.printf(
                    "| %s | %s | %s | %s | %s |%n",
                    side,
                    samples(runs, Run::rate).text(),
                    samples(runs, Run::service).text(),
                    samples(runs, Run::programs).text(),
                    samples(runs, Run::slices).text());
        }

        private static Samples samples(final List<Run> runs, final ToDoubleFunction<Run> of) {
            return Samples.of(runs.stream().mapToDouble(of).boxed().toList());
        }
    }

    /** @return whether the target was reached; the kernel has none */
    static boolean run(final CrowdOptions options) throws IOException, InterruptedException {
        final int programs = ConnectionsBench.programs(options.most());
        try (Scratch scratch = new Scratch();
                Namespace first = Namespace.create();
                Namespace second = Namespace.create()) {
            final String program = scratch.compile("crowd");
            if (options.kernel()) {
                try (Crowd few = new Crowd(program, "127.0.0.1", programs, first::inside, first::inside);
                        Crowd many = new Crowd(program, "127.0.0.1", programs, second::inside, second::inside)) {
                    compare(Side.of(few), Side.of(many), options);
                    return true;
                }
            }
            try (LiveService a = ConnectionsBench.service(scratch, "few", first);
                    LiveService b = ConnectionsBench.service(scratch, "many", second)) {
                final Path etc = ConnectionsBench.configuration(scratch);
                a.start(etc);
                b.start(etc);
                a.awaitWarm();
                b.awaitWarm();
                try (Crowd few = new Crowd(program, "127.77.0.1", programs, a::withLayer, a::withLayer);
                        Crowd many = new Crowd(program, "127.77.0.1", programs, b::withLayer, b::withLayer)) {
                    return compare(Side.of(a, few), Side.of(b, many), options);
                }
            }
        }
    }

    private static boolean compare(final Side fewer, final Side more, final CrowdOptions options) throws IOException {
        final int most = options.most();
        final int runs = options.runs();
        final double seconds = options.seconds();
        fewer.crowd().open(ConnectionsBench.ACTIVE);
        more.crowd().open(ConnectionsBench.ACTIVE);
        rounds("", fewer, more, Crowd.FIRST, WARMING, seconds);
        final Rounds same = rounds("1,000 open", fewer, more, Crowd.FIRST, runs, seconds);
        more.crowd().open(most);
        rounds("", fewer, more, options.seed(), WARMING, seconds);
        final Rounds firstOnes =
                rounds(String.format("%,d open, the first 1,000 talk", most), fewer, more, Crowd.FIRST, runs, seconds);
        final Rounds any = rounds(
                String.format("%,d open, 1,000 drawn by --seed %d talk", most, options.seed()),
                fewer,
                more,
                options.seed(),
                runs,
                seconds);
        System.out.println(
                "| | answers a second | CPU of the service, µs an answer | of the programs, µs | slices of the programs for 1,000 answers |");
        System.out.println("|---|---|---|---|---|");
        same.print();
        firstOnes.print();
        any.print();
        System.out.println();
        System.out.println("- with 1,000 open on both: " + same.ratios().text() + "×");
        final boolean ours = !more.service().isEmpty();
        return judge(same, firstOnes, ours) & judge(same, any, ours);
    }

    private static boolean judge(final Rounds same, final Rounds rounds, final boolean ours) {
        final double ratio = rounds.ratios().median() / same.ratios().median();
        final String verdict = ratio >= WANTED ? "ok" : "NOT REACHED";
        System.out.printf(
                "- %s: %s× the answers of 1,000 open; less what both differed by before, %.2f×%s%n",
                rounds.name(),
                rounds.ratios().text(),
                ratio,
                ours ? String.format("; wanted ≥ %.2f× %s", WANTED, verdict) : ", the kernel's own");
        return ratio >= WANTED;
    }

    private static Rounds rounds(
            final String name, final Side few, final Side many, final long seed, final int runs, final double seconds)
            throws IOException {
        final List<Run> ofFew = new ArrayList<>();
        final List<Run> ofMany = new ArrayList<>();
        for (int run = 0; run < runs; run++) {
            if (run % 2 == 0) {
                ofFew.add(few.talk(Crowd.FIRST, seconds));
                ofMany.add(many.talk(seed, seconds));
            } else {
                ofMany.add(many.talk(seed, seconds));
                ofFew.add(few.talk(Crowd.FIRST, seconds));
            }
        }
        return new Rounds(name, ofFew, ofMany);
    }
}
