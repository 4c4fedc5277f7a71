package joyride.testkit.packetdrill;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import joyride.api.net.IpAddress;
import joyride.api.socket.SocketOption;
import joyride.testkit.packetdrill.script.Action.CallAction;
import joyride.testkit.packetdrill.script.Value;

/** getsockopt and setsockopt: options of the stack under their own names, exact, as FreeBSD shows them. */
final class Options {
    private static final String FAST_OPEN = "TCP_FASTOPEN";
    private static final String SIGNATURE = "TCP_MD5SIG";
    private static final String FUNCTION_BLOCK = "TCP_FUNCTION_BLK";

    private final Rig rig;

    Options(final Rig rig) {
        this.rig = rig;
    }

    /** @return 0 or a negative errno */
    long call(final Descriptor descriptor, final CallAction call) {
        final List<Value> arguments = call.arguments();
        final String name = Numbers.name(arguments.get(2));
        return call.name().equals("setsockopt")
                ? set(descriptor, name, arguments.get(3))
                : get(descriptor, name, Numbers.of(arguments.get(3)));
    }

    private long set(final Descriptor descriptor, final String name, final Value value) {
        if (name.equals(FUNCTION_BLOCK)) {
            return functionBlock(descriptor, value);
        }
        final long number = Numbers.of(value);
        if (name.equals(SIGNATURE)) {
            return signature(descriptor, number != 0);
        }
        final int errno = descriptor.endpoint.socket().setOption(option(name), number);
        if (name.equals(FAST_OPEN) && errno == 0) {
            descriptor.fastOpen = number != 0;
        }
        return -errno;
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
    private static long functionBlock(final Descriptor descriptor, final Value value) {
        if (value instanceof Value.Struct(Map<String, Value> fields)
                && fields.get("function_set_name") instanceof Value.Text(String wanted)) {
            return -descriptor.endpoint.socket().variant(wanted);
        }
        throw Mismatch.unsupported("the argument " + value);
    }

    private static long get(final Descriptor descriptor, final String name, final long expected) {
        final long actual = name.equals("SO_ERROR")
                ? descriptor.takeError()
                : descriptor.endpoint.socket().getOption(option(name));
        if (actual < 0) {
            return actual;
        }
        if (actual != expected) {
            throw Mismatch.of(name + " is " + text(name, actual) + ", not " + text(name, expected));
        }
        return 0;
    }

    private static String text(final String name, final long value) {
        return name.equals("SO_ERROR") && value != 0 ? Numbers.errnoName(value) : Long.toString(value);
    }

    private static SocketOption option(final String name) {
        for (final SocketOption option : SocketOption.values()) {
            if (option.name().equals(name)) {
                return option;
            }
        }
        throw Mismatch.unsupported("the socket option " + name);
    }
}
