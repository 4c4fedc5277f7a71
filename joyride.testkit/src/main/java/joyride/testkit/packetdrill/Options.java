package joyride.testkit.packetdrill;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import joyride.api.net.IpAddress;
import joyride.api.socket.Socket;
import joyride.api.socket.SocketOption;
import joyride.testkit.packetdrill.script.Action.CallAction;
import joyride.testkit.packetdrill.script.Value;

/** getsockopt and setsockopt: options of the stack under their own names, exact, as FreeBSD shows them. */
final class Options {
    private static final String FAST_OPEN = "TCP_FASTOPEN";
    private static final String SIGNATURE = "TCP_MD5SIG";
    private static final String FUNCTION_BLOCK = "TCP_FUNCTION_BLK";
    private static final String CONGESTION = "TCP_CONGESTION";

    /** Options that have another name with IPv6. */
    private static final Map<String, String> SAME = Map.of("IPV6_TCLASS", "IP_TOS", "IPV6_UNICAST_HOPS", "IP_TTL");

    private final Rig rig;

    Options(final Rig rig) {
        this.rig = rig;
    }

    /** @return 0 or a negative errno */
    long call(final Descriptor descriptor, final CallAction call) {
        final List<Value> arguments = call.arguments();
        if (arguments.size() != 5) {
            throw Mismatch.unsupported(call.name() + " of " + arguments.size() + " arguments");
        }
        final String name = Numbers.name(arguments.get(2));
        return call.name().equals("setsockopt")
                ? set(descriptor, name, arguments.get(3))
                : get(descriptor, name, arguments.get(3));
    }

    private long set(final Descriptor descriptor, final String name, final Value value) {
        final Socket socket = descriptor.endpoint.socket();
        switch (name) {
            case FUNCTION_BLOCK:
                return -socket.variant(functionSet(value));
            case CONGESTION:
                return -socket.congestionControl(text(value));
            case SIGNATURE:
                return signature(descriptor, Numbers.of(value) != 0);
            default:
                break;
        }
        final long number = name.equals("SO_LINGER") ? linger(value) : Numbers.of(value);
        if (name.equals(FAST_OPEN)) {
            final int errno = socket.setOption(SocketOption.TCP_FASTOPEN, number);
            descriptor.fastOpen = errno == 0 ? number != 0 : descriptor.fastOpen;
            return -errno;
        }
        return -socket.setOption(option(name), number);
    }

    /** FreeBSD's switch: the keys are the host's, for all peers that it has some for. */
    private long signature(final Descriptor descriptor, final boolean on) {
        int errno = 0;
        for (final Map.Entry<String, String> entry : rig.signatureKeys().entrySet()) {
            final String[] ends = entry.getKey().split(" ");
            if (errno == 0 && ends[0].equals(rig.local().toString())) {
                final byte[] key = (on ? entry.getValue() : "").getBytes(StandardCharsets.UTF_8);
                final IpAddress peer = IpAddress.parse(ends[1]);
                errno = descriptor.endpoint.socket().md5Key(peer, peer.isV4() ? 32 : 128, key);
            }
        }
        return -errno;
    }

    /** struct tcp_function_set. */
    private static String functionSet(final Value value) {
        if (value instanceof Value.Struct(Map<String, Value> fields)
                && fields.get("function_set_name") instanceof Value.Text(String wanted)) {
            return wanted;
        }
        throw Mismatch.unsupported("the argument " + value);
    }

    /** struct linger; -1: off. */
    private static long linger(final Value value) {
        if (value instanceof Value.Struct(Map<String, Value> fields)
                && fields.containsKey("onoff")
                && fields.containsKey("linger")) {
            return Numbers.of(fields.get("onoff")) == 0 ? -1 : Numbers.of(fields.get("linger"));
        }
        throw Mismatch.unsupported("the argument " + value);
    }

    private static String text(final Value value) {
        return switch (value) {
            case Value.Text(String text) -> text;
            case Value.Array(List<Value> values) when values.size() == 1 -> text(values.getFirst());
            default -> throw Mismatch.unsupported("the argument " + value);
        };
    }

    private static long get(final Descriptor descriptor, final String name, final Value expected) {
        final Socket socket = descriptor.endpoint.socket();
        switch (name) {
            case FUNCTION_BLOCK:
                return same(name, socket.variant(), functionSet(expected));
            case CONGESTION:
                return same(name, socket.congestionControl(), text(expected));
            default:
                break;
        }
        final long wanted = name.equals("SO_LINGER") ? linger(expected) : Numbers.of(expected);
        final long actual = name.equals("SO_ERROR") ? descriptor.takeError() : socket.getOption(option(name));
        if (actual < 0 && !name.equals("SO_LINGER")) {
            return actual;
        }
        return same(name, text(name, actual), text(name, wanted));
    }

    private static long same(final String name, final String actual, final String wanted) {
        if (!actual.equals(wanted)) {
            throw Mismatch.of(name + " is " + actual + ", not " + wanted);
        }
        return 0;
    }

    private static String text(final String name, final long value) {
        return name.equals("SO_ERROR") && value != 0 ? Numbers.errnoName(value) : Long.toString(value);
    }

    private static SocketOption option(final String name) {
        final String own = SAME.getOrDefault(name, name);
        for (final SocketOption option : SocketOption.values()) {
            if (option.name().equals(own)) {
                return option;
            }
        }
        throw Mismatch.unsupported("the socket option " + name);
    }
}
