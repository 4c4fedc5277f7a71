package joyride.core.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import joyride.api.net.IpAddress;
import org.junit.jupiter.api.Test;

/** Whatever arrives: nothing is thrown, no frame is lost, and all that was not delivered or answered was counted. */
class RandomFramesTest {
    /** Says once in 10 s that another has our address: here, all the time. */
    private static final Logger CONFLICTS = Logger.getLogger("joyride.core.link.Arp");

    private static final int SEEDS = 400;
    private static final int FRAMES = 300;

    @Test
    void shouldSurviveWhenFramesAreRandomOrDamaged() {
        CONFLICTS.setLevel(Level.OFF);
        for (int seed = 0; seed < SEEDS; seed++) {
            try (Rig rig = new Rig(1500, seed)) {
                rig.udp.open(IpAddress.ANY_V4, 53);
                final Random random = new Random(seed);
                for (int i = 0; i < FRAMES; i++) {
                    rig.port.arrive(frame(random));
                    if (random.nextInt(4) == 0) {
                        rig.turn();
                    }
                    if (random.nextInt(50) == 0) {
                        rig.sleep(random.nextInt(10_000));
                    }
                }
                rig.turn();
                rig.sleep(40_000);
                rig.port.sent.clear();
                rig.arrive(Frames.arp(1, Rig.PEER_MAC, Rig.PEER, 0, Rig.ADDRESS));
                rig.arrive(Frames.ethernet(new Frames.Ip()
                        .protocol(1)
                        .payload(Frames.icmp(8, 0, 1, new byte[8]))
                        .build()));
                assertEquals(2, rig.port.sent.size(), "still at work, seed " + seed);
                assertEquals(0, rig.network.reassembling(), "reassembly leaks, seed " + seed);
                assertEquals(0, rig.port.outstanding(), "frames leaked, seed " + seed);
                assertTrue(rig.allDrops().size() > 3, "seed " + seed);
            }
        }
    }

    private static byte[] frame(final Random random) {
        final byte[] whole = whole(random);
        switch (random.nextInt(5)) {
            case 0 -> {
                for (int i = random.nextInt(4); i >= 0 && whole.length > 0; i--) {
                    whole[random.nextInt(Math.min(whole.length, 80))] = (byte) random.nextInt();
                }
            }
            case 1 -> {
                return Arrays.copyOf(whole, random.nextInt(whole.length + 1));
            }
            case 2 -> {
                return Arrays.copyOf(whole, Math.min(1514, whole.length + random.nextInt(20)));
            }
            default -> {}
        }
        return whole;
    }

    private static byte[] whole(final Random random) {
        final Frames.Ip ip = new Frames.Ip();
        ip.id = random.nextInt(3);
        ip.tos = random.nextInt(4);
        ip.source = random.nextInt(4) == 0 ? 0x0a000000 | random.nextInt(256) : Rig.PEER;
        if (random.nextInt(8) == 0) {
            ip.options = Frames.random(random.nextLong(), 4 * random.nextInt(11));
        }
        if (random.nextInt(16) == 0) {
            ip.destination = random.nextBoolean() ? 0x0a0000ff : random.nextInt();
        }
        if (random.nextInt(3) == 0) {
            ip.flagsAndOffset = random.nextInt(4) << 13 | random.nextInt(random.nextBoolean() ? 4 : 0x2000);
        }
        final byte[] data = Frames.random(random.nextLong(), random.nextInt(64));
        switch (random.nextInt(6)) {
            case 0 -> {
                return Frames.ethernet(Rig.MAC, Rig.PEER_MAC, random.nextInt(3) * 0x400 + 0x400, data);
            }
            case 1 -> {
                return Frames.arp(random.nextInt(4), random.nextLong(), 0x0a000000 | random.nextInt(4), 0, Rig.ADDRESS);
            }
            case 2 ->
                ip.protocol(1).payload(Frames.icmp(random.nextInt(20), random.nextInt(6), random.nextInt(), data));
            case 3 -> {
                final Frames.Ip inner = new Frames.Ip().payload(data);
                inner.source = Rig.ADDRESS;
                inner.destination = Rig.PEER;
                inner.protocol = random.nextBoolean() ? 17 : Rig.PROBE;
                ip.protocol(1)
                        .payload(Frames.icmp(
                                3 + random.nextInt(2) * 8, random.nextInt(6), random.nextInt(), inner.build()));
            }
            case 4 ->
                ip.protocol(17)
                        .payload(Frames.udp(
                                ip.source, ip.destination, random.nextInt(65536), 53 + random.nextInt(2), data));
            default -> ip.payload(data);
        }
        return Frames.ethernet(ip.build());
    }
}
