package joyride.tcp.cc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpHost;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is measured of round trips beside the variant's samples. */
class RoundTripsTest {
    private static final int MSS = 1000;

    private final TcpControlBlock tcb = new TcpControlBlock();
    private final RoundTrips trips = new RoundTrips();
    private long micros = 5_000_000;

    @BeforeEach
    void connection() {
        tcb.host = (TcpHost) Proxy.newProxyInstance(
                RoundTripsTest.class.getClassLoader(),
                new Class<?>[] {TcpHost.class},
                (proxy, method, arguments) -> micros);
        tcb.maxSeg = MSS;
        tcb.sndCwnd = 8 * MSS;
        tcb.sndMax = 8 * MSS;
    }

    /** An acknowledgement that lets as much out. */
    private boolean acknowledge(final int segments, final int sample) {
        tcb.ccBytesThisAck = segments * MSS;
        trips.measured(sample);
        final boolean round = trips.acknowledged(tcb);
        tcb.sndUna += segments * MSS;
        tcb.sndMax = tcb.sndUna + tcb.sndCwnd;
        return round;
    }

    @Test
    void shouldBeFinerThanTheSamplesWhenAcknowledgementsClockTheSender() {
        for (int i = 0; i < 40; i++) {
            micros += 2500; // a window each 10 ms
            acknowledge(2, 12_000);
        }
        assertEquals(10_000, trips.latest);
        assertEquals(10_000, trips.least);
    }

    @Test
    void shouldKeepToTheSampleWhenTheSenderHadNothingToSend() {
        for (int i = 0; i < 8; i++) {
            micros += 2500;
            acknowledge(2, 12_000);
        }
        for (int i = 0; i < 2; i++) {
            micros += 5_000_000;
            acknowledge(2, 12_000);
        }
        assertEquals(12_000, trips.latest);
    }

    @Test
    void shouldTakeNoSampleOfADelayedAcknowledgement() {
        for (int i = 0; i < 8; i++) {
            micros += 2500;
            acknowledge(2, 12_000);
        }
        final int most = trips.most;
        micros += 40_000;
        acknowledge(1, 50_000);
        assertEquals(most, trips.most);
    }

    @Test
    void shouldTakeNoSampleOfAnAcknowledgementThatWaitedForASecondSegment() {
        for (int i = 0; i < 8; i++) {
            micros += 2500;
            acknowledge(2, 12_000);
        }
        final int most = trips.most;
        micros += 5_000_000;
        acknowledge(2, 40_000);
        acknowledge(2, 12_000);
        assertEquals(most, trips.most);
        acknowledge(2, 40_000);
        acknowledge(2, 39_000);
        assertEquals(39_000, trips.most, "two in a row are the queue");
    }

    @Test
    void shouldTakeSamplesOfSingleSegmentsWhenThePeerAlwaysAcknowledgesThose() {
        for (int i = 0; i < 30; i++) {
            micros += 1250;
            acknowledge(1, 11_000);
        }
        assertTrue(trips.latest > 0 && trips.latest <= 11_000);
    }

    @Test
    void shouldTellRoundsAndWhatWasSentInThem() {
        int rounds = 0;
        for (int i = 0; i < 41; i++) {
            micros += 2500;
            if (acknowledge(2, 12_000)) {
                rounds++;
                assertEquals(8 * MSS, trips.roundWindow);
                assertEquals(8 * MSS, trips.roundBytes, 2 * MSS);
            }
        }
        assertEquals(10, rounds);
    }
}
