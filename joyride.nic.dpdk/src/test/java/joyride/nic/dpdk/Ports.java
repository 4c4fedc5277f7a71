package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import joyride.api.memory.Memory;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicEvents;
import joyride.api.nic.NicException;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import joyride.api.nic.Steering;

/** Ports of one test, and frames over them. Closing checks that every mbuf of every pool came back. */
final class Ports implements AutoCloseable {
    /** Another DPDK than the system's: {@code -Djoyride.dpdk.libraries=DIRECTORY}, drivers in {@code -Djoyride.dpdk.drivers=DIRECTORY}. */
    private static final String LIBRARIES = System.getProperty("joyride.dpdk.libraries", "");

    private static final String DRIVERS = System.getProperty("joyride.dpdk.drivers", "");

    static final DpdkDriver DRIVER = new DpdkDriver(Map.of(
            "memory.mib",
            "256",
            "hugepages",
            "off",
            "library.path",
            LIBRARIES,
            "eal.options",
            DRIVERS.isEmpty() ? "" : "-d " + DRIVERS));

    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);

    /** Seed of the frames of {@link #connect}, which may come later still. */
    private static final int LATE = Integer.MIN_VALUE;

    private final List<DpdkPort> open = new ArrayList<>();

    /** Not this test's. */
    private final int missingBefore = Lingering.sweep();

    /** Where DPDK is not installed there is nothing to test. */
    static Ports here() {
        String missing = null;
        try {
            Libraries.open(LIBRARIES.isEmpty() ? null : Path.of(LIBRARIES));
        } catch (final NicException e) {
            missing = e.getMessage();
        }
        assumeTrue(missing == null, missing);
        return new Ports();
    }

    DpdkPort open(final String device, final Map<String, String> settings) throws NicException {
        return open(device, 1, 0, settings);
    }

    DpdkPort open(final String device, final int queues, final int mtu, final Map<String, String> settings)
            throws NicException {
        return open(device, queues, mtu, NicEvents.IGNORED, settings);
    }

    DpdkPort open(
            final String device,
            final int queues,
            final int mtu,
            final NicEvents events,
            final Map<String, String> settings)
            throws NicException {
        final DpdkPort port = (DpdkPort) DRIVER.open(
                new NicConfiguration("nic" + open.size(), device, queues, Steering.NONE, events, mtu, settings));
        open.add(port);
        return port;
    }

    /** Settings from pairs. */
    static Map<String, String> settings(final String... pairs) {
        final Map<String, String> settings = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            settings.put(pairs[i], pairs[i + 1]);
        }
        return settings;
    }

    /** Waits for what other threads or processes do. */
    static void await(final String what, final BooleanSupplier condition) {
        final long until = System.nanoTime() + LIMIT_NANOS;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < until, "not within 20 s: " + what);
            LockSupport.parkNanos(100_000);
        }
    }

    /** Sends one frame of {@code length} bytes that all depend on {@code seed}. @return whether it was accepted */
    static boolean send(final DpdkPort port, final int queue, final int length, final int seed) {
        final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
        final var from = port.queue(queue);
        final long handle = from.allocate();
        assertTrue(handle != 0, "a frame");
        assertTrue(length <= from.frameSize(), "it fits");
        final long at = from.address(handle);
        fill(at, length, seed);
        batch.add(handle, at, length, 0);
        final boolean sent = from.transmit(batch) == 1;
        rest(from);
        return sent;
    }

    static void fill(final long at, final int length, final int seed) {
        for (int i = 0; i < length; i++) {
            Memory.putByte(at + i, i < 6 ? 0xff : i < 12 ? 2 : (seed + i * 7));
        }
        // An EtherType for experiments, so that nobody minds the frame.
        Memory.putShortBE(at + 12, 0x88b5);
        Memory.putIntBE(at + 14, seed);
    }

    /** Waits until frames go both ways and nothing is on the way: a memif's receiver must have polled before its sender has room. */
    static void connect(final DpdkPort a, final DpdkPort b) {
        await("both links are up", () -> a.linkUp() && b.linkUp());
        final int[] through = new int[2];
        await("frames go both ways", () -> {
            send(a, 0, 61, LATE);
            send(b, 0, 61, LATE);
            through[0] += drain(b);
            through[1] += drain(a);
            return through[0] > 0 && through[1] > 0;
        });
        await("nothing is on the way", () -> drain(a) + drain(b) == 0);
    }

    /** As a loop that goes to sleep: nobody may use the queue for a while. */
    private static void rest(final NicQueue queue) {
        final long ignored = queue.nextEvent();
    }

    private static int drain(final DpdkPort port) {
        final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
        final int count = port.queue(0).receive(batch);
        port.queue(0).release(batch);
        rest(port.queue(0));
        return count;
    }

    /** Receives until a frame of {@link #fill} came, whatever else does, and checks each byte of it. @return its seed */
    static int receive(final DpdkPort port, final int queue, final int length) {
        final int[] seed = {-1};
        await("a frame of " + length + " bytes at " + port.name(), () -> received(port, queue, length, seed));
        return seed[0];
    }

    /** Polls a queue that has nothing. */
    static void receiveNothing(final DpdkPort port, final int queue) {
        assertEquals(0, port.queue(queue).receive(new PacketBatch(1)));
    }

    private static boolean received(final DpdkPort port, final int queue, final int length, final int[] seed) {
        final PacketBatch batch = new PacketBatch(1);
        final var from = port.queue(queue);
        final int count = from.receive(batch);
        rest(from);
        if (count == 0) {
            return false;
        }
        final boolean ours = batch.length(0) >= 18
                && Memory.getUnsignedShortBE(batch.address(0) + 12) == 0x88b5
                && Memory.getIntBE(batch.address(0) + 14) != LATE;
        if (ours) {
            seed[0] = check(batch.address(0), batch.length(0), length);
        }
        from.release(batch);
        return ours;
    }

    private static int check(final long at, final int found, final int length) {
        assertEquals(length, found, "length");
        final int seed = Memory.getIntBE(at + 14);
        for (int i = 18; i < length; i++) {
            assertEquals((byte) (seed + i * 7), Memory.getByte(at + i), "byte " + i);
        }
        return seed;
    }

    @Override
    public void close() {
        for (final DpdkPort port : open.reversed()) {
            port.close();
        }
        assertEquals(0, Math.max(0, Lingering.sweep() - missingBefore), "pools with frames missing");
    }
}
