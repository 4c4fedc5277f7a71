package joyride.e2e;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.testkit.live.KernelCounters;
import joyride.testkit.live.Program;

/**
 * The proof from outside that Joyride, not the kernel, carried the bytes between two moments: the kernel's TCP sent nothing,
 * the service counted at least the payload, and no connection is on the kernel's stack.
 */
public final class Carried {
    /** What others in a shared namespace may send meanwhile, as a share of the payload in segments of 1,448 bytes. */
    private static final double STRAY_SHARE = 0.01;

    private static final int LOOKS = 20;
    private static final long LOOK_MILLIS = 100;
    private static final long STRAY_FLOOR = 200;
    private static final long SEGMENT = 1448;
    private static final Pattern RECEIVED = counter("rcv(?:oo)?byte");
    private static final Pattern SENT = counter("sndbyte");

    private final World world;
    private final KernelCounters kernel;
    private final long received;
    private final long sent;

    private Carried(final World world, final KernelCounters kernel, final long received, final long sent) {
        this.world = world;
        this.kernel = kernel;
        this.received = received;
        this.sent = sent;
    }

    /** The first moment. A service that does not run has carried nothing so far. */
    public static Carried from(final World world) throws IOException, InterruptedException {
        final KernelCounters kernel = atRest(world);
        final String counters = counters(world);
        return new Carried(world, kernel, sum(counters, RECEIVED), sum(counters, SENT));
    }

    /** What the kernel's TCP has sent once connections of before, such as a look whether a server serves, have ended there. */
    private static KernelCounters atRest(final World world) throws IOException, InterruptedException {
        KernelCounters now = world.namespace().kernel();
        for (int looks = 0; looks < LOOKS && world.namespace().isOwn(); looks++) {
            KernelCounters before = now;
            Thread.sleep(LOOK_MILLIS);
            now = world.namespace().kernel();
            if (now.since(before).outSegments() == 0) {
                break;
            }
        }
        return now;
    }

    /**
     * The second moment, after traffic between programs of the service.
     *
     * @param payload bytes that programs exchanged since the first one, at least
     * @throws AssertionError with all that speaks against it
     */
    public Evidence check(final long payload) throws IOException, InterruptedException {
        return check(payload, 0);
    }

    /**
     * The second moment, after traffic with another host.
     *
     * @param in bytes that programs received over the service since the first moment, at least
     * @param out bytes that they sent
     * @throws AssertionError with all that speaks against it
     */
    public Evidence check(final long in, final long out) throws IOException, InterruptedException {
        List<String> doubts = new ArrayList<>();
        long segments = world.namespace().kernel().since(kernel).outSegments();
        long allowed =
                world.namespace().isOwn() ? 0 : Math.max(STRAY_FLOOR, Math.round(STRAY_SHARE * (in + out) / SEGMENT));
        if (segments > allowed) {
            doubts.add("the kernel's TCP sent " + segments + " segments (" + allowed + " allowed)");
        }
        final String counters = counters(world);
        long came = sum(counters, RECEIVED) - received;
        if (came < in) {
            doubts.add("the service counted " + came + " bytes received, the programs " + in);
        }
        long went = sum(counters, SENT) - sent;
        if (went < out) {
            doubts.add("the service counted " + went + " bytes sent, the programs " + out);
        }
        doubts.addAll(kernelSockets(world));
        if (!doubts.isEmpty()) {
            throw new AssertionError("Joyride did not carry it: " + String.join("; ", doubts));
        }
        return new Evidence(segments, came, went);
    }

    /**
     * What was seen.
     *
     * @param kernelSegments that the kernel's TCP sent meanwhile
     * @param received bytes of data that the service's TCP received
     * @param sent bytes of data that it sent
     */
    public record Evidence(long kernelSegments, long received, long sent) {}

    private static Pattern counter(final String name) {
        return Pattern.compile("^tcp\\s+" + name + "\\s+([0-9]+)$", Pattern.MULTILINE);
    }

    /** What the service's TCP counted, of all instances that ever were; nothing while there is no service. */
    private static String counters(final World world) throws IOException, InterruptedException {
        Program.Result result = world.service().run("joyride:stats tcp");
        return result.exitCode() == 0 ? result.output() : "";
    }

    /** Data bytes, in order or not; what is sent again counts once. */
    private static long sum(final String counters, final Pattern wanted) {
        long total = 0;
        Matcher matcher = wanted.matcher(counters);
        while (matcher.find()) {
            total += Long.parseLong(matcher.group(1));
        }
        return total;
    }

    private static List<String> kernelSockets(final World world) throws IOException, InterruptedException {
        Program.Result result = world.service().run("joyride:sockets -k -s ESTAB");
        if (result.exitCode() != 0) {
            return List.of("the service does not say which sockets are accelerated: " + result.output());
        }
        return result.output()
                .lines()
                .filter(line -> line.contains("ESTAB"))
                .map(line -> "not accelerated: " + line)
                .toList();
    }
}
