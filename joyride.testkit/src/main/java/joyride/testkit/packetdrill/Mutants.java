package joyride.testkit.packetdrill;

import java.util.ArrayList;
import java.util.List;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.packetdrill.script.Action;
import joyride.testkit.packetdrill.script.Action.CallAction;
import joyride.testkit.packetdrill.script.Action.PacketAction;
import joyride.testkit.packetdrill.script.Event;
import joyride.testkit.packetdrill.script.PacketSpec;
import joyride.testkit.packetdrill.script.PacketSpec.TcpSpec;
import joyride.testkit.packetdrill.script.Script;
import joyride.testkit.packetdrill.script.TcpOption;
import joyride.testkit.packetdrill.script.Time;

/**
 * Scripts with one expectation changed: a judge that lets them pass does not look. Only what the stack is expected to do is changed; another
 * stimulus may rightly have the same answer.
 */
final class Mutants {
    /** A changed script, and what was changed in it. */
    record Mutant(String change, Script script) {}

    private static final int LATE = 3;

    private final Script script;
    private final List<Mutant> mutants = new ArrayList<>();

    private Mutants(final Script script) {
        this.script = script;
    }

    static List<Mutant> of(final Script script) {
        final Mutants all = new Mutants(script);
        for (int i = 0; i < script.events().size(); i++) {
            final Event event = script.events().get(i);
            switch (event.action()) {
                case PacketAction(boolean outbound, TcpSpec spec) when outbound -> all.packet(i, spec);
                case CallAction call when call.result() != null && call.result() >= 0 -> all.result(i, call);
                default -> {
                    // nothing is expected
                }
            }
        }
        return List.copyOf(all.mutants);
    }

    private void add(final int at, final String change, final Event replacement) {
        final List<Event> events = new ArrayList<>(script.events());
        final Event original = events.get(at);
        if (replacement == null) {
            events.remove(at);
        } else {
            events.set(at, replacement);
        }
        mutants.add(
                new Mutant(original.position() + ": " + change, new Script(script.name(), script.options(), events)));
    }

    private void add(final int at, final String change, final Action action) {
        final Event old = script.events().get(at);
        add(at, change, new Event(old.position(), old.time(), action, old.text() + " [" + change + "]"));
    }

    private void add(final int at, final String change, final TcpSpec spec) {
        add(at, change, new PacketAction(true, spec));
    }

    private void result(final int at, final CallAction call) {
        if (!script.options().callsMayFail()
                && !call.name().equals("socket")
                && !call.name().equals("accept")) {
            add(at, "result + 1", new CallAction(call.name(), call.arguments(), call.result() + 1, null));
        }
    }

    private void packet(final int at, final TcpSpec s) {
        if (s.seq() != null) {
            final boolean learns = (s.flags() & TcpFlags.SYN) != 0;
            if (!learns) {
                add(at, "seq + 1", sequence(s, s.seq() + 1));
                add(at, "seq - 1", sequence(s, s.seq() - 1));
            }
        }
        if (s.ack() != null) {
            add(at, "ack + 1", acknowledgement(s, s.ack() + 1));
        }
        if (s.window() != PacketSpec.ANY) {
            add(at, "window", window(s, s.window() ^ 1));
        }
        add(at, "flag", flags(s, s.flags() ^ TcpFlags.FIN));
        add(at, "length", length(s, s.length() + 1));
        options(at, s);
        time(at);
        add(at, "left out", (Event) null);
    }

    private void options(final int at, final TcpSpec s) {
        for (int i = 1; s.options() != null && i < s.options().size(); i++) {
            if (!s.options().get(i).equals(s.options().get(i - 1))) {
                final List<TcpOption> swapped = new ArrayList<>(s.options());
                swapped.set(i, s.options().get(i - 1));
                swapped.set(i - 1, s.options().get(i));
                add(at, "option order", withOptions(s, swapped));
                return;
            }
        }
    }

    private void time(final int at) {
        final Event event = script.events().get(at);
        final Time time = event.time();
        if (time.kind() != Time.Kind.ANY && !time.isRange()) {
            final long late =
                    time.from() + time.from() / 2 + LATE * script.options().tolerance();
            add(
                    at,
                    "time",
                    new Event(
                            event.position(),
                            new Time(time.kind(), late, Time.NONE, false),
                            event.action(),
                            event.text() + " [late]"));
        }
    }

    private static TcpSpec with(
            final TcpSpec s,
            final int flags,
            final Long seq,
            final int length,
            final Long ack,
            final int window,
            final List<TcpOption> options) {
        return new TcpSpec(
                s.ip(), s.ports(), flags, seq, s.absolute(), length, ack, window, s.urgent(), options, s.udp());
    }

    private static TcpSpec sequence(final TcpSpec s, final Long seq) {
        return with(s, s.flags(), seq, s.length(), s.ack(), s.window(), s.options());
    }

    private static TcpSpec acknowledgement(final TcpSpec s, final Long ack) {
        return with(s, s.flags(), s.seq(), s.length(), ack, s.window(), s.options());
    }

    private static TcpSpec window(final TcpSpec s, final int window) {
        return with(s, s.flags(), s.seq(), s.length(), s.ack(), window, s.options());
    }

    private static TcpSpec flags(final TcpSpec s, final int flags) {
        return with(s, flags, s.seq(), s.length(), s.ack(), s.window(), s.options());
    }

    private static TcpSpec length(final TcpSpec s, final int length) {
        return with(s, s.flags(), s.seq(), length, s.ack(), s.window(), s.options());
    }

    private static TcpSpec withOptions(final TcpSpec s, final List<TcpOption> options) {
        return with(s, s.flags(), s.seq(), s.length(), s.ack(), s.window(), options);
    }
}
