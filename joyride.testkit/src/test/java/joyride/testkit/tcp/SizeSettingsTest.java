package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.socket.Errno;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpTunables;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.PeerRig;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** Sysctls of sizes and limits, of who is answered and of timestamps. */
class SizeSettingsTest extends TcpCase {
    private static final int MSS = 1448;

    private PeerConnection peer;
    private MemoryEndpoint server;

    private TcpTunables service() {
        return rig.host().engine().tunables();
    }

    private void established() {
        final MemoryEndpoint listener = listen(4);
        peer = connect(listener);
        server = accept(listener);
    }

    /** Payloads of what the host sends now. */
    private List<Integer> sizes() {
        final List<Integer> sizes = new ArrayList<>();
        for (Segment segment; (segment = next(0)) != null; ) {
            if (segment.payload().length > 0) {
                sizes.add(segment.payload().length);
            }
        }
        return sizes;
    }

    private MemoryEndpoint openToMyself() {
        final MemoryEndpoint client = programs.open(new Idle());
        assertEquals(0, client.socket().connect(PeerRig.HOST, 81));
        rig.pass(10 * MILLI);
        return client;
    }

    @Test
    void shouldAnswerLocalPeersOfABlackHoleUnlessItIsOneForThemToo() {
        service().set("net.inet.tcp.blackhole_local", "1");
        assertEquals(Errno.ECONNREFUSED, openToMyself().errno(), "alone it does nothing");
        for (int blackhole = 1; blackhole <= 3; blackhole++) {
            service().set("net.inet.tcp.blackhole_local", "0");
            service().blackhole = blackhole;
            assertEquals(Errno.ECONNREFUSED, openToMyself().errno());
            rig.send(Segment.of(4001, 81, TcpFlags.SYN, 1, 0));
            silence(10 * MILLI);
            service().set("net.inet.tcp.blackhole_local", "1");
            final MemoryEndpoint client = openToMyself();
            assertEquals(0, client.errno(), "blackhole " + blackhole);
            assertEquals("SYN_SENT", state(client));
            rig.send(Segment.of(4001, 81, TcpFlags.SYN, 1, 0));
            silence(10 * MILLI);
        }
    }

    @Test
    void shouldHaveATimestampClockForEachConnectionUnlessAllAreToShareOne() {
        listen(8);
        assertTrue(Math.abs(stamp(4001) - stamp(4002)) > 10, "offsets of their own");
        set("ts_offset_per_conn", 0);
        final int first = stamp(4003);
        final int second = stamp(4004);
        assertTrue(second - first >= 0 && second - first <= 10, first + " and " + second);
    }

    private int stamp(final int port) {
        return rig.connect(port, PORT, true, true).synAck().timestampValue();
    }

    @Test
    void shouldGoOnWithTheTimestampsOfTheHandshakeWhenThatIsChangedDuringIt() {
        final MemoryEndpoint listener = listen(8);
        for (int before = 0; before <= 1; before++) {
            set("ts_offset_per_conn", before);
            final int port = 4001 + before;
            rig.send(Segment.of(port, PORT, TcpFlags.SYN, 1, 0).mss(1460).timestamp(5, 0));
            final Segment answer = expect("SYN-ACK", TcpFlags.SYN | TcpFlags.ACK, MILLI);
            set("ts_offset_per_conn", 1 - before);
            rig.send(Segment.of(port, PORT, TcpFlags.ACK, 2, answer.seq() + 1).timestamp(6, answer.timestampValue()));
            write(accept(listener), 100);
            final int passed = next(MILLI).timestampValue() - answer.timestampValue();
            assertTrue(passed >= 0 && passed <= 10, "a leap of " + passed + " ms");
        }
    }

    @Test
    void shouldTakeAsManyConnectionsInABucketOfTheSyncacheAsAreSet() {
        set("syncookies", 0);
        listen(4);
        syns(600);
        assertEquals(0, count("sc_bucketoverflow"));
        set("syncache.bucketlimit", 1);
        syns(600);
        assertTrue(count("sc_bucketoverflow") >= 600 - 512, "of 512 buckets");
    }

    private void syns(final int count) {
        for (int i = 0; i < count; i++) {
            rig.send(Segment.of(10_000 + i, PORT, TcpFlags.SYN, 1, 0).mss(1460));
            drain();
        }
        rig.pass(60 * SECOND);
        drain();
    }

    @Test
    void shouldQueueNoMoreConnectionsForAListenerThanIsSet() {
        tunables().set("kern.ipc.soacceptqueue", "2");
        listen(100);
        rig.connect(4001, PORT, true, true);
        rig.connect(4002, PORT, true, true);
        rig.send(Segment.of(4003, PORT, TcpFlags.SYN, 1, 0).mss(1460));
        silence(MILLI);
        assertEquals(1, count("listendrop"));
    }

    @Test
    void shouldSendWhatIsSetWhereThePeerOffersNoSegmentSize() {
        final MemoryEndpoint listener = listen(4);
        for (final int size : new int[] {536, 800}) {
            set("mssdflt", size);
            rig.send(Segment.of(4000 + size, PORT, TcpFlags.SYN, 1, 0));
            final Segment answer = expect("SYN-ACK", TcpFlags.SYN | TcpFlags.ACK, MILLI);
            rig.send(Segment.of(4000 + size, PORT, TcpFlags.ACK, 2, answer.seq() + 1));
            write(accept(listener), 2 * size);
            assertEquals(List.of(size, size), sizes());
        }
    }

    @Test
    void shouldBeginWithTheWindowOfRfc3390OrOneSegmentWhereNoOtherIsSet() {
        set("initcwnd_segments", 0);
        established();
        write(server, 20 * MSS);
        assertEquals(3, sizes().size(), "4380 bytes");
        set("rfc3390", 0);
        final MemoryEndpoint other = programs.open(new Idle());
        assertEquals(0, other.listen(81, 4));
        rig.connect(4002, 81, true, true);
        write(accept(other), 20 * MSS);
        assertEquals(1, sizes().size());
    }

    @Test
    void shouldGrowByWhatIsAcknowledgedOrByASegmentEachTime() {
        assertEquals(2 * MSS, growth(1), "RFC 3465: two segments for one acknowledgement of two");
        assertEquals(MSS, growth(0));
    }

    private long growth(final int byteCounting) {
        set("rfc3465", byteCounting);
        final int port = 90 + byteCounting;
        final MemoryEndpoint listener = programs.open(new Idle());
        assertEquals(0, listener.listen(port, 4));
        final PeerConnection other = rig.connect(4000 + port, port, true, true);
        write(accept(listener), 10 * MSS);
        final long before = cwnd(port);
        sizes();
        other.ack += 2 * MSS;
        other.acknowledge();
        return cwnd(port) - before;
    }

    private long cwnd(final int port) {
        return stage().socketViews().stream()
                .filter(view ->
                        view.state().equals("ESTABLISHED") && view.local().endsWith(":" + port))
                .mapToLong(SocketView::cwnd)
                .sum();
    }

    @Test
    void shouldRememberAsManyHolesOfAConnectionAsAreSet() {
        set("sack.maxholes", 1);
        established();
        write(server, 8 * MSS);
        rig.settle();
        sack(1, 2);
        assertEquals(0, count("sack_sboverflow"));
        sack(3, 4);
        assertEquals(1, count("sack_sboverflow"));
    }

    private void sack(final int from, final int to) {
        final int base = peer.hostIsn + 1;
        rig.send(peer.segment(TcpFlags.ACK).sack(base + from * MSS, base + to * MSS));
    }

    @Test
    void shouldGrowTheSendBufferByAsMuchAsIsSet() {
        set("sendbuf_auto_lowat", 1);
        set("sendbuf_inc", 20_000);
        set("initcwnd_segments", 40);
        established();
        final long before = server.socket().getOption(SocketOption.SO_SNDBUF);
        write(server, (int) before);
        rig.settle();
        peer.ack += 2 * MSS;
        peer.acknowledge();
        final long after = server.socket().getOption(SocketOption.SO_SNDBUF);
        assertTrue(after > before && (after - before) % 20_000 == 0, before + " and " + after);
    }

    @Test
    void shouldLookForABlackHoleWithTheSegmentSizeThatIsSet() {
        set("pmtud_blackhole_detection", 1);
        set("pmtud_blackhole_mss", 700);
        established();
        write(server, MSS);
        final List<Integer> sizes = new ArrayList<>();
        for (Segment segment; sizes.size() < 5 && (segment = next(64 * SECOND)) != null; ) {
            sizes.add(segment.payload().length);
        }
        assertEquals(List.of(MSS, MSS, 688, 688, 524), sizes);
    }
}
