package joyride.core.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.nic.PacketBatch;
import joyride.core.udp.UdpSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The steady state allocates nothing: by the JVM's own count for this thread. */
class AllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int ROUNDS = 20_000;
    private static final int MOST_ATTEMPTS = 60;

    private final Rig rig = new Rig();
    private final FakeRing ring = new FakeRing();
    private final Arena arena = Arena.ofShared();

    @AfterEach
    void close() {
        rig.close();
        arena.close();
    }

    private static final class Counting implements TransportProtocol {
        private long packets;

        @Override
        public void input(final Packet packet) {
            packets++;
        }

        @Override
        public void error(final Packet quoted, final int type, final int code, final int mtu) {
            packets++;
        }
    }

    /** The first rounds run before the JVM has compiled everything, which may take long beside other work. */
    private void assertAllocatesNothing(final Runnable round) {
        long least = Long.MAX_VALUE;
        for (int attempt = 0; attempt < MOST_ATTEMPTS && least > 0; attempt++) {
            final long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < ROUNDS; i++) {
                round.run();
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least, "bytes allocated in " + ROUNDS + " rounds");
    }

    @Test
    void shouldAllocateNothingWhenLoopbackSegmentsPass() {
        final Counting counting = new Counting();
        rig.network.register(Rig.PROBE, counting);
        final Path path = rig.path(Rig.LOCAL);
        assertAllocatesNothing(() -> {
            for (int i = 0; i < 4; i++) {
                final long at = rig.output.allocate(path, 32);
                rig.output.sendFrom(path, at, 32, ring, i, 1000, Rig.PROBE, 0, 64, null);
            }
            rig.network.drainLoopback();
        });
    }

    @Test
    void shouldAllocateNothingWhenFramesComeAndGo() {
        rig.resolvePeer();
        rig.port.record = false;
        final Counting counting = new Counting();
        rig.network.register(Rig.PROBE, counting);
        final Path path = rig.path(Rig.PEER);
        final Path big = rig.path(Rig.PEER);
        final byte[][] frames = {
            Frames.ethernet(new Frames.Ip().payload(new byte[100]).build()),
            Frames.arp(1, Rig.PEER_MAC, Rig.PEER, 0, Rig.ADDRESS),
            Frames.ethernet(new Frames.Ip()
                    .protocol(1)
                    .payload(Frames.icmp(8, 0, 1, new byte[30]))
                    .build()),
            Frames.ethernet(new Frames.Ip().protocol(99).payload(new byte[30]).build()),
            fragment(0x2000, 8),
            fragment(1, 9),
        };
        final long memory = arena.allocate(2048L * frames.length).address();
        final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
        assertAllocatesNothing(() -> {
            for (int i = 0; i < frames.length; i++) {
                Memory.copyIn(frames[i], 0, memory + 2048L * i, frames[i].length);
                batch.add(i, memory + 2048L * i, frames[i].length, 0);
            }
            rig.ethernet.input(batch);
            batch.clear();
            send(path, 100, true);
            send(big, 4000, false);
            rig.network.transmit();
        });
    }

    private static byte[] fragment(final int flagsAndOffset, final int length) {
        final Frames.Ip ip = new Frames.Ip().payload(new byte[length]);
        ip.flagsAndOffset = flagsAndOffset;
        return Frames.ethernet(ip.build());
    }

    private void send(final Path path, final int length, final boolean dontFragment) {
        final long at = rig.output.allocate(path, length);
        rig.output.send(path, at, length, Rig.PROBE, 0, 64, dontFragment, 0);
    }

    @Test
    void shouldAllocateNothingWhenDatagramsPass() {
        final UdpSocket server = rig.udp.open(IpAddress.v4(Rig.LOCAL), 53);
        final UdpSocket client = rig.udp.open(IpAddress.v4(Rig.LOCAL), 54);
        final long memory = arena.allocate(2048).address();
        assertAllocatesNothing(() -> {
            client.send(0, IpAddress.lowOfV4(Rig.LOCAL), 53, memory, 500);
            rig.network.drainLoopback();
            server.receive(memory, 2048);
        });
    }
}
