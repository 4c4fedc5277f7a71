package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import org.junit.jupiter.api.Test;

/** Linux's struct tcp_info, field by field, by what a connection goes through. */
class TcpInfoTest extends TcpCase {
    /** Payload of a full segment with timestamps. */
    private static final int MSS = 1448;

    private static final int LENGTH = 252;

    /** Name, offset and size of each field, after linux/tcp.h; bit fields with the byte that they are in. */
    private static final String LAYOUT = """
        state 0 1
        ca_state 1 1
        retransmits 2 1
        probes 3 1
        backoff 4 1
        options 5 1
        wscale 6 1
        app_limited 7 1
        rto 8 4
        ato 12 4
        snd_mss 16 4
        rcv_mss 20 4
        unacked 24 4
        sacked 28 4
        lost 32 4
        retrans 36 4
        fackets 40 4
        last_data_sent 44 4
        last_ack_sent 48 4
        last_data_recv 52 4
        last_ack_recv 56 4
        pmtu 60 4
        rcv_ssthresh 64 4
        rtt 68 4
        rttvar 72 4
        snd_ssthresh 76 4
        snd_cwnd 80 4
        advmss 84 4
        reordering 88 4
        rcv_rtt 92 4
        rcv_space 96 4
        total_retrans 100 4
        pacing_rate 104 8
        max_pacing_rate 112 8
        bytes_acked 120 8
        bytes_received 128 8
        segs_out 136 4
        segs_in 140 4
        notsent_bytes 144 4
        min_rtt 148 4
        data_segs_in 152 4
        data_segs_out 156 4
        delivery_rate 160 8
        busy_time 168 8
        rwnd_limited 176 8
        sndbuf_limited 184 8
        delivered 192 4
        delivered_ce 196 4
        bytes_sent 200 8
        bytes_retrans 208 8
        dsack_dups 216 4
        reord_seen 220 4
        rcv_ooopack 224 4
        snd_wnd 228 4
        rcv_wnd 232 4
        rehash 236 4
        total_rto 240 2
        total_rto_recoveries 242 2
        total_rto_time 244 4
        received_ce 248 4
        """;

    private PeerConnection peer;
    private MemoryEndpoint server;

    private static Map<String, Long> info(final MemoryEndpoint endpoint) {
        final Map<String, Long> fields = new HashMap<>();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment info = arena.allocate(256, 8);
            assertEquals(LENGTH, endpoint.socket().tcpInfo(info.address(), 256));
            for (final String line : LAYOUT.lines().toList()) {
                final String[] words = line.split(" ");
                final int at = Integer.parseInt(words[1]);
                fields.put(
                        words[0],
                        switch (words[2]) {
                            case "1" -> Byte.toUnsignedLong(info.get(ValueLayout.JAVA_BYTE, at));
                            case "2" -> Short.toUnsignedLong(info.get(ValueLayout.JAVA_SHORT, at));
                            case "4" -> Integer.toUnsignedLong(info.get(ValueLayout.JAVA_INT, at));
                            default -> info.get(ValueLayout.JAVA_LONG, at);
                        });
            }
        }
        return fields;
    }

    /** @param fields {@code name=value}, parted by blanks */
    private static void assertInfo(final String when, final MemoryEndpoint endpoint, final String fields) {
        final Map<String, Long> seen = info(endpoint);
        final List<String> wanted = List.of(fields.strip().split("\\s+"));
        final List<String> had = new ArrayList<>();
        for (final String each : wanted) {
            final String name = each.substring(0, each.indexOf('='));
            had.add(name + "=" + seen.get(name));
        }
        assertEquals(wanted, had, when);
    }

    private void established() {
        final MemoryEndpoint listener = listen(7);
        peer = connect(listener);
        server = accept(listener);
    }

    /** The next {@code count} segments of the host, each full. */
    private void take(final int count) {
        for (int i = 0; i < count; i++) {
            assertEquals(MSS, next(MILLI).payload().length);
        }
    }

    private void sack(final int... segments) {
        final int[] edges = new int[segments.length];
        for (int i = 0; i < edges.length; i++) {
            edges[i] = peer.hostIsn + 1 + segments[i] * MSS;
        }
        rig.send(peer.segment(TcpFlags.ACK).sack(edges));
    }

    @Test
    void shouldTellOfAListenerHowManyWaitAndMay() {
        final MemoryEndpoint listener = listen(7);
        assertInfo("nobody waits", listener, "state=10 unacked=0 sacked=7 snd_mss=0 bytes_sent=0");
        rig.connect(4001, PORT, true, true);
        rig.connect(4002, PORT, true, true);
        assertInfo("two wait", listener, "state=10 unacked=2 sacked=7");
        accept(listener);
        assertInfo("one is accepted", listener, "state=10 unacked=1 sacked=7");
    }

    @Test
    void shouldTellOfAnOpenThatIsNotAnswered() {
        final MemoryEndpoint client = open();
        expect("SYN", TcpFlags.SYN, MILLI);
        write(client, 500);
        assertInfo(
                "SYN sent",
                client,
                "state=2 ca_state=0 retransmits=0 backoff=0 unacked=1 bytes_acked=0 notsent_bytes=500 bytes_sent=0"
                        + " rto=1000000 min_rtt=4294967295 rtt=0 rttvar=250000");
        expect("SYN", TcpFlags.SYN, SECOND + 10 * MILLI);
        assertInfo("again", client, "state=2 ca_state=4 retransmits=1 probes=0 backoff=1 unacked=1 bytes_acked=0");
    }

    @Test
    void shouldTellWhatBothSidesAgreedOn() {
        established();
        assertInfo(
                "open",
                server,
                "state=1 ca_state=0 options=7 wscale=96 snd_mss=1448 rcv_mss=1448 advmss=1460 pmtu=1500 snd_wnd=65535"
                        + " snd_cwnd=10 unacked=0 bytes_acked=0 bytes_received=0 notsent_bytes=0 reordering=3 ato=40000"
                        + " pacing_rate=-1 max_pacing_rate=-1");
        final Map<String, Long> seen = info(server);
        assertEquals(server.socket().getOption(SocketOption.SO_RCVBUF), seen.get("rcv_ssthresh"));
        assertEquals(65535L, seen.get("rcv_wnd"), "as the SYN-ACK said");
        assertEquals(seen.get("rcv_ssthresh"), seen.get("rcv_space"));
        assertTrue(seen.get("snd_ssthresh") > 1000, "no loss yet: " + seen.get("snd_ssthresh"));
        peer.data(new byte[100]);
        final int told = peer.windowOf(peer.receive(SECOND));
        assertTrue(
                Math.abs(told - info(server).get("rcv_wnd")) < 64,
                "told " + told + ", " + info(server).get("rcv_wnd"));
    }

    @Test
    void shouldTellOfAConnectionWithoutOptions() {
        final MemoryEndpoint listener = listen(4);
        rig.connect(4001, PORT, false, false);
        assertInfo("plain", accept(listener), "options=4 snd_mss=1460 advmss=1460");
    }

    @Test
    void shouldTellWhatIsUnderWayAndHowLongAgoSomethingHappened() {
        established();
        write(server, 100);
        assertEquals(100, peer.receive(MILLI).payload().length);
        assertInfo(
                "a part of a segment is one",
                server,
                "unacked=1 bytes_sent=100 bytes_acked=0 notsent_bytes=0 bytes_retrans=0");
        rig.pass(20 * MILLI);
        peer.acknowledge();
        assertInfo("acknowledged", server, "unacked=0 bytes_sent=100 bytes_acked=100 min_rtt=1000");
        final Map<String, Long> seen = info(server);
        assertTrue(seen.get("rtt") >= 1000 && seen.get("rtt") <= 21000, "rtt " + seen.get("rtt"));
        assertTrue(seen.get("rttvar") > 0, "rttvar " + seen.get("rttvar"));
        assertTrue(seen.get("rto") >= 200_000 + seen.get("rtt"), "rto " + seen.get("rto"));
        rig.pass(300 * MILLI);
        peer.data(new byte[700]);
        rig.pass(500 * MILLI);
        final Map<String, Long> later = info(server);
        assertAbout(820, later.get("last_data_sent"));
        assertAbout(500, later.get("last_data_recv"));
        assertAbout(800, later.get("last_ack_recv"));
        assertInfo("received", server, "bytes_received=700 rcv_ooopack=0");
    }

    private static void assertAbout(final long wanted, final long seen) {
        assertTrue(Math.abs(wanted - seen) <= 2, "about " + wanted + " ms, not " + seen);
    }

    @Test
    void shouldTellWhatTheWindowHoldsBack() {
        established();
        window(peer, 3 * MSS);
        write(server, 5 * MSS);
        take(3);
        assertInfo("two segments wait", server, "snd_wnd=4344 unacked=3 bytes_sent=4344 notsent_bytes=2896");
    }

    @Test
    void shouldCountWhatCameOutOfOrder() {
        established();
        final int first = peer.seq;
        peer.seq = first + 1000;
        peer.data(new byte[500]);
        peer.data(new byte[500]);
        assertInfo("two behind a gap", server, "rcv_ooopack=2 bytes_received=0");
        peer.seq = first;
        peer.data(new byte[1000]);
        assertInfo("the gap is filled", server, "rcv_ooopack=2 bytes_received=2000");
    }

    @Test
    void shouldTellOfARecovery() {
        established();
        write(server, 8 * MSS);
        take(8);
        sack(2, 3);
        assertInfo("one SACKed", server, "ca_state=1 sacked=1 lost=0 retrans=0 unacked=8 total_retrans=0");
        sack(2, 4);
        sack(2, 5);
        assertInfo(
                "three SACKed: the first two are lost and the first goes again",
                server,
                "ca_state=3 sacked=3 retransmits=0 total_retrans=" + again() + " bytes_retrans=" + again() * MSS
                        + " bytes_sent=" + (8 + again()) * MSS + " unacked=8");
        final Map<String, Long> seen = info(server);
        assertTrue(again() >= 1 && seen.get("retrans") == again(), "retrans " + seen.get("retrans"));
        assertTrue(seen.get("lost") >= 1 && seen.get("lost") <= 2, "lost " + seen.get("lost"));
        assertTrue(seen.get("snd_ssthresh") < 10, "ssthresh " + seen.get("snd_ssthresh"));
        peer.ack = peer.hostIsn + 1 + 8 * MSS;
        peer.acknowledge();
        assertInfo("over", server, "ca_state=0 sacked=0 lost=0 retrans=0 unacked=0 bytes_acked=" + 8 * MSS);
    }

    private long again() {
        return count("sndrexmitpack");
    }

    @Test
    void shouldTellOfTimeouts() {
        established();
        write(server, MSS);
        take(1);
        final long rto = info(server).get("rto");
        assertEquals(MSS, next(rto * 1000 + 10 * MILLI).payload().length);
        assertInfo(
                "one",
                server,
                "ca_state=4 retransmits=1 backoff=1 probes=0 total_retrans=1 bytes_sent=2896 bytes_retrans=1448"
                        + " snd_cwnd=1 unacked=1");
        assertTrue(info(server).get("rto") > rto, "backed off");
        assertEquals(MSS, next(10 * SECOND).payload().length);
        assertInfo("two", server, "retransmits=2 backoff=2 total_retrans=2 bytes_retrans=2896");
        peer.ack += MSS;
        peer.acknowledge();
        assertInfo("answered", server, "ca_state=0 retransmits=0 backoff=0 total_retrans=2 bytes_acked=1448 unacked=0");
    }

    @Test
    void shouldTellOfProbesOfAClosedWindowAndNotOfALossThere() {
        established();
        window(peer, 0);
        write(server, MSS);
        rig.settle();
        assertInfo(
                "none yet",
                server,
                "ca_state=0 retransmits=0 probes=0 backoff=0 snd_wnd=0 notsent_bytes=1448 bytes_sent=0");
        assertEquals(1, next(6 * SECOND).payload().length);
        assertInfo(
                "one",
                server,
                "ca_state=0 retransmits=0 probes=1 backoff=1 bytes_sent=1 bytes_retrans=0 notsent_bytes=1447");
        assertEquals(1, next(60 * SECOND).payload().length);
        assertInfo("two", server, "ca_state=0 retransmits=0 probes=2 backoff=2 bytes_sent=2 bytes_retrans=1");
        peer.window = 65535;
        peer.data(new byte[1]);
        assertInfo("open again", server, "probes=0 backoff=0 notsent_bytes=0 snd_wnd=65535");
    }

    @Test
    void shouldCountKeepaliveProbesThatASilentPeerDoesNotAnswer() {
        tunables().keepIdle = 10_000;
        tunables().keepIntvl = 1_000;
        established();
        rig.pass(9 * SECOND);
        assertInfo("not idle long enough", server, "probes=0");
        expect("the first", TcpFlags.ACK, 1100 * MILLI);
        assertInfo("first", server, "probes=1 retransmits=0 ca_state=0");
        expect("the second", TcpFlags.ACK, 1100 * MILLI);
        assertInfo("second", server, "probes=2");
        peer.acknowledge();
        assertInfo("answered", server, "probes=0");
        tunables().alwaysKeepalive = 0;
        rig.pass(20 * SECOND);
        assertInfo("none is sent", server, "probes=0");
    }

    @Test
    void shouldCountReportsOfDuplicates() {
        established();
        write(server, 2 * MSS);
        take(2);
        peer.ack += 2 * MSS;
        peer.acknowledge();
        write(server, MSS);
        take(1);
        sack(0, 1);
        assertInfo("one", server, "dsack_dups=1 sacked=0");
    }

    @Test
    void shouldHaveNothingLeftToSendOnceTheFinIsOut() {
        established();
        write(server, 300);
        server.close();
        accepted.clear();
        rig.settle();
        assertInfo("FIN sent", server, "state=4 notsent_bytes=0 bytes_acked=0 bytes_sent=300");
    }

    @Test
    void shouldNotCountTheFinAsAByte() {
        established();
        write(server, 300);
        server.socket().shutdownSend();
        peer.receive(MILLI);
        peer.receive(MILLI);
        peer.acknowledge();
        assertInfo("FIN acknowledged", server, "state=5 notsent_bytes=0 bytes_acked=300 unacked=0");
    }

    @Test
    void shouldCutToTheRoomThatThereIs() {
        established();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment info = arena.allocate(256, 8).fill((byte) 0x55);
            assertEquals(21, server.socket().tcpInfo(info.address(), 21));
            assertEquals(1, info.get(ValueLayout.JAVA_BYTE, 0));
            assertEquals(0x55, info.get(ValueLayout.JAVA_BYTE, 21));
            assertEquals(0, server.socket().tcpInfo(info.address(), 0));
        }
    }

    /** What no connection keeps is 0, and all else is looked at above, or by scripts of ECN. */
    @Test
    void shouldLeaveAtNothingWhatIsNotKept() {
        established();
        write(server, 4 * MSS);
        take(4);
        peer.data(new byte[100]);
        final Map<String, Long> seen = info(server);
        for (final String name : new TreeSet<>(List.of(
                "app_limited",
                "fackets",
                "last_ack_sent",
                "rcv_rtt",
                "segs_out",
                "segs_in",
                "data_segs_in",
                "data_segs_out",
                "delivery_rate",
                "busy_time",
                "rwnd_limited",
                "sndbuf_limited",
                "delivered",
                "reord_seen",
                "rehash",
                "total_rto",
                "total_rto_recoveries",
                "total_rto_time",
                "delivered_ce",
                "received_ce"))) {
            assertEquals(0L, seen.get(name), name);
        }
    }

    @Test
    void shouldEndTheStructWhereLinuxDoes() {
        int end = 0;
        for (final String line : LAYOUT.lines().toList()) {
            final String[] words = line.split(" ");
            assertEquals(end, Integer.parseInt(words[1]), line);
            end += Integer.parseInt(words[2]);
        }
        assertEquals(LENGTH, end);
    }
}
