package joyride.testkit.netns;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import joyride.linux.DescriptorWait;
import joyride.nic.wire.Faults;
import joyride.testkit.live.Program;

/**
 * A cable with faults between two interfaces of one namespace: a process that carries frames both ways, with losses, bursts,
 * duplicates, reordering, corruption, delay and rate from a seed. It ends with this object, with its namespace, and after
 * {@link #LONGEST} at the latest.
 */
public final class FaultWire implements AutoCloseable {
    /** So long a wire lasts at most. */
    public static final Duration LONGEST = Duration.ofMinutes(10);

    private static final long IDLE_NANOS = 1_000_000_000L;
    private static final String READY = "carries frames";

    private final Program process;

    private FaultWire(final Program process) {
        this.process = process;
    }

    /** Starts one between {@code left} and {@code right} in {@code namespace} and waits until it carries frames. */
    static FaultWire start(
            final Namespace namespace,
            final String left,
            final String right,
            final Faults faults,
            final long seed,
            final Path log)
            throws IOException, InterruptedException {
        final List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                Program.classPath(),
                FaultWire.class.getName(),
                left,
                right,
                Long.toString(seed)));
        line.addAll(text(faults));
        final Program program = Program.start("fault wire", namespace.inside(line), Map.of(), log);
        try {
            program.await(
                    "the wire carries frames",
                    Duration.ofSeconds(30),
                    () -> program.output().contains(READY));
        } catch (final IOException | InterruptedException | RuntimeException e) {
            program.close();
            throw e;
        }
        return new FaultWire(program);
    }

    private static List<String> text(final Faults faults) {
        return List.of(
                Double.toString(faults.loss()),
                Integer.toString(faults.burst()),
                Double.toString(faults.duplicate()),
                Double.toString(faults.reorder()),
                Long.toString(faults.reorderNanos()),
                Double.toString(faults.corrupt()),
                Double.toString(faults.mark()),
                Long.toString(faults.delayNanos()),
                Long.toString(faults.jitterNanos()),
                Long.toString(faults.bitsPerSecond()),
                Integer.toString(faults.queueBytes()),
                Integer.toString(faults.markAboveBytes()));
    }

    private static Faults faults(final List<String> text) {
        return new Faults(
                Double.parseDouble(text.get(0)),
                Integer.parseInt(text.get(1)),
                Double.parseDouble(text.get(2)),
                Double.parseDouble(text.get(3)),
                Long.parseLong(text.get(4)),
                Double.parseDouble(text.get(5)),
                Double.parseDouble(text.get(6)),
                Long.parseLong(text.get(7)),
                Long.parseLong(text.get(8)),
                Long.parseLong(text.get(9)),
                Integer.parseInt(text.get(10)),
                Integer.parseInt(text.get(11)));
    }

    /** @param arguments left and right interface, seed, and the faults in their order */
    public static void main(final String[] arguments) throws IOException {
        final List<String> all = List.of(arguments);
        final SplittableRandom random = new SplittableRandom(Long.parseLong(all.get(2)));
        final Faults faults = faults(all.subList(3, all.size()));
        try (Arena arena = Arena.ofConfined();
                PacketSocket left = PacketSocket.open(all.get(0));
                PacketSocket right = PacketSocket.open(all.get(1));
                DescriptorWait wait = new DescriptorWait()) {
            final FaultyLane forward = new FaultyLane(left, right, faults, random.split(), arena);
            final FaultyLane backward = new FaultyLane(right, left, faults, random.split(), arena);
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(() -> System.out.println(
                            "left to right: " + forward + System.lineSeparator() + "right to left: " + backward)));
            wait.add(left.fd());
            wait.add(right.fd());
            System.out.println(READY);
            carry(forward, backward, wait);
        }
    }

    private static void carry(final FaultyLane forward, final FaultyLane backward, final DescriptorWait wait) {
        final long end = System.nanoTime() + LONGEST.toNanos();
        long now = System.nanoTime();
        while (now < end) {
            final boolean more = forward.receive(now) | backward.receive(now);
            now = System.nanoTime();
            final long due = Math.min(forward.deliver(now), backward.deliver(now));
            if (!more) {
                wait.await(due == Long.MAX_VALUE ? IDLE_NANOS : due - now);
            }
            now = System.nanoTime();
        }
    }

    /** What it did so far, once it has ended; for people. */
    public String report() throws IOException {
        return process.output();
    }

    public Program process() {
        return process;
    }

    @Override
    public void close() {
        process.close();
    }
}
