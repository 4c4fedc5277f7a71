package joyride.testkit.tcp;

import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.Program;
import org.junit.jupiter.api.Test;

/** What happens in the first turn after the loop slept long. */
class LateTurnTest extends TcpCase {
    /** Writes once, at a time, in the middle of a turn. */
    private static final class LateWriter extends Program {
        private final long when;
        private final MemoryEndpoint endpoint;

        LateWriter(final long when, final MemoryEndpoint endpoint) {
            this.when = when;
            this.endpoint = endpoint;
        }

        @Override
        protected void act(final long now) {
            if (now < when) {
                wakeAt(when);
            } else {
                write(endpoint, 100);
                finish();
            }
        }
    }

    @Test
    void shouldTimeWhatIsSentFromTheTurnThatSendsItWhenNothingHappenedForLong() {
        final MemoryEndpoint listener = listen(16);
        connect(listener);
        final MemoryEndpoint server = accept(listener);
        programs.start(new LateWriter(rig.clock().nanoTime() + 100 * SECOND, server));
        expect("data", TcpFlags.ACK, 101 * SECOND);
        silence(200 * MILLI);
        expect("retransmission", TcpFlags.ACK, 2 * SECOND);
    }
}
