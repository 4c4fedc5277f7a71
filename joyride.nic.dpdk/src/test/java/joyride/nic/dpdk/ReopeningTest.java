package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A port over a device of the kernel's is stopped and started, or closed and opened, again and again while another thread sends to it. */
@Timeout(120)
class ReopeningTest {
    private static final int LENGTH = 100;
    private static final int ROUNDS = 3;
    /** Together fewer than any of the devices' rings holds. */
    private static final int MEANWHILE = 200;

    private static final int WINDOW = 64;
    private static final int WINDOWS = 10;

    /** Sends frames numbered from 0, as many as it is allowed. */
    private static final class Sender implements AutoCloseable {
        private final Thread thread;
        private volatile int allowed;
        private volatile int sent;
        private volatile Throwable failure;
        private volatile boolean end;

        Sender(final DpdkPort from) {
            thread = Thread.ofPlatform().name("sender").start(() -> send(from));
        }

        private void send(final DpdkPort from) {
            try {
                while (!end) {
                    if (sent < allowed && Ports.send(from, 0, LENGTH, sent)) {
                        sent++;
                    }
                    LockSupport.parkNanos(20_000);
                }
            } catch (final Throwable e) {
                failure = e;
            }
        }

        void allow(final int more) {
            allowed += more;
        }

        int all() {
            Ports.await("all is sent", () -> sent == allowed || failure != null);
            assertEquals(null, failure);
            return sent;
        }

        @Override
        public void close() {
            end = true;
            Ports.await("the sender has ended", () -> !thread.isAlive());
        }
    }

    @ParameterizedTest
    @CsvSource({"af_packet, true", "af_xdp, true", "pcap, true", "af_packet, false", "af_xdp, false", "pcap, false"})
    void shouldGetEveryFrameFromThenOn(final String pmd, final boolean stays) throws Exception {
        Namespaces.run(ports -> {
            Namespaces.veth("");
            final DpdkPort far = ports.open("far", Ports.settings());
            DpdkPort near = ports.open("near", Ports.settings("pmd", pmd));
            Ports.connect(far, near);
            try (Sender sender = new Sender(far)) {
                for (int round = 0; round < ROUNDS; round++) {
                    sender.allow(MEANWHILE);
                    final String mode = near.mode();
                    if (stays) {
                        near.stop();
                        near.start();
                    } else {
                        near.close();
                        near = ports.open("near", Ports.settings("pmd", pmd));
                    }
                    assertTrue(near.queue(0).wakeDescriptor() >= 0, near.mode());
                    assertEquals(mode, near.mode());
                    final DpdkPort again = near;
                    Ports.await("the link is up", again::linkUp);
                    int next = sender.all();
                    for (int window = 0; window < WINDOWS; window++) {
                        sender.allow(WINDOW);
                        final int until = next + WINDOW;
                        while (next < until) {
                            final int came = Ports.receive(near, 0, LENGTH);
                            if (came >= next || window > 0) {
                                assertEquals(next++, came);
                            }
                        }
                    }
                }
            }
        });
    }
}
