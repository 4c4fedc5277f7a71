package joyride.testkit.simulation;

/**
 * What one end of a connection does. Times in ns.
 *
 * @param sendKey of the {@link StreamPattern} that it sends
 * @param sendBytes how much
 * @param expectKey of the pattern that it expects
 * @param expectBytes how much
 * @param writeMost bytes of a write at most
 * @param writePause chance of a pause after a write
 * @param readMost bytes of a read at most
 * @param readPause chance of a pause after a read
 * @param pauseMost longest pause
 * @param firstRead how long it reads nothing at first
 * @param ending how it ends
 * @param endAfter bytes sent or received after which an {@link Ending#ABORT} or {@link Ending#LEAVE} comes
 * @param tolerant whether the connection may fail: the other end aborts, or the wire is too bad
 */
public record StreamPlan(
        long sendKey,
        long sendBytes,
        long expectKey,
        long expectBytes,
        int writeMost,
        double writePause,
        int readMost,
        double readPause,
        long pauseMost,
        long firstRead,
        Ending ending,
        long endAfter,
        boolean tolerant) {
    /** How a program ends its connection. */
    public enum Ending {
        /** shutdown(SHUT_WR) after the last byte written, close after end of stream. */
        HALF_CLOSE,
        /** close as soon as everything is written and read, without waiting for the peer's FIN. */
        CLOSE,
        /** close after end of stream, and never before. */
        FOLLOW,
        /** RST in the middle. */
        ABORT,
        /** close in the middle, with bytes unread. */
        LEAVE
    }

    /** Sends and expects so many bytes, without a pause, in large pieces. */
    public static StreamPlan bulk(
            final long sendKey, final long sendBytes, final long expectKey, final long expectBytes) {
        return new StreamPlan(
                sendKey, sendBytes, expectKey, expectBytes, 1 << 20, 0, 1 << 20, 0, 0, 0, Ending.HALF_CLOSE, 0, false);
    }

    boolean leavesEarly() {
        return ending == Ending.ABORT || ending == Ending.LEAVE;
    }
}
