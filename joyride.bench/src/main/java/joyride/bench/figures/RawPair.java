package joyride.bench.figures;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import joyride.bench.driver.TestPmd;

/** What a memif carries with no TCP at all: one testpmd sends full frames, another receives them, a core each. */
final class RawPair {
    static final String NAME = "testpmd";
    private static final int FRAME = 1514;
    private static final int PAYLOAD = 1448;
    private static final double LINK_UP = 1;

    private final Path socket;

    /** @param socket a path that no other memif uses */
    RawPair(final Path socket) {
        this.socket = socket;
    }

    /** Payload that arrives, Gb/s. */
    double gigabits(final double seconds) throws IOException, InterruptedException {
        try (TestPmd receiver = TestPmd.oneWay(device("server"), "rxonly", 1, FRAME);
                TestPmd sender = TestPmd.oneWay(device("client"), "txonly", 0, FRAME)) {
            sleep(LINK_UP);
            final long before = receiver.received();
            final long begin = System.nanoTime();
            sleep(seconds);
            final double rate = (receiver.received() - before) * 1e9 / (System.nanoTime() - begin);
            sender.requireAlive();
            if (rate == 0) {
                throw new IllegalStateException("no frame arrived");
            }
            return rate * PAYLOAD * 8 / 1e9;
        }
    }

    private String device(final String role) {
        return "net_memif0,role=" + role + ",socket-abstract=no,socket=" + socket;
    }

    private static void sleep(final double seconds) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep((long) (seconds * 1e9));
    }
}
