package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Map;
import joyride.api.memory.Memory;
import joyride.core.udp.UdpSocket;
import joyride.nic.wire.Faults;
import org.junit.jupiter.api.Test;

/** The network below TCP end to end: datagrams of all sizes, most of them fragmented, over a wire that does everything wrong. */
class DatagramTest {
    private static final int SEEDS = 25;
    private static final int DATAGRAMS = 150;
    private static final int LARGEST = 9216;
    private static final long MILLISECOND = 1_000_000;
    private static final int PORT = 7;

    private int received;

    @Test
    void shouldDeliverEveryDatagramOnceWhenTheWireIsGood() {
        for (int seed = 0; seed < 10; seed++) {
            received = 0;
            exchange(seed, Faults.NONE.withDelay(MILLISECOND, 0));
            assertEquals(DATAGRAMS, received, "seed " + seed);
        }
    }

    @Test
    void shouldDeliverOnlyWhatWasSentWhenTheWireIsBad() {
        for (int seed = 0; seed < SEEDS; seed++) {
            exchange(
                    seed,
                    Faults.NONE
                            .withLoss(0.02)
                            .withDuplication(0.05)
                            .withReordering(0.2, 5 * MILLISECOND)
                            .withCorruption(0.02)
                            .withDelay(MILLISECOND, MILLISECOND));
        }
        assertTrue(received > SEEDS * DATAGRAMS / 2, received + " of " + SEEDS * DATAGRAMS);
    }

    private void exchange(final int seed, final Faults faults) {
        try (Simulation simulation = new Simulation(seed, 1500, seed % 2 == 0, faults, faults);
                Arena arena = Arena.ofShared()) {
            final long memory = arena.allocate(LARGEST).address();
            final UdpSocket server =
                    simulation.b().engine().udp().open(simulation.b().address(), PORT);
            final UdpSocket client =
                    simulation.a().engine().udp().open(simulation.a().address(), 0);
            simulation.b().engine().udp().open(simulation.b().address(), PORT + 1);
            simulation.eachTurn(() -> read(server, memory, seed));
            for (int i = 0; i < DATAGRAMS; i++) {
                final int number = i;
                simulation.a().engine().execute(() -> send(simulation, client, memory, seed, number));
                simulation.runFor(3 * MILLISECOND);
            }
            simulation.runFor(40_000 * MILLISECOND);
            read(server, memory, seed);
            final Map<String, Map<String, Long>> counters =
                    simulation.b().counters().snapshot();
            assertTrue(counters.get("ip").get("reasm.oks") > 0);
            assertTrue(faults.loss() > 0 || counters.get("ip").get("frag.creates") == 0);
        }
    }

    private static void send(
            final Simulation simulation, final UdpSocket client, final long memory, final int seed, final int number) {
        final byte[] data = bytes(seed, number);
        Memory.copyIn(data, 0, memory, data.length);
        assertEquals(
                0,
                client.send(
                        simulation.b().address().high(),
                        simulation.b().address().low(),
                        PORT,
                        memory,
                        data.length));
    }

    private void read(final UdpSocket server, final long memory, final int seed) {
        int length;
        while ((length = server.receive(memory, LARGEST)) >= 0) {
            final byte[] data = new byte[length];
            Memory.copyOut(memory, data, 0, length);
            final byte[] sent = bytes(seed, data[0] & 0xff);
            if (!Arrays.equals(sent, data)) {
                assertTrue(unseen(sent, data), "seed " + seed + ", datagram " + (data[0] & 0xff));
            }
            received++;
        }
    }

    /** Whether the damage is such that no Internet checksum sees it: bits of two fragments flipped, the sum unchanged. */
    private static boolean unseen(final byte[] sent, final byte[] data) {
        int different = 0;
        long sum = 0;
        for (int i = 0; i < data.length; i++) {
            final int difference = (data[i] & 0xff) - (i < sent.length ? sent[i] & 0xff : 0);
            different += difference == 0 ? 0 : 1;
            sum += (long) difference << ((i & 1) == 0 ? 8 : 0);
        }
        return sent.length == data.length && different > 1 && different < 8 && sum % 0xffff == 0;
    }

    /** Its first byte is its number. */
    private static byte[] bytes(final int seed, final int number) {
        final SeededRandom random = new SeededRandom((long) seed << 32 | number);
        final byte[] data = new byte[1 + random.nextInt(LARGEST - 1)];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) random.nextLong();
        }
        data[0] = (byte) number;
        return data;
    }
}
