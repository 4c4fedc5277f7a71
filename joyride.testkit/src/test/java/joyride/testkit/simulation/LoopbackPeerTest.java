package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import joyride.api.net.IpPrefix;
import joyride.api.socket.Errno;
import joyride.core.memory.ScalarKernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ends of a connection on the internal loopback that know each other: for as long as both are there, and not for those that come after them. */
class LoopbackPeerTest {
    private static final int PORT = 5001;
    private static final int CLIENT = 40_000;

    private final VirtualClock clock = new VirtualClock();
    private SimulatedHost host;
    private MemoryEndpoint listener;

    @AfterEach
    void close() {
        host.close();
    }

    private void open(final String address) {
        host = new SimulatedHost(
                "host", IpPrefix.parse(address), null, clock, new SeededRandom(1), new ScalarKernels());
        listener = host.programs().open(null);
        assertEquals(0, listener.listen(PORT, 8));
    }

    private void turns() {
        for (int i = 0; i < 5; i++) {
            host.engine().turn();
            clock.advance(1_000_000);
        }
    }

    private MemoryEndpoint connect() {
        final MemoryEndpoint client = host.programs().open(null);
        assertEquals(0, client.socket().bind(host.address(), CLIENT, 0));
        assertEquals(0, client.socket().connect(host.address(), PORT));
        turns();
        assertTrue(client.isConnected());
        return client;
    }

    private MemoryEndpoint accept() {
        final MemoryEndpoint server = listener.accept();
        assertNotNull(server);
        return server;
    }

    private static void write(final MemoryEndpoint from) {
        assertTrue(from.sendRing().room(100) >= 100);
        from.sendRing().produce(100);
        from.socket().written();
    }

    private void exchange(final MemoryEndpoint one, final MemoryEndpoint other) {
        for (int i = 0; i < 4; i++) {
            final MemoryEndpoint from = i % 2 == 0 ? one : other;
            final MemoryEndpoint to = i % 2 == 0 ? other : one;
            final int before = to.receiveRing().available();
            write(from);
            turns();
            assertEquals(before + 100, to.receiveRing().available());
        }
    }

    private long dropped(final String reason) {
        long sum = 0;
        for (final Map<String, Long> group : host.counters().snapshot().values()) {
            sum += group.getOrDefault("drop." + reason, 0L);
        }
        return sum;
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.77.0.1/16", "fd77::1/128"})
    void shouldNotReachAnEndThatWentWhenItsSegmentWaits(final String address) {
        open(address);
        final MemoryEndpoint client = connect();
        final MemoryEndpoint server = accept();
        exchange(client, server);
        final long nobody = dropped("tcp_port");
        write(client);
        server.abort();
        turns();
        assertEquals(nobody + 1, dropped("tcp_port"), "what waited was for nobody any more");
        assertEquals(Errno.ECONNRESET, client.errno());
        client.close();
        turns();
        final MemoryEndpoint again = connect();
        exchange(again, accept());
        assertEquals(nobody + 1, dropped("tcp_port"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.77.0.1/16", "fd77::1/128"})
    void shouldReadTheRingOfAnEndAheadWhileItIsThere(final String address) {
        open(address);
        final MemoryEndpoint client = connect();
        final MemoryEndpoint server = accept();
        exchange(client, server);
        final int before = server.receiveRing().timesReadAhead();
        exchange(client, server);
        final int after = server.receiveRing().timesReadAhead();
        assertTrue(after > before, "as segments came");
        write(client);
        server.abort();
        turns();
        assertEquals(after, server.receiveRing().timesReadAhead(), "it went while its segment waited");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.77.0.1/16", "fd77::1/128"})
    void shouldReachTheNextOfTheSamePortsWhenOneEnded(final String address) {
        open(address);
        for (int i = 0; i < 3; i++) {
            final MemoryEndpoint client = connect();
            final MemoryEndpoint server = accept();
            exchange(client, server);
            server.close();
            turns();
            client.abort();
            turns();
            clock.advance(120_000_000_000L);
            turns();
        }
        assertEquals(0, dropped("tcp_port"), "each segment found somebody");
    }
}
