package joyride.testkit.packetdrill;

import joyride.testkit.packetdrill.script.Action.CallAction;
import joyride.testkit.packetdrill.script.Event;

/** A system call under way: it returns at once, or when the stack lets it. */
final class BlockingCall {
    private static final double NANOS = 1e9;

    private final Event event;
    private final CallAction call;
    private final long end;
    private final Sockets.Attempt attempt;
    private Long result;
    private long returned;

    /** @param end when it is to return, in the script's time, ns */
    BlockingCall(final Event event, final CallAction call, final long end, final Sockets.Attempt attempt) {
        this.event = event;
        this.call = call;
        this.end = end;
        this.attempt = attempt;
    }

    Event event() {
        return event;
    }

    long end() {
        return end;
    }

    boolean isDone() {
        return result != null;
    }

    /** Tries again. @param now in the script's time, ns */
    void poll(final long now) {
        if (result == null) {
            result = attempt.result();
            returned = now;
        }
    }

    /** It was to return at {@code due} with what the script says. */
    void check(final long due, final long tolerance) {
        if (result == null) {
            throw Mismatch.of(call.name() + " has not returned");
        }
        if (event.time().blocking() && Math.abs(returned - due) > tolerance) {
            throw Mismatch.of(call.name() + " returned at " + returned / NANOS + ", not at " + due / NANOS);
        }
        if (call.result() == null) {
            return;
        }
        final long expected = call.errno() != null ? -Numbers.errno(call.errno()) : call.result();
        if (result != expected) {
            throw Mismatch.of(call.name() + " gave " + text(result) + ", not " + text(expected));
        }
    }

    private static String text(final long value) {
        return value < 0 ? "-1 " + Numbers.errnoName(-value) : Long.toString(value);
    }
}
