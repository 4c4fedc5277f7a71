package joyride.testkit.packetdrill;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.api.socket.Errno;
import joyride.api.socket.SocketOption;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerRig;
import joyride.testkit.simulation.Program;

/** The system calls of a script, on sockets of the simulated host. */
final class ScriptCalls {
    /** The port of the stack as a server, and of the peer. */
    static final int PORT = 8080;

    private static final Pattern CALL = Pattern.compile("(\\w+)\\((.*)\\)\\s*=\\s*(-?\\w+)\\s*(\\w+)?.*");
    private static final Pattern VALUE = Pattern.compile("\\[(\\w+)\\]");
    private static final Map<String, Integer> ERRORS = Map.of(
            "ECONNREFUSED", Errno.ECONNREFUSED,
            "ECONNRESET", Errno.ECONNRESET,
            "ETIMEDOUT", Errno.ETIMEDOUT,
            "ENETUNREACH", Errno.ENETUNREACH,
            "EHOSTUNREACH", Errno.EHOSTUNREACH);

    private final PeerRig rig;
    private final Map<Integer, MemoryEndpoint> sockets = new HashMap<>();

    private static final class Idle extends Program {
        @Override
        protected void act(final long now) {
            // the script acts for it
        }
    }

    ScriptCalls(final PeerRig rig) {
        this.rig = rig;
    }

    void run(final String text) {
        final Matcher matcher = CALL.matcher(text);
        if (!matcher.matches()) {
            throw ScriptException.unsupported("call");
        }
        final String[] arguments = matcher.group(2).split(",\\s*");
        final int result = Integer.decode(matcher.group(3));
        final String name = matcher.group(1);
        if (name.equals("socket")) {
            sockets.put(result, rig.host().programs().open(new Idle()));
            return;
        }
        final MemoryEndpoint socket = sockets.get(Integer.parseInt(arguments[0].trim()));
        switch (name) {
            case "fcntl", "bind" -> {}
            case "listen" -> equal("listen", 0, socket.listen(PORT, Integer.parseInt(arguments[1].trim())));
            case "accept" -> accept(socket, result);
            case "connect" -> equal("connect", 0, socket.socket().connect(PeerRig.PEER, PORT));
            case "close" -> socket.close();
            case "shutdown" -> shutdown(socket, arguments[1]);
            case "getsockopt" -> getOption(socket, matcher.group(2));
            case "setsockopt" -> setOption(socket, matcher.group(2));
            case "recv", "read" ->
                read(socket, Integer.parseInt(arguments[2].trim()), result, text.contains("MSG_PEEK"));
            case "write", "send" -> write(socket, Integer.parseInt(arguments[2].trim()));
            default -> throw ScriptException.unsupported("call");
        }
        rig.settle();
    }

    private static void equal(final String what, final int expected, final int actual) {
        if (expected != actual) {
            throw ScriptException.failure(what + " gave " + actual + ", not " + expected);
        }
    }

    private void accept(final MemoryEndpoint listener, final int number) {
        final MemoryEndpoint accepted = listener.accept();
        if (accepted == null) {
            throw ScriptException.failure("no connection to accept");
        }
        accepted.socket().accepted();
        sockets.put(number, accepted);
    }

    private static void shutdown(final MemoryEndpoint socket, final String how) {
        if (!how.trim().equals("SHUT_RD")) {
            socket.socket().shutdownSend();
        }
        if (!how.trim().equals("SHUT_WR")) {
            socket.socket().shutdownReceive();
        }
    }

    private static void getOption(final MemoryEndpoint socket, final String arguments) {
        final Matcher matcher = VALUE.matcher(arguments);
        if (!matcher.find()) {
            throw ScriptException.unsupported("value");
        }
        final String word = matcher.group(1);
        final Integer expected = word.matches("\\d+") ? Integer.valueOf(word) : ERRORS.get(word);
        if (expected == null) {
            throw ScriptException.unsupported("value " + word);
        }
        if (arguments.contains("SO_ERROR")) {
            equal("SO_ERROR", expected, socket.errno());
        } else if (arguments.contains("SO_RCVBUF")) {
            equal("SO_RCVBUF", expected, (int) socket.socket().getOption(SocketOption.SO_RCVBUF));
        } else {
            throw ScriptException.unsupported("option");
        }
    }

    private static void setOption(final MemoryEndpoint socket, final String arguments) {
        final Matcher matcher = VALUE.matcher(arguments);
        for (final SocketOption option : SocketOption.values()) {
            if (arguments.contains(option.name()) && matcher.find()) {
                equal("setsockopt", 0, socket.socket().setOption(option, Long.parseLong(matcher.group(1))));
                return;
            }
        }
        throw ScriptException.unsupported("option");
    }

    private static void read(final MemoryEndpoint socket, final int most, final int expected, final boolean peek) {
        final int available = Math.min(socket.receiveRing().available(), most);
        equal("read", Math.max(expected, 0), available);
        if (expected == 0 && !socket.atEnd()) {
            throw ScriptException.failure("not at the end of the stream");
        }
        if (!peek && available > 0) {
            socket.receiveRing().consume(available);
            socket.socket().consumed();
        }
    }

    private static void write(final MemoryEndpoint socket, final int bytes) {
        int left = bytes;
        while (left > 0) {
            final int piece = socket.sendRing().writable(left);
            if (piece == 0) {
                throw ScriptException.unsupported("blocking write");
            }
            socket.sendRing().produce(piece);
            left -= piece;
        }
        socket.socket().written();
    }
}
