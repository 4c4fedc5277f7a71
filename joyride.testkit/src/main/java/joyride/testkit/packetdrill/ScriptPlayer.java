package joyride.testkit.packetdrill;

import java.util.List;
import java.util.Locale;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.packetdrill.script.Action.CallAction;
import joyride.testkit.packetdrill.script.Action.CodeAction;
import joyride.testkit.packetdrill.script.Action.PacketAction;
import joyride.testkit.packetdrill.script.Action.ShellAction;
import joyride.testkit.packetdrill.script.Event;
import joyride.testkit.packetdrill.script.PacketSpec.Ports;
import joyride.testkit.packetdrill.script.PacketSpec.TcpSpec;
import joyride.testkit.packetdrill.script.Script;
import joyride.testkit.packetdrill.script.Time;
import joyride.testkit.packetdrill.script.Time.Kind;

/** Plays a script, event by event, against the stack. */
public final class ScriptPlayer {
    /** How long a packet at any time, {@code *}, is waited for, ns: longer than every timer but keepalive's. */
    private static final long ANY_TIME = 300_000_000_000L;

    /** How long after its time a packet is still looked for, to tell that it came late, ns. */
    private static final long LATE = 5_000_000_000L;

    private static final double NANOS = 1e9;

    private final Script script;
    private final PlayOptions options;
    private final Rig rig;
    private final Sockets sockets;
    private final Shell shell;
    private final PacketWriter writer;
    private final PacketMatcher matcher;
    private final long start;
    private BlockingCall blocked;

    /** When the event before happened, ns since the start. */
    private long previous;

    private ScriptPlayer(final Script script, final PlayOptions options, final Rig rig) {
        this.script = script;
        this.options = options;
        this.rig = rig;
        sockets = new Sockets(rig);
        shell = new Shell(rig, sockets);
        writer = new PacketWriter(rig.local(), rig.remote(), script.options().md5Secret());
        matcher = new PacketMatcher(writer);
        start = rig.now();
        rig.afterTurns(() -> {
            if (blocked != null) {
                blocked.poll(rig.now() - start);
            }
        });
    }

    /** Plays the script from a fresh stack. */
    public static Verdict play(final Script script, final PlayOptions options) {
        try (Rig rig = new Rig(script.options(), options)) {
            return new ScriptPlayer(script, options, rig).play();
        } catch (final IllegalArgumentException e) {
            return new Verdict(Verdict.Outcome.SKIPPED, script.name() + ": " + e.getMessage());
        }
    }

    private Verdict play() {
        final List<Event> events = script.events();
        for (int i = 0; i < events.size(); i++) {
            final Event event = events.get(i);
            try {
                happen(event, i);
                if (options.swapEvery() > 0 && (i + 1) % options.swapEvery() == 0) {
                    rig.swap();
                }
            } catch (final Mismatch e) {
                return verdict(event, e);
            }
        }
        try {
            finishCall(Long.MAX_VALUE);
            nothingLeft();
        } catch (final Mismatch e) {
            return verdict(events.getLast(), e);
        }
        return Verdict.PASS;
    }

    private static Verdict verdict(final Event event, final Mismatch e) {
        return new Verdict(
                e.isUnsupported() ? Verdict.Outcome.SKIPPED : Verdict.Outcome.FAILED,
                event.position() + ": " + e.getMessage());
    }

    private void happen(final Event event, final int number) {
        final Time time = event.time();
        final long due = time.kind() == Kind.RELATIVE
                ? previous + time.from()
                : time.kind() == Kind.ABSOLUTE ? time.from() : previous;
        finishCall(due);
        if (options.log() != null) {
            options.log().accept(String.format(Locale.ROOT, "%.6f %s", due / NANOS, event.text()));
        }
        if (event.action() instanceof PacketAction(boolean outbound, TcpSpec spec) && outbound) {
            rig.event(number);
            previous = expect(event, spec, due);
            return;
        }
        if (time.kind() == Kind.ANY) {
            throw Mismatch.of("only a packet that the stack sends can happen at any time");
        }
        rig.passUntil(start + due);
        rig.event(number);
        previous = due;
        switch (event.action()) {
            case PacketAction packet -> send(packet);
            case CallAction call -> call(event, call);
            case ShellAction(String command) -> shell.run(command);
            case CodeAction(String code) -> Assertions.check(code, sockets.focus());
        }
        rig.settle();
    }

    private void send(final PacketAction action) {
        if (action.outbound()) {
            throw Mismatch.unsupported("an ICMP packet of the stack");
        }
        final Ports ports = action.packet() instanceof TcpSpec tcp ? tcp.ports() : null;
        rig.send(writer.packet(action.packet(), sockets.flows().of(ports, false)));
    }

    private long tolerance(final long due) {
        return Math.max(
                script.options().tolerance(),
                (due - previous) * script.options().tolerancePercent() / 100);
    }

    /** @return when it was sent, in the script's time */
    private long expect(final Event event, final TcpSpec spec, final long due) {
        final Time time = event.time();
        final boolean any = time.kind() == Kind.ANY;
        final long earliest = any ? 0 : due - tolerance(due);
        final long last = time.isRange() ? due - time.from() + time.to() : due;
        final long latest = any ? rig.now() - start + ANY_TIME : last + tolerance(due);
        final SeenPacket seen = rig.receive(start + latest);
        if (seen == null) {
            throw Mismatch.of("nothing was sent until " + seconds(latest) + "\n  expected: "
                    + (any ? "" : span(due, last) + " ") + event.text() + late(spec, latest));
        }
        final Flow flow = sockets.flows().of(spec.ports(), true);
        learn(spec, seen, flow);
        final List<String> differences = matcher.differences(spec, seen, flow);
        final long at = seen.time() - start;
        if (at < earliest || at > latest) {
            differences.add(
                    "time, " + seconds(at) + " instead of " + span(due, last) + " ± " + seconds(tolerance(due)));
        }
        if (!differences.isEmpty() && !script.options().packetsMayDiffer()) {
            throw Mismatch.of("the packet differs in " + String.join(", ", differences) + "\n  expected: "
                    + event.text() + "\n  seen:     " + text(seen, flow));
        }
        matcher.remember(spec, seen, flow);
        return any || time.isRange() ? at : due;
    }

    /** What came within some seconds after all, on a line of its own, or nothing. */
    private String late(final TcpSpec spec, final long latest) {
        final SeenPacket late = rig.receive(start + latest + LATE);
        if (late == null) {
            return "";
        }
        final Flow flow = sockets.flows().of(spec.ports(), true);
        learn(spec, late, flow);
        return "\n  seen:     " + text(late, flow);
    }

    private static String seconds(final long nanos) {
        return String.format(Locale.ROOT, "%.6f", nanos / NANOS);
    }

    /** When something was due, since the script's start. */
    private static String span(final long due, final long last) {
        return last == due ? seconds(due) : seconds(due) + "..." + seconds(last);
    }

    private String text(final SeenPacket seen, final Flow flow) {
        return PacketText.of(seen, matcher.options(seen, flow), flow, start);
    }

    /** A SYN tells the stack's port and initial sequence number, the first time or where the script leaves it open. */
    private static void learn(final TcpSpec spec, final SeenPacket seen, final Flow flow) {
        if ((seen.flags() & TcpFlags.SYN) == 0 || flow.issKnown && spec.seq() != null) {
            return;
        }
        flow.iss = seen.seq();
        flow.issKnown = true;
        if (flow.localPort == Flow.UNKNOWN) {
            flow.localPort = seen.sourcePort();
        }
    }

    private void call(final Event event, final CallAction call) {
        if (blocked != null) {
            throw Mismatch.of("a call is still blocked: " + blocked.event().text());
        }
        try {
            final BlockingCall started = new BlockingCall(event, call, end(event), sockets.start(call));
            started.poll(rig.now() - start);
            if (started.isDone() || !event.time().blocking()) {
                started.check(previous, script.options().tolerance());
            } else {
                blocked = started;
            }
            rig.settle();
        } catch (final Mismatch e) {
            if (!script.options().callsMayFail()) {
                throw e;
            }
        }
    }

    /** When a call that begins now is to return, in the script's time; like its beginning it may count from the event before. */
    private long end(final Event event) {
        return event.time().blocking()
                ? previous - event.time().from() + event.time().to()
                : previous;
    }

    /** A blocked call that has returned, or was to before {@code due}, is looked at. */
    private void finishCall(final long due) {
        if (blocked == null || !blocked.isDone() && blocked.end() >= due) {
            return;
        }
        final BlockingCall call = blocked;
        final long end = call.end();
        final long tolerance = script.options().tolerance();
        if (!call.isDone()) {
            rig.passUntil(start + Math.min(end + tolerance, due));
        }
        blocked = null;
        call.check(end, tolerance);
    }

    /**
     * Everything that was sent before the script's last packet or data call must have been asked for. What its closing lines cause, and what
     * comes after them, is not the script's concern.
     */
    private void nothingLeft() {
        int closing = script.events().size();
        while (closing > 0 && isClosing(script.events().get(closing - 1))) {
            closing--;
        }
        final SeenPacket left = rig.unasked().peek();
        if (left != null && left.event() < closing) {
            throw Mismatch.of("a packet was sent that the script does not have\n  seen:     "
                    + text(left, sockets.flows().latest()));
        }
    }

    private static boolean isClosing(final Event event) {
        return switch (event.action()) {
            case CallAction call -> call.name().equals("close");
            case ShellAction shell -> true;
            case CodeAction code -> true;
            case PacketAction packet -> false;
        };
    }
}
