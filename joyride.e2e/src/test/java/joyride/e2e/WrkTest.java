package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class WrkTest {
    private static final String GOOD = """
              Thread Stats   Avg      Stdev     Max   +/- Stdev
              139158 requests in 3.00s, 114.67MB read
            Requests/sec:  46362.72
            Transfer/sec:     38.20MB
            """;

    @Test
    void shouldReadNumbersWhenAllIsWell() {
        Wrk wrk = Wrk.parse(GOOD);
        assertEquals(139_158, wrk.requests());
        assertEquals(0, wrk.failed());
        assertEquals(46_362.72, wrk.perSecond());
    }

    @Test
    void shouldAddUpFailuresWhenThereAreSome() {
        Wrk wrk = Wrk.parse(GOOD + "  Socket errors: connect 1, read 20, write 300, timeout 4000\n"
                + "  Non-2xx or 3xx responses: 50000\n");
        assertEquals(54_321, wrk.failed());
    }

    @Test
    void shouldRefuseWhenItIsNoReport() {
        assertThrows(IllegalStateException.class, () -> Wrk.parse("unable to connect"));
    }
}
