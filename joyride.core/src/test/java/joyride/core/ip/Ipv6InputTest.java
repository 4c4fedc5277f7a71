package joyride.core.ip;

import static joyride.core.ip.Frames6.ADDRESS;
import static joyride.core.ip.Frames6.ALL_NODES;
import static joyride.core.ip.Frames6.PEER;
import static joyride.core.ip.Frames6.frame;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import joyride.api.counters.DropReason;
import joyride.api.net.IpAddress;
import joyride.core.ip.Frames6.Ip6;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks of received packets, extension headers, echo, and when errors are answered (RFC 8200, RFC 4443). */
class Ipv6InputTest {
    private static final byte[] DATA = {1, 2, 3, 4, 5, 6, 7, 8};
    /** Padding that fills a header of eight bytes. */
    private static final byte[] PAD4 = {1, 4, 0, 0, 0, 0};

    private static byte[] extension(final int next, final byte[] options) {
        return Frames6.join(new byte[] {(byte) next, (byte) ((options.length + 2) / 8 - 1)}, options);
    }

    private static byte[] option(final int type) {
        return new byte[] {(byte) type, 4, 9, 9, 9, 9};
    }

    private static Ip6 probe() {
        return new Ip6().payload(DATA);
    }

    static Stream<Arguments> malformed() {
        final byte[] good = probe().build();
        final byte[] version = good.clone();
        version[0] = 0x50;
        final Ip6 longer = probe();
        longer.payloadLength = 9;
        return Stream.of(
                arguments("short", DropReason.IP_SHORT, Arrays.copyOf(good, 39)),
                arguments("version", DropReason.IP_VERSION, version),
                arguments("length", DropReason.IP_TOTAL_LENGTH, longer.build()),
                arguments(
                        "from a group",
                        DropReason.IP_SOURCE,
                        probe().from(ALL_NODES).build()),
                arguments(
                        "from nobody",
                        DropReason.IP_SOURCE,
                        probe().from(IpAddress.ANY).build()),
                arguments(
                        "from ::1",
                        DropReason.IP_SOURCE,
                        probe().from(IpAddress.parse("::1")).build()),
                arguments(
                        "from ::ffff:1.2.3.4",
                        DropReason.IP_SOURCE,
                        probe().from(IpAddress.v4(0x0102_0304)).build()),
                arguments("from us", DropReason.IP_SOURCE, probe().from(ADDRESS).build()),
                arguments(
                        "to ::1",
                        DropReason.IP_NOT_MINE,
                        probe().to(IpAddress.parse("::1")).build()),
                arguments(
                        "to another",
                        DropReason.IP_NOT_MINE,
                        probe().to(IpAddress.parse("2001:db8::3")).build()),
                arguments(
                        "to another group",
                        DropReason.IP_NOT_MINE,
                        probe().to(IpAddress.parse("ff02::5")).build()),
                arguments(
                        "to an IPv4 address",
                        DropReason.IP_NOT_MINE,
                        probe().to(IpAddress.v4(Rig.ADDRESS)).build()),
                arguments(
                        "extension beyond the end",
                        DropReason.IP_EXTENSION,
                        new Ip6()
                                .next(60)
                                .payload(new byte[] {58, 4, 0, 0, 0, 0, 0, 0})
                                .build()),
                arguments(
                        "hop-by-hop inside",
                        DropReason.IP_EXTENSION,
                        new Ip6()
                                .next(60)
                                .payload(extension(0, PAD4), extension(Rig.PROBE, PAD4), DATA)
                                .build()),
                arguments(
                        "option beyond the end",
                        DropReason.IP_EXTENSION,
                        new Ip6()
                                .next(60)
                                .payload(extension(Rig.PROBE, new byte[] {1, 5, 0, 0, 0, 0}), DATA)
                                .build()),
                arguments(
                        "much padding",
                        DropReason.IP_EXTENSION,
                        new Ip6()
                                .next(60)
                                .payload(
                                        extension(Rig.PROBE, new byte[] {1, 6, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0}),
                                        DATA)
                                .build()),
                arguments(
                        "option that says discard",
                        DropReason.IP_EXTENSION,
                        new Ip6()
                                .next(60)
                                .payload(extension(Rig.PROBE, option(0x7e)), DATA)
                                .build()),
                arguments(
                        "routing type 0 with somebody left",
                        DropReason.IP_EXTENSION,
                        new Ip6()
                                .next(43)
                                .payload(new byte[] {(byte) Rig.PROBE, 0, 0, 1, 0, 0, 0, 0}, DATA)
                                .build()),
                arguments(
                        "unknown protocol",
                        DropReason.IP_PROTOCOL,
                        new Ip6().next(200).payload(DATA).build()),
                arguments(
                        "no next header",
                        DropReason.IP_PROTOCOL,
                        new Ip6().next(59).payload(DATA).build()),
                arguments(
                        "ICMP of IPv4",
                        DropReason.IP_PROTOCOL,
                        new Ip6().next(1).payload(DATA).build()),
                arguments(
                        "fragment header alone",
                        DropReason.FRAGMENT_MALFORMED,
                        new Ip6().next(44).payload(new byte[4]).build()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void shouldDropAndCountOnceWhenMalformed(final String what, final DropReason reason, final byte[] packet) {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            six.rig.arrive(frame(packet));
            assertEquals(Map.of(reason, 1L), six.rig.allDrops(), what);
            assertTrue(six.rig.probe.received.isEmpty());
        }
    }

    @Test
    void shouldDeliverAndCutPaddingOffWhenGood() {
        try (Rig6 six = new Rig6()) {
            final Ip6 ip = probe();
            ip.trafficClass = 0xb9;
            ip.label = 0xf_ffff;
            six.rig.arrive(frame(Arrays.copyOf(ip.build(), 60)));
            assertArrayEquals(DATA, six.rig.probe.received.get(0));
            assertEquals(0xb9, six.rig.probe.tos);
        }
    }

    @Test
    void shouldDeliverWhatIsBehindExtensionHeadersWhenTheyAreKnownOrMayBeSkipped() {
        try (Rig6 six = new Rig6()) {
            six.rig.arrive(frame(new Ip6()
                    .next(0)
                    .payload(
                            extension(60, new byte[] {5, 2, 0, 0, 1, 0}),
                            extension(43, option(0x3e)),
                            new byte[] {60, 0, 0, 0, 0, 0, 0, 0},
                            extension(Rig.PROBE, PAD4),
                            DATA)
                    .build()));
            assertArrayEquals(DATA, six.rig.probe.received.get(0));
        }
    }

    @Test
    void shouldBoundTheWalkWhenThereIsNoEndOfHeaders() {
        try (Rig6 six = new Rig6()) {
            final byte[][] chain = new byte[16][];
            Arrays.fill(chain, extension(60, PAD4));
            six.rig.arrive(frame(new Ip6().next(60).payload(chain).build()));
            assertEquals(Map.of(DropReason.IP_EXTENSION, 1L), six.rig.allDrops());
        }
    }

    /** RFC 4443 §3.4, RFC 8200 §4: which code, and where it points. */
    @ParameterizedTest
    @CsvSource({"60, 0xbe, 2, 42", "60, 0xfe, 2, 42", "200, 0, 1, 6", "43, 1, 0, 42", "59, 0, -1, 0", "60, 0x7e, -1, 0"
    })
    void shouldSayWhatItDoesNotKnowWhenAsked(final int next, final String what, final int code, final int pointer) {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            final int value = Integer.decode(what);
            final byte[] header = next == 43
                    ? new byte[] {(byte) Rig.PROBE, 0, 0, (byte) value, 0, 0, 0, 0}
                    : next == 60 ? extension(Rig.PROBE, option(value)) : new byte[0];
            final byte[] packet = new Ip6().next(next).payload(header, DATA).build();
            six.rig.arrive(frame(packet));
            if (code < 0) {
                assertTrue(six.rig.port.sent.isEmpty());
                return;
            }
            final byte[] answer = six.sent(4).get(0);
            assertTrue(Frames6.checksumGood(answer));
            assertEquals(code, answer[55]);
            assertEquals(pointer, ByteBuffer.wrap(answer).getInt(58));
            assertArrayEquals(packet, Arrays.copyOfRange(answer, 62, answer.length));
        }
    }

    @ParameterizedTest
    @CsvSource({"0xbe, 1", "0xfe, 0"})
    void shouldAnswerAGroupsPacketWhenItsOptionSaysSoAlone(final String option, final int answers) {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            six.rig.arrive(frame(new Ip6()
                    .to(ALL_NODES)
                    .next(60)
                    .payload(extension(Rig.PROBE, option(Integer.decode(option))), DATA)
                    .build()));
            assertEquals(answers, six.sent(4).size());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 56, 1000, 1400})
    void shouldAnswerEchoWhenAsked(final int length) {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            final byte[] data = new byte[length];
            new Random(length).nextBytes(data);
            six.rig.arrive(Frames6.icmp(PEER, ADDRESS, 64, 128, 0, 0x1234_0001, data));
            final byte[] reply = six.sent(129).get(0);
            assertTrue(Frames6.checksumGood(reply));
            assertEquals(ADDRESS, Frames6.source(reply));
            assertEquals(PEER, Frames6.destination(reply));
            assertEquals(0x1234_0001, ByteBuffer.wrap(reply).getInt(58));
            assertArrayEquals(data, Arrays.copyOfRange(reply, 62, reply.length));
        }
    }

    @Test
    void shouldAnswerFromAnAddressOfItsOwnWhenAGroupIsAsked() {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            six.rig.arrive(Frames6.icmp(PEER, ALL_NODES, 64, 128, 0, 1));
            assertEquals(ADDRESS, Frames6.source(six.sent(129).get(0)));
        }
    }

    @Test
    void shouldDropWhenTheIcmpChecksumIsWrong() {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            final byte[] request = Frames6.icmp(PEER, ADDRESS, 64, 128, 0, 1, DATA);
            request[request.length - 1] ^= 1;
            six.rig.arrive(request);
            assertEquals(Map.of(DropReason.ICMP_CHECKSUM, 1L), six.rig.allDrops());
        }
    }

    @Test
    void shouldLimitErrorsWhenPacketsFlood() {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            for (int i = 0; i < 500; i++) {
                six.rig.arrive(frame(new Ip6().next(200).payload(DATA).build()));
            }
            final int answers = six.sent(4).size();
            assertTrue(answers >= 84 && answers <= 116, answers + " answers");
            assertEquals(500 - answers, six.rig.dropped(DropReason.ICMP_RATE));
        }
    }

    /** What its sender is told of where it is no error: an option, a routing header, a fragment that cannot be. */
    private static List<byte[]> wrongBefore(final byte[] message) {
        final byte[] routing = {58, 0, 0, 1, 0, 0, 0, 0};
        return List.of(
                frame(new Ip6()
                        .next(60)
                        .payload(extension(58, option(0xfe)), message)
                        .build()),
                frame(new Ip6()
                        .next(60)
                        .payload(extension(60, option(0xfe)), extension(58, PAD4), message)
                        .build()),
                frame(new Ip6().next(43).payload(routing, message).build()),
                frame(new Ip6()
                        .next(44)
                        .payload(Frames6.fragment(58, 0, true, 8), message)
                        .build()));
    }

    /** RFC 4443 §2.4 (e.1, e.2): not even where something stands before it that asks for an answer. */
    @Test
    void shouldNotAnswerWhenThePacketIsAnErrorItself() {
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            six.rig.arrive(Frames6.icmp(PEER, ADDRESS, 64, 1, 4, 0, DATA));
            wrongBefore(new byte[] {1, 0, 0, 0, 0, 0, 0, 0, 0}).forEach(six.rig::arrive);
            wrongBefore(new byte[] {(byte) 137, 0, 0, 0, 0, 0, 0, 0, 0}).forEach(six.rig::arrive);
            assertTrue(six.sent(4).isEmpty());
            final List<byte[]> answerable = wrongBefore(new byte[] {(byte) 128, 0, 0, 0, 0, 0, 0, 0, 0});
            answerable.forEach(six.rig::arrive);
            assertEquals(answerable.size(), six.sent(4).size());
        }
    }

    /** A packet of ours as a router quotes it. */
    private static byte[] ours(final int next, final byte[]... parts) {
        return new Ip6().from(ADDRESS).to(PEER).next(next).payload(parts).build();
    }

    @Test
    void shouldTellTheTransportWhenAnErrorQuotesItsPacket() {
        try (Rig6 six = new Rig6()) {
            six.rig.arrive(Frames6.icmp(PEER, ADDRESS, 64, 1, 4, 0, ours(Rig.PROBE, DATA)));
            six.rig.arrive(Frames6.icmp(PEER, ADDRESS, 64, 2, 0, 1400, ours(Rig.PROBE, DATA)));
            six.rig.arrive(
                    Frames6.icmp(PEER, ADDRESS, 64, 3, 0, 0, ours(44, Frames6.fragment(Rig.PROBE, 0, true, 7), DATA)));
            assertEquals(3, six.rig.probe.errors.size(), six.rig.allDrops()::toString);
            assertEquals(4, six.rig.probe.errors.get(0).code());
            assertEquals(1400, six.rig.probe.errors.get(1).mtu());
            assertEquals(3, six.rig.probe.errors.get(2).type());
        }
    }

    @Test
    void shouldDropWhenAnErrorIsNotBelievable() {
        try (Rig6 six = new Rig6()) {
            // An MTU below every link's, another's packet, a later fragment, too little quoted.
            six.rig.arrive(Frames6.icmp(PEER, ADDRESS, 64, 2, 0, 1279, ours(Rig.PROBE, DATA)));
            six.rig.arrive(Frames6.icmp(
                    PEER,
                    ADDRESS,
                    64,
                    1,
                    0,
                    0,
                    new Ip6().from(PEER).payload(DATA).build()));
            six.rig.arrive(
                    Frames6.icmp(PEER, ADDRESS, 64, 1, 0, 0, ours(44, Frames6.fragment(Rig.PROBE, 8, true, 7), DATA)));
            six.rig.arrive(Frames6.icmp(PEER, ADDRESS, 64, 1, 0, 0, Arrays.copyOf(ours(Rig.PROBE, DATA), 47)));
            assertEquals(Map.of(DropReason.ICMP_MALFORMED, 4L), six.rig.allDrops());
            // To all of the link: one of them would end everybody's connections.
            six.rig.arrive(Frames6.icmp(PEER, ALL_NODES, 64, 2, 0, 1280, ours(Rig.PROBE, DATA)));
            assertEquals(1, six.rig.dropped(DropReason.ICMP_UNWANTED));
            assertTrue(six.rig.probe.errors.isEmpty());
        }
    }

    @Test
    void shouldHaveNoIpv6WhenTheLinkCannotCarryItsLeastPacket() {
        try (Rig6 six = new Rig6(1279)) {
            assertNull(six.path(PEER));
        }
        try (Rig6 six = new Rig6(1280)) {
            assertNotNull(six.path(PEER));
        }
    }

    @Test
    void shouldNeitherThrowNorHoldFramesWhenFramesAreRandom() {
        final Random random = new Random(6);
        try (Rig6 six = new Rig6()) {
            six.resolvePeer();
            for (int i = 0; i < 50_000; i++) {
                final byte[] packet = random.nextBoolean()
                        ? probe().next(random.nextInt(8) == 0 ? 44 : 58)
                                .payload(randomBytes(random))
                                .build()
                        : new Ip6()
                                .next(new int[] {0, 43, 44, 60}[random.nextInt(4)])
                                .payload(randomBytes(random))
                                .build();
                for (int flips = random.nextInt(3); flips > 0; flips--) {
                    packet[random.nextInt(packet.length)] ^= (byte) (1 << random.nextInt(8));
                }
                six.rig.arrive(frame(packet));
                if (i % 100 == 0) {
                    six.rig.sleep(100);
                }
                assertEquals(0, six.rig.port.outstanding());
            }
            assertTrue(six.rig.network.reassembling() <= Ipv4Reassembly.LIMIT + Ipv6Reassembly.LIMIT);
        }
    }

    private static byte[] randomBytes(final Random random) {
        final byte[] bytes = new byte[8 + random.nextInt(120)];
        random.nextBytes(bytes);
        if (random.nextBoolean()) {
            bytes[1] = 0;
        }
        return bytes;
    }
}
