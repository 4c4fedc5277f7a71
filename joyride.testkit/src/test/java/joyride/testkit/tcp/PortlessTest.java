package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import joyride.api.nic.NicPort;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** What connections do while their interface has no port. */
class PortlessTest extends TcpCase {
    private static final String DOWN = "interface_down";

    private NicPort taken;

    private void takePort() {
        taken = rig.host().ethernet().port();
        rig.host().engine().attachPort(rig.host().ethernet(), null);
    }

    private void givePort() {
        rig.host().engine().attachPort(rig.host().ethernet(), taken);
    }

    @Test
    void shouldTryOnceAndSendAtOnceWhenThePortIsBackGivenDataWithoutPort() {
        final MemoryEndpoint listener = listen(16);
        connect(listener);
        final MemoryEndpoint server = accept(listener);
        takePort();
        final long before = dropped(DOWN);
        write(server, 1000);
        rig.pass(SECOND);
        final long tried = dropped(DOWN) - before;
        assertTrue(tried >= 1 && tried <= 3, "it tried " + tried + " times in a second without a port");
        givePort();
        assertEquals(1000, expect("data", TcpFlags.ACK, MILLI).payload().length);
        assertOpen(server);
    }

    @Test
    void shouldContinueWithEachConnectionWhenThePortIsBackGivenMoreThanOneTurnTakes() {
        final MemoryEndpoint listener = listen(1024);
        final int many = 600;
        final List<MemoryEndpoint> servers = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            rig.connect(PEER_PORT + i, PORT, true, true);
            servers.add(accept(listener));
        }
        takePort();
        servers.forEach(server -> write(server, 10));
        rig.pass(100 * MILLI);
        givePort();
        final boolean[] heard = new boolean[many];
        for (Segment segment = next(MILLI); segment != null; segment = next(MILLI)) {
            if (segment.payload().length == 10) {
                heard[segment.destinationPort() - PEER_PORT] = true;
            }
        }
        for (int i = 0; i < many; i++) {
            assertTrue(heard[i], "connection " + i + " sent nothing when the port was back");
        }
    }

    @Test
    void shouldSendNothingOfAnEndedConnectionWhenThePortIsBack() {
        final MemoryEndpoint listener = listen(16);
        connect(listener);
        final MemoryEndpoint server = accept(listener);
        takePort();
        write(server, 1000);
        rig.pass(10 * MILLI);
        server.socket().abort();
        rig.pass(10 * MILLI);
        givePort();
        for (Segment segment = next(100 * MILLI); segment != null; segment = next(100 * MILLI)) {
            assertEquals(0, segment.payload().length, "an ended connection sent " + segment);
        }
    }
}
