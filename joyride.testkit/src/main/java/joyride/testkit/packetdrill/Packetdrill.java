package joyride.testkit.packetdrill;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import joyride.testkit.packetdrill.script.Script;
import joyride.testkit.packetdrill.script.SyntaxException;
import joyride.testkit.simulation.SimulatedTcp;

/**
 * {@code joyride packetdrill [-v] [--variant NAME] [--swap-every N [--swap-to NAME]] [--mutants] FILE|FOLDER…}: plays scripts; with
 * {@code --mutants} also each one that passes with one expectation changed, which must then fail.
 */
public final class Packetdrill {
    private static final String USAGE =
            "usage: joyride packetdrill [-v] [--variant NAME] [--swap-every N [--swap-to NAME]] [--mutants]"
                    + " FILE|FOLDER...";

    private final PrintStream out;
    private final List<Path> paths = new ArrayList<>();
    private boolean verbose;
    private String variant = PlayOptions.STANDARD.variant();
    private String swapTo;
    private int swapEvery;
    private boolean mutate;
    private int mutants;
    private int survivors;
    private int passed;
    private int failed;
    private int skipped;

    private Packetdrill(final PrintStream out) {
        this.out = out;
    }

    /** Exits with 0 if no script failed and at most 1 % of the mutants passed, 1 otherwise, 2 if it was not told rightly what to do. */
    public static void main(final String[] arguments) {
        System.exit(run(arguments, System.out, System.err));
    }

    static int run(final String[] arguments, final PrintStream out, final PrintStream err) {
        final Packetdrill command = new Packetdrill(out);
        try {
            command.parse(arguments);
            command.play();
        } catch (final IllegalArgumentException | IOException e) {
            err.println("joyride packetdrill: " + e.getMessage());
            return 2;
        }
        return command.failed > 0 || command.survivors * 100 > command.mutants ? 1 : 0;
    }

    private void parse(final String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "-v" -> verbose = true;
                case "--mutants" -> mutate = true;
                case "--variant" -> variant = value(arguments, ++i);
                case "--swap-to" -> swapTo = value(arguments, ++i);
                case "--swap-every" -> swapEvery = count(value(arguments, ++i));
                default -> {
                    if (arguments[i].startsWith("-")) {
                        throw new IllegalArgumentException("unknown option " + arguments[i] + "; " + USAGE);
                    }
                    paths.add(Path.of(arguments[i]));
                }
            }
        }
        for (final String name : new String[] {variant, swapTo == null ? variant : swapTo}) {
            if (!SimulatedTcp.VARIANTS.contains(name)) {
                throw new IllegalArgumentException("no TCP variant " + name + "; one of " + SimulatedTcp.VARIANTS);
            }
        }
        if (paths.isEmpty()) {
            throw new IllegalArgumentException("no script; " + USAGE);
        }
    }

    private static String value(final String[] arguments, final int at) {
        if (at >= arguments.length) {
            throw new IllegalArgumentException(arguments[at - 1] + " needs a value; " + USAGE);
        }
        return arguments[at];
    }

    private static int count(final String text) {
        if (!text.matches("[1-9]\\d{0,5}")) {
            throw new IllegalArgumentException("--swap-every " + text + " is not a number of events of 1 and more");
        }
        return Integer.parseInt(text);
    }

    private void play() throws IOException {
        final PlayOptions options = new PlayOptions(
                variant,
                swapEvery,
                swapTo == null ? variant : swapTo,
                1,
                verbose ? line -> out.println("  " + line) : null);
        for (final Path file : scripts(paths)) {
            final Verdict verdict = verdict(file, options);
            report(file, verdict);
            if (mutate && verdict.passed()) {
                mutate(Script.read(file), options);
            }
        }
        if (mutate) {
            out.println(mutants + " mutants, " + survivors + " passed all the same");
        }
        out.println(passed + " passed, " + failed + " failed, " + skipped + " skipped");
    }

    private void mutate(final Script script, final PlayOptions options) {
        for (final Mutants.Mutant mutant : Mutants.of(script)) {
            mutants++;
            if (!ScriptPlayer.play(mutant.script(), options).failed()) {
                survivors++;
                out.println("SURVIVED " + mutant.change());
            }
        }
    }

    /**
     * The files named in {@code paths}, and all below the folders named there that are called {@code *.pkt}, in the order of their names;
     * also those, and folders, that cannot be read, so that each is told.
     *
     * @throws IOException if one of {@code paths} is not there, or a folder has no script
     */
    static List<Path> scripts(final List<Path> paths) throws IOException {
        final List<Path> files = new ArrayList<>();
        for (final Path path : paths) {
            if (!Files.exists(path)) {
                throw new IOException(path + " does not exist");
            }
            final List<Path> found = Files.isDirectory(path) ? below(path) : List.of(path);
            if (found.isEmpty()) {
                throw new IOException("no script, *.pkt, in the folder " + path);
            }
            files.addAll(found);
        }
        return files;
    }

    private static List<Path> below(final Path folder) throws IOException {
        final List<Path> files = new ArrayList<>();
        Files.walkFileTree(folder, Set.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, new SimpleFileVisitor<>() {
            private void take(final Path file) {
                if (!file.equals(folder) && file.toString().endsWith(".pkt")) {
                    files.add(file);
                }
            }

            @Override
            public FileVisitResult preVisitDirectory(final Path directory, final BasicFileAttributes attributes) {
                take(directory);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(final Path file, final BasicFileAttributes attributes) {
                take(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(final Path file, final IOException e) {
                // a link back to where it is in leads to nothing new
                if (!(e instanceof FileSystemLoopException)) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        files.sort(null);
        return files;
    }

    /** How the script in {@code file} goes; one that cannot be read, or that breaks the interpreter, has failed: others are to be played yet. */
    static Verdict verdict(final Path file, final PlayOptions options) {
        try {
            return ScriptPlayer.play(Script.read(file), options);
        } catch (final SyntaxException | IOException e) {
            return new Verdict(Verdict.Outcome.FAILED, e.getMessage());
        } catch (final RuntimeException e) {
            return new Verdict(
                    Verdict.Outcome.FAILED, file.getFileName() + ": stack or interpreter failed: " + e + at(e));
        }
    }

    private static String at(final RuntimeException e) {
        return e.getStackTrace().length == 0 ? "" : " at " + e.getStackTrace()[0];
    }

    private void report(final Path file, final Verdict verdict) {
        switch (verdict.outcome()) {
            case PASSED -> {
                passed++;
                out.println("passed   " + file);
            }
            case FAILED -> {
                failed++;
                out.println("FAILED   " + file + "\n  " + verdict.message());
            }
            case SKIPPED -> {
                skipped++;
                out.println("skipped  " + file + ": " + verdict.message());
            }
        }
    }
}
