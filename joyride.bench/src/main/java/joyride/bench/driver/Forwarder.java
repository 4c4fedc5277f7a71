package joyride.bench.driver;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import joyride.api.memory.Memory;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicEvents;
import joyride.api.nic.NicException;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import joyride.api.nic.Steering;
import joyride.nic.dpdk.DpdkDriver;
import joyride.nic.dpdk.DpdkPort;
import joyride.nic.dpdk.Forwarding;

/**
 * Joyride's driver loop alone, in a process of its own: {@code Forwarder DEVICE MODE SOCKET WARM-UP SECONDS} receives bursts and sends them on, unseen
 * (mode io) or as frames whose addresses it writes (mode mac), and prints
 * frames, ns of this thread's CPU time and ns of the clock.
 */
public final class Forwarder {
    private static final long LOOK = 1 << 10;
    private static final long REST_NANOS = 400_000_000;
    private static final int MOST_RESTS = 25;
    private static final long DESTINATION_AND_SOURCE = 0x0002_0100_0000_0002L;
    private static final int SOURCE = 0x0200_0000;

    private Forwarder() {}

    /** @param arguments as above */
    public static void main(final String[] arguments) throws NicException, IOException {
        final ForwardedDevice device = ForwardedDevice.of(arguments[0]);
        final DpdkDriver driver = new DpdkDriver(Map.of("memory.mib", "256", "hugepages", "off"));
        final boolean io = arguments[1].equals("io");
        final List<DpdkPort> ports = new ArrayList<>();
        for (final String text : device.ports()) {
            ports.add(open(driver, text.replace("SOCKET", arguments[2])));
        }
        final NicQueue[] queues = new NicQueue[ports.size()];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = ports.get(i).queue(0);
        }
        if (device.circulating()) {
            fill(queues);
        }
        warmUp(ports, io, (long) (Double.parseDouble(arguments[3]) * 1e9));
        final long cpu = cpuNanos();
        final long begin = System.nanoTime();
        final long frames = forward(ports, io, (long) (Double.parseDouble(arguments[4]) * 1e9));
        final long wall = System.nanoTime() - begin;
        System.out.println("forwarded " + frames + " " + (cpuNanos() - cpu) + " " + wall);
        drain(queues);
        ports.forEach(DpdkPort::close);
    }

    private static DpdkPort open(final DpdkDriver driver, final String text) throws NicException {
        final int comma = text.indexOf(',');
        final String name = comma < 0 ? text : text.substring(0, comma);
        return (DpdkPort) driver.open(new NicConfiguration(
                name,
                name,
                1,
                Steering.NONE,
                NicEvents.IGNORED,
                1500,
                Map.of(
                        "arguments",
                        comma < 0 ? "" : text.substring(comma + 1),
                        "frames",
                        Integer.toString(ForwardedDevice.FRAMES))));
    }

    /** Puts a burst into each port that comes in again by {@link #forward}'s way. */
    private static void fill(final NicQueue[] queues) {
        final PacketBatch batch = new PacketBatch(ForwardedDevice.BURST);
        for (final NicQueue queue : queues) {
            int inside = 0;
            while (inside < ForwardedDevice.BURST) {
                for (final NicQueue other : queues) {
                    other.receive(batch);
                    other.release(batch);
                }
                while (!batch.isFull()) {
                    final long handle = queue.allocate();
                    final long at = queue.address(handle);
                    Memory.zero(at, ForwardedDevice.FRAME);
                    batch.add(handle, at, ForwardedDevice.FRAME, 0);
                }
                inside = queue.transmit(batch);
            }
        }
    }

    /** At least that long, and until the compiler has been at rest for a while. */
    private static void warmUp(final List<DpdkPort> ports, final boolean io, final long nanos) {
        forward(ports, io, nanos);
        long before;
        long compiled = 0;
        int rests = 0;
        do {
            forward(ports, io, REST_NANOS);
            before = compiled;
            compiled = ManagementFactory.getCompilationMXBean().getTotalCompilationTime();
        } while (compiled != before && ++rests < MOST_RESTS);
    }

    private static long forward(final List<DpdkPort> ports, final boolean io, final long nanos) {
        final DpdkPort[] all = ports.toArray(DpdkPort[]::new);
        final Forwarding[] ways = new Forwarding[all.length];
        for (int port = 0; port < ways.length; port++) {
            ways[port] = all[port].forwarding(0, all[next(port, all.length)], 0);
        }
        final PacketBatch batch = new PacketBatch(ForwardedDevice.BURST);
        final long until = System.nanoTime() + nanos;
        long frames = 0;
        do {
            frames += io ? unseen(ways) : addressed(all, batch);
        } while (System.nanoTime() < until);
        return frames;
    }

    private static long unseen(final Forwarding[] ways) {
        long frames = 0;
        for (int i = 0; i < LOOK; i++) {
            for (final Forwarding way : ways) {
                frames += way.turn(ForwardedDevice.BURST);
            }
        }
        return frames;
    }

    private static long addressed(final DpdkPort[] ports, final PacketBatch batch) {
        long frames = 0;
        for (int i = 0; i < LOOK; i++) {
            for (int port = 0; port < ports.length; port++) {
                final int count = ports[port].queue(0).receive(batch);
                if (count > 0) {
                    for (int k = 0; k < count; k++) {
                        final long at = Memory.pointer(batch.address(k));
                        Memory.putLong(at, DESTINATION_AND_SOURCE);
                        Memory.putInt(at + 8, SOURCE);
                    }
                    frames += ports[next(port, ports.length)].queue(0).transmit(batch);
                }
            }
        }
        return frames;
    }

    private static int next(final int port, final int ports) {
        return port + 1 == ports ? 0 : port + 1;
    }

    private static void drain(final NicQueue[] queues) {
        final PacketBatch batch = new PacketBatch(ForwardedDevice.BURST);
        for (int i = 0; i < LOOK; i++) {
            for (final NicQueue queue : queues) {
                queue.receive(batch);
                queue.release(batch);
            }
        }
    }

    private static long cpuNanos() throws IOException {
        return Long.parseLong(
                Files.readString(Path.of("/proc/thread-self/schedstat")).split(" ")[0]);
    }
}
