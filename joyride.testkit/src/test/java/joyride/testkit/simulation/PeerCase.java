package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A host whose server does what the test says, and a peer that is scripted segment by segment. */
abstract class PeerCase {
    static final int PORT = 80;
    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000_000_000L;

    final PeerRig rig = new PeerRig(1, 1500);
    final ProgramTransport programs = rig.host().programs();
    ListenerProgram listener;
    Held held;

    /** A server that does what the test tells it. */
    static final class Held extends Program {
        final MemoryEndpoint endpoint;

        Held(final MemoryEndpoint endpoint) {
            this.endpoint = endpoint;
        }

        @Override
        protected void act(final long now) {
            // the test acts
        }

        void read() {
            final int length = endpoint.receiveRing().available();
            endpoint.receiveRing().consume(length);
            endpoint.socket().consumed();
        }

        int write(final int length) {
            final int room = endpoint.sendRing().room(length);
            endpoint.sendRing().produce(room);
            endpoint.socket().written();
            return room;
        }
    }

    @BeforeEach
    void listen() {
        listener = new ListenerProgram(programs, PORT, 16, Integer.MAX_VALUE, endpoint -> {
            held = new Held(endpoint);
            return held;
        });
        programs.start(listener);
        rig.settle();
    }

    @AfterEach
    void close() {
        assertFalse(programs.instance().ended(), "the instance ended");
        assertNull(programs.thrown());
        rig.close();
    }

    PeerConnection connect() {
        final PeerConnection connection = rig.connect(4000, PORT, true, true);
        assertNotNull(held, "no connection was accepted");
        return connection;
    }

    long dropped(final String reason) {
        long sum = 0;
        for (final Map<String, Long> group : rig.host().counters().snapshot().values()) {
            sum += group.getOrDefault("drop." + reason, 0L);
        }
        return sum;
    }
}
