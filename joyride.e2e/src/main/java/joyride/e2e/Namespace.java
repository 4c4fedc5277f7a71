package joyride.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import joyride.testkit.live.KernelCounters;

/**
 * A network namespace that lives as long as this object, and no longer than this JVM: a process holds it that ends with its
 * standard input. Its kernel TCP counters count these programs alone. Without root it is the namespace we are in.
 */
public final class Namespace implements AutoCloseable {
    private static final long LIMIT_SECONDS = 10;

    private final Process holder;

    private Namespace(final Process holder) {
        this.holder = holder;
    }

    /** A new one if we may make one, else the present one. */
    public static Namespace create() throws IOException, InterruptedException {
        if (!isRoot()) {
            return new Namespace(null);
        }
        Process holder = new ProcessBuilder(
                        "unshare", "-n", "sh", "-c", "ip link set lo up && echo ready && exec cat >/dev/null")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out = new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8));
        if (!"ready".equals(out.readLine())) {
            holder.destroyForcibly();
            throw new IOException("no network namespace could be made: unshare -n or ip link set lo up failed");
        }
        return new Namespace(holder);
    }

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** Whether nobody else's traffic is in it. */
    public boolean isOwn() {
        return holder != null;
    }

    /** What stands before a command line that is to run in it; a program started so keeps its process id. */
    public List<String> prefix() {
        return holder == null ? List.of() : List.of("nsenter", "--target", Long.toString(holder.pid()), "--net", "--");
    }

    /** What the kernel's TCP has done in it. */
    public KernelCounters kernel() throws IOException {
        return holder == null ? KernelCounters.now() : KernelCounters.of(holder.pid());
    }

    @Override
    public void close() {
        if (holder == null) {
            return;
        }
        try {
            holder.getOutputStream().close();
            if (!holder.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                holder.destroyForcibly();
            }
        } catch (IOException e) {
            holder.destroyForcibly();
        } catch (InterruptedException e) {
            holder.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
