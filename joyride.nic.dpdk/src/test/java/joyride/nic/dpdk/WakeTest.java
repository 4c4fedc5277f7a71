package joyride.nic.dpdk;

import static joyride.testkit.nic.ThreadNamespace.ip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import joyride.api.nic.NicException;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import joyride.linux.Poll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A loop that sleeps hears of frames, where the device has a descriptor that tells of them, however DPDK hides it. */
@Timeout(120)
class WakeTest {
    private static final int LIMIT_MILLIS = 20_000;
    private final PacketBatch batch = new PacketBatch(PacketBatch.BURST);

    private static DpdkPort memif(final Ports ports, final Path directory, final int number) throws NicException {
        final String role = number == 0 ? "server" : "client";
        return ports.open(
                "net_memif" + number,
                Ports.settings(
                        "arguments", "role=" + role + ",socket-abstract=no,socket=" + directory.resolve("memif.sock")));
    }

    private void wakes(final DpdkPort from, final DpdkPort to) {
        final NicQueue queue = to.queue(0);
        for (int i = 0; i < 50; i++) {
            int tries = 0;
            do {
                queue.armWake();
                // What is late of those that connected the ports.
                while (queue.receive(batch) > 0) {
                    queue.release(batch);
                }
            } while (Poll.await(queue.wakeDescriptor(), Poll.IN, 0) > 0 && tries++ < 100);
            assertTrue(tries < 100, "nothing has come");
            assertTrue(queue.nextEvent() - System.nanoTime() > 10_000_000, "it may sleep");
            assertTrue(Ports.send(from, 0, 100, i));
            assertTrue(Poll.await(queue.wakeDescriptor(), Poll.IN, LIMIT_MILLIS) > 0, "it is woken");
            assertEquals(i, Ports.receive(to, 0, 100));
        }
    }

    @Test
    void shouldWakeBothSidesOfAMemifAlsoAfterThePeerCameBack(@TempDir final Path directory) throws NicException {
        try (Ports ports = Ports.here()) {
            final DpdkPort server = memif(ports, directory, 0);
            DpdkPort client = memif(ports, directory, 1);
            Ports.connect(server, client);
            wakes(server, client);
            wakes(client, server);

            client.close();
            Ports.await("the server has noticed", () -> !server.linkUp());
            server.queue(0).armWake();
            assertTrue(server.queue(0).nextEvent() - System.nanoTime() < 10_000_000, "without a peer it is polled");

            client = memif(ports, directory, 1);
            Ports.connect(server, client);
            wakes(server, client);
            wakes(client, server);
        }
    }

    @Test
    void shouldRingNobodyWhoIsAwake(@TempDir final Path directory) throws NicException {
        try (Ports ports = Ports.here()) {
            final DpdkPort server = memif(ports, directory, 0);
            final DpdkPort client = memif(ports, directory, 1);
            Ports.connect(server, client);
            wakes(server, client);
            assertTrue(Ports.send(server, 0, 100, 77));
            assertEquals(0, Poll.await(client.queue(0).wakeDescriptor(), Poll.IN, 50));
            assertEquals(77, Ports.receive(client, 0, 100));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"af_packet", "af_xdp"})
    void shouldWakeWhenAFrameArrivesByAVeth(final String pmd) throws Exception {
        Namespaces.run(ports -> {
            Namespaces.veth("");
            final DpdkPort near = ports.open("near", Ports.settings("pmd", pmd));
            final DpdkPort far = ports.open("far", Ports.settings());
            Ports.connect(near, far);
            wakes(far, near);
            // A link that went down leaves an error at the socket, which must not keep the loop awake.
            ip("link set near down");
            Ports.await("the link is down", () -> !near.linkUp());
            ip("link set near up");
            Ports.await("the link is up", near::linkUp);
            Ports.connect(near, far);
            wakes(far, near);
        });
    }
}
