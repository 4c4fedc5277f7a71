package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class IdlePollsTest {
    private static final long MOST = 5_000_000;
    private long now = 1_000;
    private final IdlePolls polls = new IdlePolls(() -> now, MOST);

    /** Sleeps as the loop does. @return how long */
    private long sleep() {
        polls.polled(0);
        final long until = polls.next();
        assertEquals(until, polls.next(), "asked again before the next poll");
        final long slept = until - now;
        now = until;
        return slept;
    }

    @Test
    void shouldLookMoreAndMoreSeldomUntilTheLongestPause() {
        long before = sleep();
        assertEquals(50_000, before);
        for (int i = 0; i < 200; i++) {
            final long slept = sleep();
            assertTrue(slept >= before && slept <= MOST, () -> slept + " ns");
            before = slept;
        }
        assertEquals(MOST, before);
    }

    @Test
    void shouldLookSoonAgainAfterAFrame() {
        for (int i = 0; i < 200; i++) {
            sleep();
        }
        polls.polled(1);
        assertEquals(50_000, sleep());
    }
}
