package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sysctls of RACK's times. */
class RackSettingsTest extends RackCase {
    @Test
    void shouldProbeNoEarlierThanIsSet() {
        set("rack.tlp.tlpminto", 50_000);
        measured(MILLI);
        final long sent = rig.clock().nanoTime();
        flight(2, 0);
        expectAt("probe", sent, 50 * MILLI, at(1));
    }

    @Test
    void shouldAllowForAsLongADelayOfAcknowledgementsAsIsSet() {
        set("rack.timers.delayed_ack", 100_000);
        measured();
        final long sent = rig.clock().nanoTime();
        flight(1, 0);
        expectAt("probe", sent, 2 * RTT + 100 * MILLI, at(0));
    }

    @Test
    void shouldTimeOutNoEarlierAndNoLaterThanIsSet() {
        set("rack.tlp.limit", 0);
        set("rack.timers.minrto", 900_000);
        measured();
        long sent = rig.clock().nanoTime();
        flight(2, 0);
        expectAt("timeout, slop and all", sent, 1100 * MILLI, at(0));
        ack(at(2));
        base = at(2);
        drain();
        set("rack.timers.maxrto", 150_000);
        flight(1, RTT);
        ack(at(1));
        base = at(1);
        sent = rig.clock().nanoTime();
        flight(2, 0);
        expectAt("timeout", sent, 150 * MILLI, at(0));
    }

    @ParameterizedTest
    @CsvSource({"20000, 2, 1000, 145", "1000, 1, 1000, 151", "1000, 2, 90000, 190"})
    void shouldWaitForWhatMayBeReorderedAsLongAsIsSet(
            final int delay, final int threshold, final int least, final long millis) {
        set("rack.tlp.pktdelay", delay);
        set("rack.tlp.reorder_thresh", threshold);
        set("rack.timers.minto", least);
        measured();
        final long sent = rig.clock().nanoTime();
        flight(8, RTT);
        ack(at(0), at(1), at(2));
        expectAt("first lost", sent, millis * MILLI, at(0));
    }

    @Test
    void shouldRememberReorderingForeverWhenToldSo() {
        set("rack.tlp.reorder_fade", 0);
        reordered();
        rig.pass(61 * SECOND);
        final long sent = rig.clock().nanoTime();
        flight(8, RTT);
        ack(at(0), at(1), at(6));
        expectAt("first lost", sent, 126 * MILLI, at(0));
    }

    @Test
    void shouldProbeAClosedWindowWithinTheIntervalsThatAreSet() {
        set("rack.timers.persmin", 300_000);
        set("rack.timers.persmax", 400_000);
        measured();
        window(peer, 0);
        write(server, 100);
        final List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            final long before = rig.clock().nanoTime();
            assertEquals(1, next(10 * SECOND).payload().length);
            waits.add((rig.clock().nanoTime() - before) / MILLI);
        }
        assertTrue(waits.stream().allMatch(wait -> wait >= 299 && wait <= 402), waits.toString());
        assertTrue(waits.getLast() >= 399, waits.toString());
    }
}
