package joyride.testkit.packetdrill;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpTunables;
import joyride.core.instance.Instance;
import joyride.core.tcp.TcpStack;
import joyride.testkit.simulation.PeerRig;
import joyride.testkit.simulation.Segment;

/** Plays a script: the stack is a simulated host's, the peer is the script. */
public final class ScriptRun {
    private static final int IRS = 0x1000_0000;
    private static final int PEER_PORT = 12_345;
    private static final int HEADERS = 40;
    private static final double NANOS = 1e9;
    private static final double ANY_TIME = 10;
    private static final long WARM_UP = 1_000_000_000L;
    private static final Pattern SYSCTL = Pattern.compile("sysctl -w ([\\w.]+)=(\\S+).*");
    private static final Pattern SOCKSTAT = Pattern.compile(".*grep -c (SYN_RCVD|TIME_WAIT) \\| grep (\\d+).*");
    private static final Pattern TIMESTAMP = Pattern.compile("TS val (\\d+) ecr \\d+");

    private final Script script;
    private final PeerRig rig;
    private final ScriptCalls calls;
    private final long start;
    private final Map<Integer, Integer> timestamps = new HashMap<>();
    private double clock;
    private int iss;
    private int localPort = ScriptCalls.PORT;
    private int peerPort = PEER_PORT;

    private ScriptRun(final Script script, final PeerRig rig) {
        this.script = script;
        this.rig = rig;
        calls = new ScriptCalls(rig);
        start = rig.clock().nanoTime();
    }

    /** @throws ScriptException at the first event that does not go as written, or is not understood */
    public static void play(final Script script) {
        try (PeerRig rig = new PeerRig(1, script.mtu())) {
            rig.pass(WARM_UP);
            final ScriptRun run = new ScriptRun(script, rig);
            for (final Script.Event event : script.events()) {
                try {
                    run.event(event);
                } catch (final ScriptException e) {
                    throw e.at(event.line(), event.text());
                } catch (final NumberFormatException e) {
                    throw ScriptException.unsupported(e.getMessage()).at(event.line(), event.text());
                }
            }
        }
    }

    private void event(final Script.Event event) {
        final boolean anyTime = event.time() < 0;
        if (!anyTime) {
            clock = event.relative() ? clock + event.time() : event.time();
        }
        final String text = event.text();
        if (text.startsWith(">")) {
            expect(PacketLine.parse(text), anyTime);
            return;
        }
        waitUntilDue();
        if (text.startsWith("<")) {
            send(PacketLine.parse(text));
        } else if (text.startsWith("`")) {
            shell(text.replace("`", ""));
        } else if (!text.startsWith("%{")) {
            calls.run(text);
        }
    }

    private long nanosLeft(final double seconds) {
        return start + Math.round(seconds * NANOS) - rig.clock().nanoTime();
    }

    private void waitUntilDue() {
        rig.pass(Math.max(nanosLeft(clock), 0));
    }

    private void send(final PacketLine line) {
        if (line.length() > script.mtu() - HEADERS) {
            throw ScriptException.unsupported("segment beyond the MTU");
        }
        final boolean acknowledges = (line.flags() & TcpFlags.ACK) != 0;
        final Segment bare = Segment.of(
                        peerPort,
                        localPort,
                        line.flags(),
                        IRS + (int) line.seq(),
                        acknowledges && line.ack() != null ? iss + (int) (long) line.ack() : 0)
                .window(line.window() == null ? 65535 : line.window())
                .payload(new byte[line.length()]);
        rig.send(OptionText.add(bare, line.options(), iss, timestamps));
    }

    private void expect(final PacketLine line, final boolean anyTime) {
        final double limit = anyTime ? clock + ANY_TIME : clock + script.tolerance();
        final Segment segment = rig.receive(Math.max(nanosLeft(limit), 0));
        if (segment == null) {
            throw ScriptException.failure("nothing was sent");
        }
        final double now = (rig.clock().nanoTime() - start) / NANOS;
        if (anyTime) {
            clock = now;
        } else if (now < clock - script.tolerance()) {
            throw ScriptException.failure("sent at " + now + ", not " + clock + ": " + segment);
        }
        if (segment.has(TcpFlags.SYN)) {
            iss = segment.seq();
            localPort = segment.sourcePort();
            peerPort = segment.destinationPort();
        }
        compare(line, segment);
        remember(line.options(), segment);
    }

    private void compare(final PacketLine line, final Segment segment) {
        final StringBuilder difference = new StringBuilder();
        if ((line.flags() & ~TcpFlags.PSH) != (segment.flags() & ~TcpFlags.PSH)) {
            difference.append(" flags");
        }
        // A RST for a connection that never was has a number of its own.
        if (line.seq() >= 0 && segment.seq() != iss + (int) line.seq() && segment.seq() != (int) line.seq()) {
            difference.append(" seq ").append(segment.seq() - iss);
        }
        if (line.length() != segment.payload().length) {
            difference.append(" length");
        }
        if (line.ack() != null && segment.ack() != IRS + (int) (long) line.ack()) {
            difference.append(" ack ").append(segment.ack() - IRS);
        }
        if (line.window() != null && line.window() != segment.window()) {
            difference.append(" window");
        }
        final List<String> options = OptionText.of(segment, IRS);
        if (line.options() != null && !OptionText.withoutValues(line.options()).equals(options)) {
            difference.append(" options ").append(options);
        }
        if (!difference.isEmpty()) {
            throw ScriptException.failure("sent " + segment + ", differs in" + difference);
        }
    }

    private void remember(final List<String> options, final Segment segment) {
        if (options == null) {
            return;
        }
        for (final String option : options) {
            final Matcher matcher = TIMESTAMP.matcher(option);
            if (matcher.matches()) {
                timestamps.put(Integer.valueOf(matcher.group(1)), segment.timestampValue());
            }
        }
    }

    /** The host's commands that scripts use: sysctl, and sockstat as far as it tells whether a connection is there. */
    private void shell(final String command) {
        final Matcher sysctl = SYSCTL.matcher(command.trim());
        if (sysctl.matches()) {
            set(sysctl.group(1), sysctl.group(2));
            return;
        }
        final Matcher sockstat = SOCKSTAT.matcher(command);
        if (sockstat.matches()) {
            final boolean expected = Integer.parseInt(sockstat.group(2)) > 0;
            final boolean found = ((TcpStack) rig.host().engine().transport()).size() > 0;
            if (expected != found) {
                throw ScriptException.failure((found ? "a" : "no") + " connection is there");
            }
        }
    }

    private void set(final String name, final String value) {
        if (name.contains("fastopen") || name.contains("udp_tunneling")) {
            throw ScriptException.unsupported(name);
        }
        final Instance instance = (Instance) rig.host().programs().instance();
        if (TcpTunables.has(name)) {
            try {
                instance.tunables().set(name, value);
            } catch (final IllegalArgumentException e) {
                throw ScriptException.unsupported(e.getMessage());
            }
        }
    }
}
