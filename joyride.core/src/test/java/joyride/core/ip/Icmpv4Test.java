package joyride.core.ip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Map;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Icmpv4Test {
    private final Rig rig = new Rig();

    @BeforeEach
    void resolve() {
        rig.resolvePeer();
    }

    @AfterEach
    void close() {
        assertEquals(0, rig.port.outstanding(), "frames leaked");
        rig.close();
    }

    private static byte[] icmp(final byte[] message) {
        return Frames.ethernet(new Frames.Ip().protocol(1).payload(message).build());
    }

    private static byte[] broken(final byte[] frame, final int at) {
        frame[at] ^= 1;
        return frame;
    }

    /** A packet that we might have sent to the peer. */
    private static byte[] ours(final int flagsAndOffset) {
        final Frames.Ip ip = new Frames.Ip().payload(Frames.random(3, 40));
        ip.source = Rig.ADDRESS;
        ip.destination = Rig.PEER;
        ip.flagsAndOffset = flagsAndOffset;
        return ip.build();
    }

    @Test
    void shouldReplyWhenEchoIsAsked() {
        final byte[] data = Frames.random(1, 56);
        rig.arrive(icmp(Frames.icmp(8, 0, 0x12340001, data)));
        assertArrayEquals(
                Frames.icmp(0, 0, 0x12340001, data), Arrays.copyOfRange(rig.lastSent(), 34, rig.lastSent().length));
        assertEquals(0xffff, Frames.sum(rig.lastSent(), 14, 20));
        assertEquals(Rig.ADDRESS, Frames.i32(rig.lastSent(), 26));
        assertEquals(Rig.PEER, Frames.i32(rig.lastSent(), 30));
    }

    @Test
    void shouldReplyInFragmentsWhenTheEchoWasFragmented() {
        final byte[] message = Frames.icmp(8, 0, 7, Frames.random(2, 4000));
        for (int from = 0; from < message.length; from += 1480) {
            final Frames.Ip ip = new Frames.Ip().protocol(1);
            final int to = Math.min(message.length, from + 1480);
            ip.flagsAndOffset = from / 8 | (to < message.length ? 0x2000 : 0);
            ip.payload = Arrays.copyOfRange(message, from, to);
            rig.arrive(Frames.ethernet(ip.build()));
        }
        assertEquals(3, rig.port.sent.size());
        final byte[] reply = new byte[message.length];
        for (final byte[] fragment : rig.port.sent) {
            final int offset = (Frames.u16(fragment, 20) & 0x1fff) * 8;
            System.arraycopy(fragment, 34, reply, offset, fragment.length - 34);
        }
        message[0] = 0;
        message[2] = reply[2];
        message[3] = reply[3];
        assertArrayEquals(message, reply);
        assertEquals(0xffff, Frames.sum(reply, 0, reply.length));
    }

    @Test
    void shouldLimitRepliesToTwoHundredASecond() {
        final byte[] echo = icmp(Frames.icmp(8, 0, 1, new byte[8]));
        for (int second = 0; second < 5; second++) {
            rig.port.sent.clear();
            for (int i = 0; i < 400; i++) {
                rig.arrive(echo);
            }
            final int sent = rig.port.sent.size();
            assertTrue(sent >= 184 && sent <= 216, sent + " replies");
            rig.sleep(1000);
        }
        assertTrue(rig.dropped(DropReason.ICMP_RATE) > 900);
    }

    @Test
    void shouldLimitErrorsApartFromReplies() {
        final byte[] packet = Frames.ethernet(
                new Frames.Ip().protocol(99).payload(new byte[8]).build());
        for (int i = 0; i < 400; i++) {
            rig.arrive(packet);
        }
        final int sent = rig.port.sent.size();
        assertTrue(sent >= 184 && sent <= 216, sent + " errors");
        rig.arrive(icmp(Frames.icmp(8, 0, 1, new byte[8])));
        assertEquals(sent + 1, rig.port.sent.size());
    }

    @Test
    void shouldAnswerTimestampWithoutClaimingMidnight() {
        rig.arrive(icmp(Frames.icmp(13, 0, 5, new byte[12])));
        assertEquals(14, Frames.u8(rig.lastSent(), 34));
        assertTrue(Frames.u8(rig.lastSent(), 34 + 12) >= 0x80);
        assertEquals(0xffff, Frames.sum(rig.lastSent(), 34, 20));
    }

    @Test
    void shouldSayUnreachableWhenNobodyTakesTheProtocol() {
        final Frames.Ip ip = new Frames.Ip().protocol(99).payload(Frames.random(1, 1000));
        final byte[] packet = ip.build();
        rig.arrive(Frames.ethernet(packet));
        final byte[] error = rig.lastSent();
        assertEquals(3, Frames.u8(error, 34));
        assertEquals(2, Frames.u8(error, 35));
        assertEquals(14 + 576, error.length);
        assertArrayEquals(Arrays.copyOf(packet, 548), Arrays.copyOfRange(error, 42, error.length));
        assertEquals(0xffff, Frames.sum(error, 34, error.length - 34));
    }

    @Test
    void shouldQuotePayloadThatLiesElsewhereThanItsHeaders() {
        final byte[] segment = Frames.random(1, 1000);
        segment[12] = 5 << 4;
        final byte[] packet = new Frames.Ip().protocol(6).payload(segment).build();
        try (Arena arena = Arena.ofConfined()) {
            final long frame = arena.allocate(2048).address();
            final long body = arena.allocate(2048).address();
            Memory.copyIn(Frames.ethernet(packet), 0, frame, 54);
            Memory.copyIn(packet, 40, body, packet.length - 40);
            final PacketBatch batch = new PacketBatch(1);
            batch.add(0, frame, 14 + packet.length, Offload.RX_CHECKSUM_GOOD, body);
            rig.ethernet.input(batch);
            rig.turn();
        }
        assertArrayEquals(Arrays.copyOf(packet, 548), Arrays.copyOfRange(rig.lastSent(), 42, rig.lastSent().length));
    }

    @Test
    void shouldPointAtTheFaultWhenAnOptionIsMalformed() {
        final Frames.Ip ip = new Frames.Ip().payload(new byte[8]);
        ip.options = new byte[] {1, 7, 9, 4};
        rig.arrive(Frames.ethernet(ip.build()));
        final byte[] error = rig.lastSent();
        assertEquals(12, Frames.u8(error, 34));
        assertEquals(22, Frames.u8(error, 38));
    }

    @Test
    void shouldNotAnswerWhenItIsAnErrorOrForManyOrSourceRouted() {
        final Frames.Ip broadcast = new Frames.Ip().protocol(99).payload(new byte[8]);
        broadcast.destination = 0x0a0000ff;
        rig.arrive(Frames.ethernet(0xffff_ffff_ffffL, Rig.PEER_MAC, 0x0800, broadcast.build()));
        final Frames.Ip echo = new Frames.Ip().protocol(1).payload(Frames.icmp(8, 0, 0, new byte[8]));
        echo.destination = 0x0a0000ff;
        rig.arrive(Frames.ethernet(0xffff_ffff_ffffL, Rig.PEER_MAC, 0x0800, echo.build()));
        final Frames.Ip error = new Frames.Ip().protocol(1).payload(Frames.icmp(3, 1, 0, ours(0)));
        error.options = new byte[] {7, 9, 4, 0};
        rig.arrive(Frames.ethernet(error.build()));
        final Frames.Ip routed = new Frames.Ip();
        routed.options = new byte[] {(byte) 131, 3, 4, 0};
        rig.arrive(Frames.ethernet(routed.build()));
        assertEquals(0, rig.port.sent.size());
        assertEquals(
                Map.of(DropReason.IP_PROTOCOL, 1L, DropReason.ICMP_UNWANTED, 1L, DropReason.IP_OPTIONS, 2L),
                rig.allDrops());
    }

    @Test
    void shouldTellTheTransportWhenAPacketOfOursIsQuoted() {
        final byte[] packet = ours(0);
        rig.arrive(icmp(Frames.icmp(3, 4, 1280, packet)));
        rig.arrive(icmp(Frames.icmp(3, 3, 0, Arrays.copyOf(packet, 28))));
        rig.arrive(icmp(Frames.icmp(11, 0, 0, Arrays.copyOf(packet, 28))));
        assertEquals(3, rig.probe.errors.size());
        assertEquals(1280, rig.probe.errors.get(0).mtu());
        assertArrayEquals(packet, rig.probe.errors.get(0).quoted());
        assertEquals(0, rig.probe.errors.get(1).mtu());
        assertArrayEquals(Arrays.copyOf(packet, 28), rig.probe.errors.get(1).quoted());
        assertEquals(11, rig.probe.errors.get(2).type());
        assertEquals(Map.of(), rig.allDrops());
    }

    /** RFC 1191 §7.1: the next plateau below what was too long, also where that had the length of one. */
    @ParameterizedTest
    @CsvSource({"1500, 1492", "1493, 1492", "1492, 1280", "68, 0"})
    void shouldGuessThePlateauWhenARouterDoesNotTellItsMtu(final int length, final int guessed) {
        final Frames.Ip ip = new Frames.Ip().payload(new byte[length - 20]);
        ip.source = Rig.ADDRESS;
        ip.destination = Rig.PEER;
        rig.arrive(icmp(Frames.icmp(3, 4, 0, Arrays.copyOf(ip.build(), 28))));
        if (guessed == 0) {
            assertTrue(rig.probe.errors.isEmpty(), "nothing is less than 68");
        } else {
            assertEquals(guessed, rig.probe.errors.get(0).mtu());
        }
    }

    @Test
    void shouldCountWhenMalformedOrNotOurs() {
        final byte[] packet = ours(0);
        final byte[] foreign = new Frames.Ip().payload(new byte[40]).build();
        final byte[] version = packet.clone();
        version[0] = 0x65;
        final byte[] header = packet.clone();
        header[0] = 0x4f;
        final byte[] small = packet.clone();
        small[3] = 27;
        for (final byte[] quote :
                new byte[][] {{}, Arrays.copyOf(packet, 27), foreign, version, Arrays.copyOf(header, 60), small, ours(1)
                }) {
            rig.arrive(icmp(Frames.icmp(3, 1, 0, quote)));
        }
        rig.arrive(icmp(Frames.icmp(3, 4, 67, packet)));
        rig.arrive(icmp(new byte[7]));
        assertEquals(Map.of(DropReason.ICMP_MALFORMED, 9L), rig.allDrops());
        rig.arrive(broken(icmp(Frames.icmp(8, 0, 1, new byte[9])), 50));
        rig.arrive(icmp(Frames.icmp(5, 1, 1, new byte[28])));
        rig.arrive(icmp(Frames.icmp(0, 0, 1, new byte[28])));
        assertEquals(
                Map.of(DropReason.ICMP_MALFORMED, 9L, DropReason.ICMP_CHECKSUM, 1L, DropReason.ICMP_UNWANTED, 2L),
                rig.allDrops());
        assertEquals(0, rig.probe.errors.size());
        assertEquals(0, rig.port.sent.size());
    }

    @Test
    void shouldReplyAsOftenASecondAsTheServiceIsSetTo() {
        rig.tunables.set("net.inet.icmp.icmplim", "3");
        rig.tunables.set("net.inet.icmp.icmplim_jitter", "0");
        final int before = rig.port.sent.size();
        for (int i = 0; i < 10; i++) {
            rig.arrive(icmp(Frames.icmp(8, 0, i, Frames.random(1, 56))));
        }
        assertEquals(3, rig.port.sent.size() - before);
        assertEquals(7, rig.drops.get(DropReason.ICMP_RATE.ordinal()));
    }
}
